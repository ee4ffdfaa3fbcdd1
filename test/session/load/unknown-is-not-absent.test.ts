import { beforeEach, describe, expect, test } from "vitest";
import { SessionStoreError } from "../../../src/errors.js";
import { bulk, deploy, newSecret, WITH_SERVER } from "../../support/deployments.js";
import { stopTime, travel } from "../../support/fake-time.js";

beforeEach(() => {
  stopTime();
});

describe.each(WITH_SERVER)("with %s", (tiers) => {
  const arbiter = tiers === "cookie+kv" ? "cache" : "store";

  /** A spilled session, with nothing of it in the cache that stands in front of a database. */
  async function spilled() {
    const secret = newSecret();
    const application = deploy({ tiers, define: { secret } });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set({ text: bulk(), n: 1 }));
    if (tiers === "cookie+kv+db") application.flushCache();
    return { application, browser, sessions: application.sessions, secret };
  }

  test("Rule 12: a store that fails is an error on every read, and never an empty session", async () => {
    const { application, browser, sessions } = await spilled();
    application.wire.cut(arbiter);
    await browser.request(sessions, async (session) => {
      for (const read of [session.get("n", 0), session.has("n"), session.all(), session.size(), session.entries()]) {
        await expect(read).rejects.toBeInstanceOf(SessionStoreError);
      }
      expect(session.active).toBe(true);
    });
    expect(browser.lastSetCookies).toEqual([]);
    application.wire.mend();
    expect(await browser.request(sessions, (session) => session.get("n"))).toBe(1);
  });

  test("Rule 12: a write to a session that cannot be loaded fails, and does not save an empty one over it", async () => {
    const { application, browser, sessions } = await spilled();
    application.wire.cut(tiers === "cookie+kv" ? "cache.read" : "store.get");
    await browser.request(sessions, async (session) => {
      await expect(session.set("n", 2)).rejects.toBeInstanceOf(SessionStoreError);
      await expect(session.update("n", () => 3)).rejects.toBeInstanceOf(SessionStoreError);
    });
    application.wire.mend();
    expect(await browser.request(sessions, (session) => session.all())).toMatchObject({
      n: 1,
      text: expect.any(String),
    });
    expect(await application.records()).toHaveLength(1);
  });

  test("Rule 12: a store that does not answer in time is an error, too", async () => {
    const { application, browser, secret } = await spilled();
    const { store, cache } = application;
    const hasty = deploy({
      tiers,
      define: { secret },
      server: { storeTimeout: 0.01, cacheTimeout: 0.01 },
      ...(store && { store }),
      ...(cache && { newCache: () => cache }),
    });
    hasty.wire.trouble = () => new Promise(() => {});
    await browser.request(hasty.sessions, async (session) => {
      await expect(session.get("n")).rejects.toThrow(/did not answer within 10 ms/);
    });
  });

  test("Rule 12: while it cannot be checked, a signed-in user is neither let in nor signed out", async () => {
    const application = deploy({ tiers });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.login("ada"));
    travel("10s");
    if (tiers === "cookie+kv+db") application.flushCache();
    application.wire.cut(arbiter);
    await expect(application.sessions.open(browser.headers)).rejects.toBeInstanceOf(SessionStoreError);
    application.wire.mend();
    expect(await browser.request(application.sessions, (session) => session.userId)).toBe("ada");
  });
});

test.each(["cookie+kv", "cookie+kv+db"] as const)(
  "Rule 12: what the server holds and cannot be read is an error, and stays as it is (%s)",
  async (tiers) => {
    const secret = "s".repeat(32) + bulk(16);
    const newer = deploy({ tiers, define: { secret, schemaVersion: 2 } });
    const browser = newer.browser();
    await browser.request(newer.sessions, (session) => session.set({ text: bulk() }));
    const older = deploy({ tiers, define: { secret, schemaVersion: 1 }, ...(newer.store && { store: newer.store }) });
    older.cache = newer.cache;
    const [before] = await newer.records();
    await browser.request(older.sessions, async (session) => {
      await expect(session.get("text")).rejects.toMatchObject({ code: "unreadable" });
      await expect(session.set("text", "over")).rejects.toMatchObject({ code: "unreadable" });
    });
    expect(await newer.records()).toEqual([before]);
    expect(await browser.request(newer.sessions, (session) => session.has("text"))).toBe(true);
  },
);
