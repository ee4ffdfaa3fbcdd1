import { beforeEach, describe, expect, test } from "vitest";
import { bulk, deploy, newSecret } from "../support/deployments.js";
import { stopTime, travel } from "../support/fake-time.js";

beforeEach(() => {
  stopTime();
});

async function spilled(server = {}, secret = newSecret()) {
  const application = deploy({ define: { secret }, server });
  const browser = application.browser();
  await browser.request(application.sessions, (session) => session.set({ text: bulk(), n: 1 }));
  application.wire.take();
  const get = () => browser.request(application.sessions, (session) => session.get("n"));
  return { application, browser, sessions: application.sessions, get };
}

describe("the cache is down", () => {
  test("Rule 13: the database answers: reads, writes and sign-in go on, and an event tells", async () => {
    const { application, browser, sessions, get } = await spilled();
    application.wire.cut("cache");
    expect(await get()).toBe(1);
    await browser.request(sessions, async (session) => {
      expect(await session.update("n", (n) => (n as number) + 1)).toBe(2);
      await session.login("ada");
    });
    expect(await get()).toBe(2);
    expect(application.heard).toContain("unavailable");
  });

  test("Rule 13: what it missed meanwhile it does not answer afterwards", async () => {
    const { application, browser, sessions, get } = await spilled();
    application.wire.cut("cache");
    await browser.request(sessions, (session) => session.set("n", 2));
    application.wire.mend();
    expect(await get()).toBe(2);
  });

  test("Rule 13: a cache that never answers is not waited for", async () => {
    const { application, browser, sessions, get } = await spilled({ cacheTimeout: 0.005 });
    application.wire.trouble = ({ tier }) => (tier === "cache" ? new Promise(() => {}) : undefined);
    expect(await get()).toBe(1);
    await browser.request(sessions, (session) => session.set("n", 2));
    expect(await get()).toBe(2);
  });

  test("Rule 13: after five failures in a row the breaker leaves it alone for five seconds, then tries one call", async () => {
    const { application, get } = await spilled();
    const asked = async () => {
      application.wire.take();
      expect(await get()).toBe(1);
      return application.wire.take().filter((call) => call.startsWith("cache")).length;
    };
    application.wire.cut("cache");
    let failures = 0;
    while (failures < 5) failures += await asked();
    expect(await asked()).toBe(0);
    travel(4_999);
    expect(await asked()).toBe(0);
    travel(1);
    expect(await asked()).toBeGreaterThan(0);
    expect(await asked()).toBe(0);
    application.wire.mend();
    travel("5s");
    await asked();
    expect(await asked()).toBe(1);
  });
});

describe("the database is down", () => {
  test("Rule 13: cached reads go on, and writes fail loudly", async () => {
    const { application, browser, sessions, get } = await spilled();
    application.wire.cut("store");
    expect(await get()).toBe(1);
    await browser.request(sessions, async (session) => {
      await expect(session.set("n", 2)).rejects.toMatchObject({ code: "store", tier: "store" });
      await expect(session.login("ada")).rejects.toMatchObject({ code: "store", tier: "store" });
    });
    expect(browser.lastSetCookies).toEqual([]);
    application.wire.mend();
    expect(await get()).toBe(1);
  });

  test("Rule 13: a session that stays in the cookie notices nothing", async () => {
    const { application, sessions } = await spilled();
    const visitor = application.browser();
    application.wire.cut("store");
    await visitor.request(sessions, (session) => session.set("a", 1));
    expect(await visitor.request(sessions, (session) => session.get("a"))).toBe(1);
  });
});

describe("the database is down, and writes are to be kept in the cache", () => {
  test("Rule 13: data is kept, said not to be durable, read, and repaired by the next request", async () => {
    const { application, browser, sessions, get } = await spilled({ onStoreDown: "cache" });
    application.wire.cut("store");
    await browser.request(sessions, async (session) => {
      expect(await session.set("n", 2)).toEqual({ durable: false });
      await expect(session.login("ada")).rejects.toMatchObject({ code: "store" });
    });
    expect(application.heard).toContain("deferred");
    expect(await get()).toBe(2);
    application.wire.mend();
    // The circuit breaker leaves the database alone for so long.
    travel("5s");
    expect(await get()).toBe(2);
    application.flushCache();
    expect(await get()).toBe(2);
    expect(application.events.filter(([name]) => name === "repaired")).toMatchObject([["repaired", { lost: [] }]]);
  });

  test("Rule 13: where the row has changed meanwhile, the database wins and the keys that are lost are named", async () => {
    const secret = newSecret();
    const { application, browser, sessions, get } = await spilled({ onStoreDown: "cache" }, secret);
    const elsewhere = deploy({ define: { secret }, ...(application.store && { store: application.store }) });
    application.wire.cut("store");
    await browser.request(sessions, (session) => session.set({ n: 2, mine: true }));
    application.wire.mend();
    // Another region, with a cache of its own, has not noticed any of it.
    await browser.clone().request(elsewhere.sessions, (session) => session.set("n", 7));
    const [row] = await application.records();
    await application.evict(row?.key ?? "");
    expect(await get()).toBe(7);
    expect(application.events.filter(([name]) => name === "repaired")).toMatchObject([
      ["repaired", { handle: row?.key, lost: ["n", "mine"] }],
    ]);
  });
});

describe("quick values", () => {
  test("Rule 13: cause no database statement, and may be lost with the cache, but nothing else is", async () => {
    const { application, browser, sessions, get } = await spilled();
    for (const seen of [1, 2, 3]) {
      await browser.request(sessions, async (session) => {
        expect(await session.setQuick("seen", seen)).toEqual({ durable: false });
      });
    }
    expect(application.wire.take().filter((call) => call.startsWith("store"))).toEqual([]);
    expect(await browser.request(sessions, (session) => session.get("seen"))).toBe(3);
    application.flushCache();
    expect(await browser.request(sessions, (session) => session.get("seen"))).toBeUndefined();
    expect(await get()).toBe(1);
  });
});
