import type { SessionRecord, SessionStore } from "spillway";
import { memoryCache, memoryStore } from "spillway/stores/memory";
import { beforeEach, describe, expect, test } from "vitest";
import { type Deploy, type Deployment, deploy, newSecret } from "../support/deployments.js";
import type { FakeBrowser } from "../support/fake-browser.js";
import { stopTime, travel } from "../support/fake-time.js";

beforeEach(() => {
  stopTime();
});

const SEALED = { encryptAtRest: true, cookieThreshold: 0 } as const;
const UNREADABLE = { code: "unreadable" };

/** What an attacker who can write to the database does: data in place of a row's, under the version that it has. */
async function put(store: SessionStore | undefined, key: string, data: string | null): Promise<void> {
  const row = await store?.get(key);
  await store?.delete(key);
  await store?.insert({ ...(row as SessionRecord), data });
}

/** A session of somebody who has written twice: its row as it was after each. */
async function written(server: NonNullable<Deploy["server"]> = SEALED, secret = newSecret(), store = memoryStore()) {
  const application = deploy({ tiers: "cookie+db", define: { secret }, server, store });
  const browser = application.browser();
  const rows: SessionRecord[] = [];
  for (const role of ["admin", "visitor"]) {
    await browser.request(application.sessions, (session) => session.set("role", role));
    rows.push((await application.records())[0] as SessionRecord);
  }
  const [earlier, row] = rows as [SessionRecord, SessionRecord];
  return { application, browser, secret, store, earlier, row };
}

const role = (application: Deployment, browser: FakeBrowser) =>
  browser.request(application.sessions, (session) => session.get("role"));

describe("[S19] with encryptAtRest, what whoever can write to the store puts there is refused", () => {
  test("in clear", async () => {
    const { application, browser, store, row } = await written();
    const clear = await written({ cookieThreshold: 0 });
    await put(store, row.key, clear.earlier.data);
    await expect(role(application, browser)).rejects.toMatchObject(UNREADABLE);
    await expect(browser.request(application.sessions, (session) => session.set("n", 1))).rejects.toMatchObject(
      UNREADABLE,
    );
    expect((await store.get(row.key))?.data).toBe(clear.earlier.data);
  });

  test("an older value of the same row", async () => {
    const { application, browser, store, earlier, row } = await written();
    expect(await role(application, browser)).toBe("visitor");
    await put(store, row.key, earlier.data);
    await expect(role(application, browser)).rejects.toMatchObject(UNREADABLE);
  });

  test("the older row as a whole: the cookie knows that it has seen a newer one", async () => {
    const { application, browser, store, earlier, row } = await written();
    travel("1m");
    await store.delete(row.key);
    await store.insert(earlier);
    await expect(role(application, browser)).rejects.toThrow();
  });

  test("in the cache, in clear and older; the database answers", async () => {
    const cache = memoryCache();
    const application = deploy({ tiers: "cookie+kv+db", server: SEALED, newCache: () => cache });
    const browser = application.browser();
    const clear = deploy({ tiers: "cookie+kv+db", server: { cookieThreshold: 0 } });
    for (const one of ["admin", "visitor"])
      await browser.request(application.sessions, (session) => session.set("role", one));
    await clear.browser().request(clear.sessions, (session) => session.set("role", "admin"));
    const [row] = (await application.records()) as [SessionRecord];
    const [foreign] = (await clear.records()) as [SessionRecord];
    const { entry } = await cache.read(row.key);
    const value = entry?.value.replace(JSON.stringify(row.data).slice(1, -1), () =>
      JSON.stringify(foreign.data).slice(1, -1),
    );
    expect(value).not.toBe(entry?.value);
    await application.evict(row.key);
    await cache.write([
      { type: "put", key: row.key, version: row.version, value: value ?? "", expiresAt: new Date(Date.now() + 60_000) },
    ]);
    expect(await role(application, browser)).toBe("visitor");
    expect(application.heard).toContain("corrupt");
  });
});

describe("[S19] what is sealed goes on with its row", () => {
  test("through rotations, which change a row without its data", async () => {
    const application = deploy({ tiers: "cookie+db", server: { ...SEALED, rotateEvery: "1m", rotateGrace: "10s" } });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set("role", "visitor"));
    for (let n = 0; n < 3; n++) {
      travel("2m");
      expect(await role(application, browser)).toBe("visitor");
      travel("11s");
      expect(await role(application, browser)).toBe("visitor");
    }
    const [row] = await application.records();
    expect(row?.version).toBeGreaterThan(4);
  });

  test("through writes that the database did not take, and took later", async () => {
    const application = deploy({ tiers: "cookie+kv+db", server: { ...SEALED, onStoreDown: "cache" } });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set("role", "visitor"));
    application.wire.cut("store");
    const { durable } = await browser.request(application.sessions, (session) => session.set("role", "guest"));
    expect(durable).toBe(false);
    expect(await role(application, browser)).toBe("guest");
    application.wire.mend();
    travel("1m");
    await application.sessions.sessions.cleanup();
    application.flushCache();
    expect(await role(application, browser)).toBe("guest");
    await browser.request(application.sessions, (session) => session.set("n", 1));
    expect(await role(application, browser)).toBe("guest");
  });

  test("through login, regenerateId and shrinking", async () => {
    const application = deploy({ tiers: "cookie+kv+db", server: { encryptAtRest: true } });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set({ role: "visitor", text: "x".repeat(5000) }));
    await browser.request(application.sessions, (session) => session.login("ada"));
    await browser.request(application.sessions, (session) => session.regenerateId());
    await browser.request(application.sessions, (session) => session.delete("text"));
    travel("2m");
    expect(await role(application, browser)).toBe("visitor");
    await browser.request(application.sessions, (session) => session.set("n", 1));
    expect(await role(application, browser)).toBe("visitor");
  });
});

describe("[S19] the days of migration", () => {
  test("what is in clear is read and sealed by its next write; afterwards nothing in clear is read", async () => {
    const before = await written({ cookieThreshold: 0 });
    const { secret, store, browser, row } = before;
    expect(row.data).not.toMatch(/^S/);
    const next = (encryptAtRest: boolean | "migrating") =>
      deploy({ tiers: "cookie+db", define: { secret }, server: { cookieThreshold: 0, encryptAtRest }, store });
    await expect(role(next(true), browser)).rejects.toThrow(/migrating/);
    const migrating = next("migrating");
    expect(await role(migrating, browser)).toBe("visitor");
    await browser.request(migrating.sessions, (session) => session.set("role", "guest"));
    expect((await store.get(row.key))?.data).toMatch(/^S/);
    expect(await role(next(true), browser)).toBe("guest");
  });

  test("and back: sealed data is read where nothing is sealed any more", async () => {
    const { secret, store, browser, row } = await written();
    const back = deploy({ tiers: "cookie+db", define: { secret }, server: { cookieThreshold: 0 }, store });
    expect(await role(back, browser)).toBe("visitor");
    await browser.request(back.sessions, (session) => session.set("role", "guest"));
    expect((await store.get(row.key))?.data).not.toMatch(/^S/);
    expect(await role(back, browser)).toBe("guest");
  });
});
