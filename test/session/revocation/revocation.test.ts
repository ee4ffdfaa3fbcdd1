import { memoryStore } from "spillway/stores/memory";
import { beforeEach, describe, expect, test } from "vitest";
import { bulk, deploy, newSecret, type Tiers, WITH_SERVER } from "../../support/deployments.js";
import type { FakeBrowser } from "../../support/fake-browser.js";
import { stopTime, travel } from "../../support/fake-time.js";

beforeEach(() => {
  stopTime();
});

/** A deployment with a signed-in user, whose data is small or large. */
async function signedIn(tiers: Tiers, { text = "small", ...server }: Record<string, unknown> = {}) {
  const application = deploy({ tiers, server });
  const browser = application.browser();
  await browser.request(application.sessions, async (session) => {
    await session.set("text", text);
    await session.login("ada");
  });
  const userOf = (someone: FakeBrowser) => someone.request(application.sessions, (session) => session.userId);
  return { application, browser, sessions: application.sessions, userOf };
}

const SIZES = [
  ["in the cookie", "small"],
  ["on the server", bulk()],
] as const;

describe.each(WITH_SERVER)("with %s", (tiers) => {
  test.each(SIZES)("Rule 10: login registers a row, data %s", async (_where, text) => {
    const { application, browser, sessions } = await signedIn(tiers, { text });
    const [record, ...others] = await application.records();
    expect(others).toEqual([]);
    expect(record).toMatchObject({ userId: "ada", previousIdHash: null });
    expect(record?.data === null).toBe(text === "small");
    await browser.request(sessions, (session) => expect(session.handle).toBe(record?.key));
  });

  test.each(SIZES)("Rule 10: after logout no earlier cookie works, data %s", async (_where, text) => {
    const { application, browser, sessions, userOf } = await signedIn(tiers, { text });
    const thieves = [browser.clone()];
    for (const n of [1, 2]) {
      await browser.request(sessions, (session) => session.set("n", n));
      thieves.push(browser.clone());
    }
    await browser.request(sessions, (session) => session.logout());
    expect(browser.cookies).toEqual({});
    expect(await application.records()).toEqual([]);
    travel("10s");
    for (const thief of thieves) expect(await userOf(thief)).toBeUndefined();
    expect(application.rejected).toContain("revoked");
  });

  test.each([
    ["revoke", async ({ sessions: { sessions } }, handle) => sessions.revoke(handle)],
    ["revokeUser", async ({ sessions: { sessions } }) => sessions.revokeUser("ada")],
    ["destroyAll", async ({ sessions: { sessions } }) => sessions.destroyAll()],
  ] as [string, (application: ReturnType<typeof deploy>, handle: string) => Promise<unknown>][])(
    "Rule 10: %s ends a session within `revocationDelay`, and the row is gone",
    async (_name, end) => {
      const { application, browser, userOf } = await signedIn(tiers);
      const [record] = await application.records();
      expect(await userOf(browser)).toBe("ada");
      await end(application, record?.key as string);
      travel("10s");
      expect(await userOf(browser)).toBeUndefined();
    },
  );

  test("Rule 10: a signed-in session is checked at most once per `revocationDelay`, with every request at 0", async () => {
    const { application, browser, userOf } = await signedIn(tiers);
    const checks = async () => {
      application.wire.take();
      await userOf(browser);
      return application.wire.take().length;
    };
    // What this process has written a moment ago it has seen.
    expect(await checks()).toBe(0);
    travel(9_999);
    expect(await checks()).toBe(0);
    travel(1);
    // Nobody has needed the copy in the cache so far: it is read, missed, and put there.
    expect([await checks(), await checks()]).toEqual([tiers === "cookie+kv+db" ? 3 : 1, 0]);
    travel("10s");
    expect([await checks(), await checks()]).toEqual([1, 0]);

    const strict = await signedIn(tiers, { revocationDelay: 0 });
    await strict.userOf(strict.browser);
    const [record] = await strict.application.records();
    await strict.sessions.sessions.revoke(record?.key as string);
    expect(await strict.userOf(strict.browser)).toBeUndefined();
  });

  test("Rule 10: a login in flight while all sessions of the user are ended undoes itself", async () => {
    const application = deploy({ tiers, server: { cookieThreshold: 0 } });
    const browser = application.browser();
    const held = application.wire.hold(tiers === "cookie+kv" ? "cache.write" : "store.insert");
    const login = browser.request(application.sessions, (session) => session.login("ada"));
    const refused = expect(login).rejects.toMatchObject({ code: "login-refused" });
    await held.reached;
    await application.sessions.sessions.revokeUser("ada");
    held.release();
    await refused;
    expect(browser.cookies).toEqual({});
    expect(await application.records()).toEqual([]);
  });

  test("Rule 10: ending is acknowledged by all tiers, or rejects after doing what it could", async () => {
    for (const down of tiers === "cookie+kv+db" ? (["store", "cache"] as const) : [undefined]) {
      const { application, browser, sessions, userOf } = await signedIn(tiers);
      const thief = browser.clone();
      const tier = down ?? (tiers === "cookie+db" ? "store" : "cache");
      const ended = browser.request(sessions, async (session) => {
        application.wire.cut(tier);
        const reason = await session.logout().catch((error) => error);
        expect(reason).toMatchObject({ code: "store", tier });
      });
      await ended;
      expect(browser.cookies).toEqual({});
      application.wire.mend();
      if (down === undefined) continue; // the only tier was down: nothing could be done
      travel("10s");
      if (down === "store") expect(await userOf(thief)).toBeUndefined();
      travel("1h");
      expect(await userOf(thief)).toBeUndefined();
      expect(await application.records()).toEqual([]);
    }
  });
});

