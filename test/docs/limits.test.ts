/** The limits that docs/consistency.md states: what is not promised is as it says there, and no worse. */

import { beforeEach, describe, expect, test } from "vitest";
import { bulk, type Deploy, type Deployment, deploy, newSecret, WITH_SERVER } from "../support/deployments.js";
import { stopTime, travel } from "../support/fake-time.js";

beforeEach(() => {
  stopTime();
});

/** Another process over the same tiers, which remembers nothing. */
function anotherProcess({ store, cache }: Deployment, options: Deploy): Deployment {
  delete (globalThis as { [memory: symbol]: unknown })[Symbol.for("spillway.revocation")];
  return deploy({ ...options, ...(store && { store }), ...(cache && { newCache: () => cache }) });
}

describe.each(WITH_SERVER)("with %s", (tiers) => {
  test("a visitor's cookie can be replayed, whatever became of the session, until destroyAll()", async () => {
    const application = deploy({ tiers });
    const browser = application.browser();
    const { sessions } = application;
    await browser.request(sessions, (session) => session.set("a", 1));
    const copy = browser.clone();
    await browser.request(sessions, (session) => session.login("ada"));
    await browser.request(sessions, (session) => session.set({ secret: "ada's", text: bulk() }));
    await browser.request(sessions, (session) => session.logout());
    travel("1m");
    await copy.request(sessions, async (session) => {
      expect(await session.all()).toEqual({ a: 1 });
      expect(session.userId).toBeUndefined();
    });
    await sessions.sessions.destroyAll();
    travel("10s");
    expect(await copy.request(sessions, ({ active }) => active)).toBe(false);
  });

  test("a spill whose response is lost leaves the browser with the cookie from before", async () => {
    const application = deploy({ tiers });
    const browser = application.browser();
    const { sessions } = application;
    await browser.request(sessions, (session) => session.set("a", 1));
    await browser.send(sessions, (session) => session.set("text", bulk()));
    await browser.request(sessions, (session) => session.set("b", 2));
    expect(await browser.request(sessions, (session) => session.all())).toEqual({ a: 1, b: 2 });
  });

  test.each([
    { who: "a visitor's session has ended", user: undefined },
    { who: "a user's is refused as unreadable until it is ended", user: "ada" },
  ])(
    "a late response that overwrites the cookie of a session that shrank has lost its values: $who",
    async ({ user }) => {
      const application = deploy({ tiers });
      const browser = application.browser();
      const { sessions } = application;
      if (user) await browser.request(sessions, (session) => session.login(user));
      await browser.request(sessions, (session) => session.set("text", bulk()));
      const late = browser.clone();
      await browser.request(sessions, (session) => session.set("text", "small"));
      expect(await late.request(sessions, (session) => session.get("text"))).toBe("small");
      travel("61s");
      await browser.request(sessions, (session) => session.set("text", "smaller"));
      const read = late.request(sessions, (session) => session.all());
      if (user) await expect(read).rejects.toMatchObject({ code: "unreadable" });
      else expect(await read).toEqual({});
      await late.request(sessions, (session) => session.logout());
      await late.request(sessions, (session) => session.set("a", 1));
      expect(await late.request(sessions, (session) => session.all())).toEqual({ a: 1 });
    },
  );
});

test("a sign-out that the database did not take stands again when nobody meets its tombstone in time", async () => {
  const application = deploy({ server: { cookieThreshold: 0 } });
  const browser = application.browser();
  const { sessions } = application;
  await browser.request(sessions, (session) => session.login("ada"));
  const copy = browser.clone();
  const handle = await browser.request(sessions, (session) => session.handle as string);
  application.wire.cut("store");
  const out = browser.request(sessions, (session) => session.logout());
  await expect(out).rejects.toMatchObject({ code: "store", tier: "store" });
  application.wire.mend();
  travel("74m"); // cacheMaxAge is "1h"
  expect(await sessions.sessions.list("ada")).toHaveLength(1);
  travel("2m");
  expect(await copy.request(sessions, ({ userId }) => userId)).toBe("ada");
  expect(await sessions.sessions.revoke(handle)).toBe(true);
  travel("10s");
  expect(await copy.request(sessions, ({ userId }) => userId)).toBeUndefined();
});

