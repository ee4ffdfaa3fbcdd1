import { beforeEach, describe, expect, test } from "vitest";
import { bulk, deploy } from "../support/deployments.js";
import { stopTime, travel } from "../support/fake-time.js";

const HOUR = 3_600_000;

beforeEach(() => {
  stopTime();
});

async function spilled(tiers: "cookie+kv+db" | "cookie+kv" = "cookie+kv+db") {
  const application = deploy({ tiers, server: { cookieThreshold: 0 } });
  const browser = application.browser();
  await browser.request(application.sessions, (session) => session.set("n", 1));
  application.wire.take();
  const [record] = await application.records();
  const read = () => browser.request(application.sessions, (session) => session.get("n"));
  const write = (n: number) => browser.request(application.sessions, (session) => session.set("n", n));
  return { application, browser, key: record?.key as string, read, write };
}

describe("a cache in front of a database", () => {
  test("Rule 9: a reader that was paused between the database and the cache does not undo a newer write", async () => {
    const { application, browser, read, write } = await spilled();
    const slow = browser.clone();
    application.flushCache();
    const held = application.wire.hold("cache.write");
    const reading = slow.request(application.sessions, (session) => session.get("n"));
    await held.reached;
    await write(2);
    held.release();
    expect(await reading).toBe(1);
    application.wire.take();
    expect(await read()).toBe(2);
    expect(application.wire.take()).toEqual(["cache.read"]);
  });

  test("Rule 9: a reader that was paused while another signed out brings nothing back", async () => {
    const { application, browser, read } = await spilled();
    const slow = browser.clone();
    application.flushCache();
    const held = application.wire.hold("cache.write");
    const reading = slow.request(application.sessions, (session) => session.get("n"));
    await held.reached;
    const thief = browser.clone();
    await browser.request(application.sessions, (session) => session.destroy());
    held.release();
    await reading;
    expect(await thief.request(application.sessions, (session) => session.get("n", "ended"))).toBe("ended");
    expect(await read()).toBeUndefined();
  });

  test("Rule 9: a tombstone outlives the copy of a reader whose clock is 15 minutes ahead", async () => {
    const { application, browser } = await spilled();
    const [slow, thief] = [browser.clone(), browser.clone()];
    application.flushCache();
    travel("15m");
    const held = application.wire.hold("cache.write");
    const reading = slow.request(application.sessions, (session) => session.get("n"));
    await held.reached;
    travel("-15m");
    await browser.request(application.sessions, (session) => session.destroy());
    travel(HOUR + 15 * 60_000 - 1);
    held.release();
    await reading;
    expect(await thief.request(application.sessions, (session) => session.get("n", "ended"))).toBe("ended");
  });

  test("Rule 9: an entry older than the browser may see is a miss, and the miss refills", async () => {
    const { application, browser, key, read, write } = await spilled();
    const old = (await application.cache?.read(key))?.entry;
    const behind = browser.clone();
    await write(2);
    // A replica that lags behind: the earlier entry answers again.
    const expiresAt = new Date(Date.now() + HOUR);
    await application.cache?.write([
      { type: "remove", key },
      { type: "put", key, version: old?.version ?? 0, value: old?.value ?? "", expiresAt },
    ]);
    application.wire.take();
    expect(await behind.request(application.sessions, (session) => session.get("n"))).toBe(1);
    expect(application.wire.take()).toEqual(["cache.read"]);
    expect(await read()).toBe(2);
    expect(application.wire.take()).toEqual(["cache.read", "store.get", "cache.write"]);
    expect(await read()).toBe(2);
    expect(application.wire.take()).toEqual(["cache.read"]);
  });

  test("Rule 9: an entry answers for an hour after the read of the database behind it, however late it was stored", async () => {
    const { application, read } = await spilled();
    application.flushCache();
    const held = application.wire.hold("cache.write");
    const reading = read();
    await held.reached;
    travel("50m");
    held.release();
    await reading;
    expect(application.wire.calls.at(-1)).toMatchObject({
      method: "write",
      args: [[{ type: "put", expiresAt: new Date(Date.now() + 600_000) }]],
    });
    application.wire.take();
    travel("10m");
    expect(await read()).toBe(1);
    expect(application.wire.take()).toEqual(["cache.read", "store.get", "cache.write"]);
    travel(HOUR - 1);
    await read();
    expect(application.wire.take()).toEqual(["cache.read"]);
    travel(1);
    await read();
    expect(application.wire.take()).toEqual(["cache.read", "store.get", "cache.write"]);
  });

  test("Rule 9: an entry answers for an hour after the work behind it began, however long the database took", async () => {
    const { application, browser, read, write } = await spilled();
    const renew = () => browser.request(application.sessions, (session) => session.regenerateId());
    const slow = (method: string) => {
      application.wire.trouble = (call) => {
        if (call.method === method) travel("50m");
        return undefined;
      };
    };
    const deadlines = [];
    for (const [method, work] of [
      ["get", read],
      ["update", () => write(2)],
      ["update", renew],
    ] as const) {
      application.flushCache();
      slow(method);
      await work();
      application.wire.mend();
      const put = application.wire.calls.findLast((call) => call.method === "write")?.args[0];
      deadlines.push(((put as { expiresAt: Date }[])[0]?.expiresAt.getTime() ?? 0) - Date.now());
    }
    expect(deadlines).toEqual([600_000, 600_000, 600_000]);
  });

  test("Rule 9: an entry that the cache kept for too long is a miss as well", async () => {
    const { application, key, read } = await spilled();
    const kept = (await application.cache?.read(key))?.entry;
    travel(HOUR);
    const forever = new Date(Date.now() + 24 * HOUR);
    await application.cache?.write([
      { type: "put", key, version: 1, value: kept?.value ?? "", expiresAt: forever, expect: 0 },
    ]);
    application.wire.take();
    await read();
    expect(application.wire.take()).toContain("store.get");
  });

  test("Rule 9: an entry of another session is not adopted", async () => {
    const { application, browser, key, read } = await spilled();
    const other = application.browser();
    await other.request(application.sessions, (session) => session.set("n", "another's"));
    const records = await application.records();
    const another = records.find((record) => record.key !== key)?.key as string;
    const value = (await application.cache?.read(another))?.entry?.value ?? "";
    const expiresAt = new Date(Date.now() + HOUR);
    await application.cache?.write([
      { type: "remove", key },
      { type: "put", key, version: 1, value, expiresAt },
    ]);
    expect(await read()).toBe(1);
    expect(application.heard).toContain("corrupt");
    expect(await browser.request(application.sessions, (session) => session.get("n"))).toBe(1);
  });
});