test("Rule 10: the error of a cache that does not acknowledge says for how long copies may answer", async () => {
  const { application, browser, sessions } = await signedIn("cookie+kv+db", { cacheMaxAge: "20m" });
  await browser.request(sessions, async (session) => {
    application.wire.cut("cache");
    await expect(session.destroy()).rejects.toThrow(/at most 1200 seconds \(`cacheMaxAge`\)/);
  });
});

test("Rule 10: destroyAll ends anonymous cookie sessions too, and asks for the epoch at most once per delay", async () => {
  const application = deploy({ tiers: "cookie+kv+db" });
  const browser = application.browser();
  await browser.request(application.sessions, (session) => session.set("a", 1));
  const active = () => browser.request(application.sessions, (session) => session.active);
  await application.sessions.sessions.destroyAll();
  expect(await active()).toBe(false);
  await browser.request(application.sessions, (session) => session.set("a", 1));
  expect(await active()).toBe(true);
  travel("10s");
  application.wire.calls.length = 0;
  for (const _ of [1, 2, 3]) await active();
  expect(application.wire.calls.map(({ args }) => args[0])).toEqual([expect.stringMatching(/^~epoch:/)]);
});

test("Rule 10: a sign-in that meets destroyAll takes nothing over from the session that has ended", async () => {
  for (const tiers of WITH_SERVER) {
    const application = deploy({ tiers, server: { cookieThreshold: 0 } });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set("n", 1));
    await browser.request(application.sessions, async (session) => {
      expect(await session.get("n")).toBe(1);
      await application.sessions.sessions.destroyAll();
      await session.login("ada");
      expect([session.userId, await session.all()]).toEqual(["ada", {}]);
    });
    expect(await browser.request(application.sessions, (session) => session.all())).toEqual({});
    expect(await application.records()).toHaveLength(1);
  }
});

test("Rule 10: when the epoch cannot be read, visitors keep the last known one and users are an error", async () => {
  const { application, browser, userOf } = await signedIn("cookie+db");
  const visitor = application.browser();
  await visitor.request(application.sessions, (session) => session.set("a", 1));
  travel("10s");
  application.wire.cut("store");
  expect(await visitor.request(application.sessions, (session) => session.get("a"))).toBe(1);
  travel("10s");
  await expect(userOf(browser)).rejects.toMatchObject({ code: "store" });
});

test('Rule 10: without any store, login needs `revocation: "none"` spelled out', async () => {
  const plain = deploy({ tiers: "cookie" });
  const refused = plain.browser().request(plain.sessions, (session) => session.login("ada"));
  await expect(refused).rejects.toMatchObject({ code: "config", option: "revocation" });

  const spelled = deploy({ tiers: "cookie", define: { secret: newSecret() }, server: { revocation: "none" } });
  const browser = spelled.browser();
  await browser.request(spelled.sessions, (session) => session.login("ada"));
  expect(await browser.request(spelled.sessions, (session) => session.userId)).toBe("ada");
});

test("Rule 10: sign-ins of the same moment agree on which is the oldest, whatever the order in which the store lists them", async () => {
  const inner = memoryStore();
  let lists = 0;
  const list = async (userId: string) => {
    const records = await inner.list(userId);
    return lists++ % 2 === 0 ? records : records.reverse();
  };
  const application = deploy({ tiers: "cookie+db", store: { ...inner, list }, server: { maxPerUser: 1 } });
  const both = [1, 2].map(() => application.browser().request(application.sessions, (session) => session.login("ada")));
  await Promise.allSettled(both);
  expect(lists).toBe(2);
  expect(await application.sessions.sessions.list("ada")).toHaveLength(1);
});

test("Rule 10: whoever meets an end whose row remained deletes the row, and the next has nothing to do any more", async () => {
  const application = deploy({ server: { cookieThreshold: 0 } });
  const browser = application.browser();
  await browser.request(application.sessions, (session) => session.set("n", 1));
  const thief = browser.clone();
  application.wire.cut("store.delete");
  await browser.request(application.sessions, (session) => session.destroy().catch(() => undefined));
  application.wire.mend();
  expect(await application.records()).toHaveLength(1);
  const calls = async () => {
    application.wire.take();
    expect(await thief.request(application.sessions, (session) => session.get("n", "ended"))).toBe("ended");
    return application.wire.take();
  };
  expect(await calls()).toEqual(["cache.read", "store.delete", "cache.write"]);
  expect(await application.records()).toEqual([]);
  expect(await calls()).toEqual(["cache.read"]);
});