test("an id that login replaced while the cache was out reads the copy from before, for cacheMaxAge, and writes nothing", async () => {
  const application = deploy({ server: { cookieThreshold: 0 } });
  const browser = application.browser();
  const { sessions } = application;
  await browser.request(sessions, (session) => session.set("a", 1));
  const before = browser.clone();
  application.wire.cut("cache");
  await browser.request(sessions, (session) => session.login("ada"));
  await browser.request(sessions, (session) => session.set("secret", "ada's"));
  application.wire.mend();
  travel("6s"); // the breaker's pause
  await before.request(sessions, (session) => session.has("a")); // tells that the cache is back
  const seen = await before.clone().request(sessions, async (session) => [await session.all(), session.userId]);
  expect(seen).toEqual([{ a: 1 }, undefined]);
  const write = before.clone().request(sessions, (session) => session.set("a", "mine"));
  await expect(write).rejects.toMatchObject({ code: "session-ended" });
  expect(await browser.request(sessions, (session) => session.all())).toEqual({ a: 1, secret: "ada's" });
  travel("61m");
  expect(await before.clone().request(sessions, (session) => session.all())).toEqual({});
});

test("after a commit that nobody knows of, the copy may show the state from before, and a write starts from the row", async () => {
  const application = deploy({ server: { cookieThreshold: 0 } });
  const browser = application.browser();
  const { sessions } = application;
  await browser.request(sessions, (session) => session.set("log", ["a"]));
  application.wire.trouble = ({ tier, method }) => {
    if (tier === "store" && method === "update") return "loses its answer";
    return tier === "store" ? "fails" : undefined;
  };
  const add = (line: string) =>
    browser.request(sessions, (session) => session.update("log", (log) => [...(log as string[]), line]));
  await expect(add("b")).rejects.toMatchObject({ code: "store", outcome: "unknown" });
  application.wire.mend();
  expect(await browser.request(sessions, (session) => session.get("log"))).toEqual(["a"]);
  expect(await add("c")).toEqual(["a", "b", "c"]);
});

test("a process that has just started and cannot read the epoch lets visitors in, and no user", async () => {
  const define = { secret: newSecret() };
  const application = deploy({ tiers: "cookie+db", define });
  const [visitor, user] = [application.browser(), application.browser()];
  await visitor.request(application.sessions, (session) => session.set("a", 1));
  await user.request(application.sessions, (session) => session.login("ada"));
  await application.sessions.sessions.destroyAll();
  const fresh = anotherProcess(application, { tiers: "cookie+db", define });
  fresh.wire.cut("store");
  expect(await visitor.request(fresh.sessions, ({ active }) => active)).toBe(true);
  await expect(user.request(fresh.sessions, ({ active }) => active)).rejects.toMatchObject({ code: "store" });
  fresh.wire.mend();
  travel("10s");
  expect(await visitor.request(fresh.sessions, ({ active }) => active)).toBe(false);
  expect(await user.request(fresh.sessions, ({ active }) => active)).toBe(false);
});

test("a cache alone that evicts forgets whose a session is, and what destroyAll() ended", async () => {
  const define = { secret: newSecret() };
  const application = deploy({ tiers: "cookie+kv", define });
  const browser = application.browser();
  const { sessions } = application.sessions;
  await browser.request(application.sessions, (session) => session.login("ada"));
  const sets = application.wire.calls.flatMap(({ args: [commands] }) =>
    (Array.isArray(commands) ? (commands as { type: string; key: string }[]) : [])
      .filter(({ type }) => type === "join")
      .map(({ key }) => key),
  );
  for (const key of new Set(sets)) await application.evict(key);
  expect(await sessions.list("ada")).toEqual([]);
  expect(await sessions.revokeUser("ada")).toBe(0);
  travel("10s");
  expect(await browser.request(application.sessions, ({ userId }) => userId)).toBe("ada");

  await sessions.destroyAll();
  travel("10s");
  expect(await browser.clone().request(application.sessions, ({ userId }) => userId)).toBeUndefined();
  const epoch = application.wire.calls.map(({ args }) => args[0]).find((key) => `${key}`.startsWith("~epoch"));
  await application.evict(epoch as string);
  const later = anotherProcess(application, { tiers: "cookie+kv", define });
  expect(await browser.request(later.sessions, ({ userId }) => userId)).toBe("ada");
});

test("where nothing answers, a user's session cannot even be opened once its row has to be looked at", async () => {
  const application = deploy({ tiers: "cookie+db" });
  const browser = application.browser();
  const { sessions } = application;
  await browser.request(sessions, (session) => session.login("ada"));
  await browser.request(sessions, ({ userId }) => expect(userId).toBe("ada"));
  application.wire.cut("store");
  expect(await browser.request(sessions, ({ userId }) => userId)).toBe("ada");
  travel("10s");
  await expect(sessions.open(browser.headers)).rejects.toMatchObject({ code: "store" });
});