describe("a cache alone", () => {
  test("Rule 9: it compares the exact version, so that it is the compare-and-set", async () => {
    const { application, browser, key, read } = await spilled("cookie+kv");
    const increment = (n: unknown) => (n as number) + 1;
    const tabs = Array.from({ length: 5 }, () => browser.clone());
    await Promise.all(
      tabs.map((tab) => tab.request(application.sessions, (session) => session.update("n", increment))),
    );
    expect(await read()).toBe(6);
    expect((await application.cache?.read(key))?.entry?.version).toBe(6);
  });

  test("Rule 9: a write does not bring back an entry that the cache has lost", async () => {
    const { application, browser } = await spilled("cookie+kv");
    travel("11s");
    await browser.request(application.sessions, async (session) => {
      await session.get("n");
      application.flushCache();
      await expect(session.set("n", 2)).rejects.toMatchObject({ code: "session-ended" });
    });
    expect(await application.records()).toEqual([]);
  });

  test("Rule 9: an entry lives to the absolute deadline", async () => {
    const { application, browser, read } = await spilled("cookie+kv");
    for (let day = 1; day < 30; day += 6) {
      travel("6d");
      if (day < 25) await browser.request(application.sessions, (session) => session.set("day", day));
    }
    expect(await read()).toBeUndefined();
    expect(await application.records()).toHaveLength(1); // 15 minutes longer than the session
    travel("16m");
    expect(await application.records()).toEqual([]);
  });

  test("Rule 9: a miss within 10 s of sealing is lag, which is an error and no logout", async () => {
    const { application, browser, read } = await spilled("cookie+kv");
    application.flushCache();
    travel(10_000);
    await expect(read()).rejects.toMatchObject({ code: "store", tier: "cache" });
    expect(browser.lastSetCookies).toHaveLength(1); // that of the first write: nothing was taken away
    travel(1);
    await browser.request(application.sessions, async (session) => {
      expect(await session.get("n", "lost")).toBe("lost");
      expect(session.active).toBe(false);
    });
  });

  test("Rule 9: a version below the one that was sealed is lag, too", async () => {
    const { application, key, read, write } = await spilled("cookie+kv");
    const old = (await application.cache?.read(key))?.entry;
    await write(2);
    const expiresAt = new Date(Date.now() + HOUR);
    await application.cache?.write([
      { type: "remove", key },
      { type: "put", key, version: 1, value: old?.value ?? "", expiresAt },
    ]);
    await expect(read()).rejects.toMatchObject({ code: "store" });
  });

  test("Rule 9: large sessions come back whole", async () => {
    const application = deploy({ tiers: "cookie+kv" });
    const browser = application.browser();
    const text = bulk(200_000);
    await browser.request(application.sessions, (session) => session.set("text", text));
    expect(await browser.request(application.sessions, (session) => session.get("text"))).toBe(text);
  });
});
