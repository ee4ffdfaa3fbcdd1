import { beforeEach, describe, expect, test } from "vitest";
import { bulk, DEPLOYMENTS, deploy, WITH_SERVER } from "../../support/deployments.js";
import { stopTime, travel } from "../../support/fake-time.js";
import { sessionRecord } from "../../support/records.js";
import { slidingResponse } from "./sliding.js";

const DAY = 86_400_000;
const QUARTER = 15 * 60_000;

beforeEach(() => {
  stopTime();
});

describe.each(DEPLOYMENTS)("with %s", (tiers) => {
  test.each([
    ["idle", {}, 7 * DAY],
    ["idle, as configured", { idleTimeout: "30m" }, 30 * 60_000],
    ["absolute", { idleTimeout: "300d" }, 30 * DAY],
    ["absolute, as configured", { idleTimeout: "300d", lifetime: "1d" }, DAY],
    ["absolute, in days beyond one", { idleTimeout: "400d", lifetime: "400d" }, 400 * DAY],
  ] as const)(
    "[S1] Rule 14: the deadline that is %s ends a session to the millisecond",
    async (_name, define, length) => {
      const application = deploy({ tiers, define });
      const browser = application.browser();
      await browser.request(application.sessions, (session) => session.set("a", 1));
      const [setCookie] = browser.lastSetCookies;
      const cookie = setCookie?.split(";")[0] as string;
      const open = async () => (await application.sessions.open(new Headers({ cookie }))).session;
      travel(length - 1);
      expect(await (await open()).get("a")).toBe(1);
      travel(1);
      expect(await (await open()).get("a")).toBeUndefined();
      expect(application.rejected).toEqual(["expired"]);
    },
  );

  test("Rule 14: signing in starts the absolute deadline anew, a write and a new id do not", async () => {
    const application = deploy({ tiers, server: tiers === "cookie" ? { revocation: "none" } : {} });
    const browser = application.browser();
    const begun = Date.now();
    const ends = async (work: "set" | "regenerateId" | "login") =>
      browser.request(application.sessions, async (session) => {
        await (work === "set"
          ? session.set("n", Math.random())
          : work === "login"
            ? session.login("ada")
            : session[work]());
        return session.expiresAt?.getTime();
      });
    expect(await ends("set")).toBe(begun + 30 * DAY);
    travel("5d");
    expect(await ends("set")).toBe(begun + 30 * DAY);
    expect(await ends("regenerateId")).toBe(begun + 30 * DAY);
    expect(await ends("login")).toBe(begun + 35 * DAY);
  });
});

describe.each(WITH_SERVER)("with %s", (tiers) => {
  test("Rule 14: a row lives to the absolute deadline plus 15 minutes, and sliding costs it no write", async () => {
    const application = deploy({ tiers });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set("text", bulk()));
    const [before] = await application.records();
    expect(before?.expiresAt.getTime()).toBe(Date.now() + 30 * DAY + QUARTER);
    travel("6d");
    browser.receive(await slidingResponse(application.definition, browser.headers));
    expect(await application.records()).toEqual([before]);
    travel("6d");
    expect(await browser.request(application.sessions, (session) => session.has("text"))).toBe(true);
  });
});

describe.each(WITH_SERVER)("with %s", (tiers) => {
  test("Rule 14: from its absolute deadline on a session is neither loaded nor listed, though its row stays for 15 minutes", async () => {
    const application = deploy({ tiers, server: { cookieThreshold: 0 } });
    const { sessions } = application.sessions;
    const id = await application.browser().request(application.sessions, async (session) => {
      await session.login("ada");
      return session.id as string;
    });
    const known = async () => [(await sessions.load(id)) !== undefined, (await sessions.list("ada")).length];
    travel(30 * DAY - 1);
    expect(await known()).toEqual([true, 1]);
    travel(1);
    expect(await known()).toEqual([false, 0]);
    expect(await application.records()).toHaveLength(1);
  });

  test("Rule 14: a rotation moves no deadline", async () => {
    const application = deploy({ tiers, server: { cookieThreshold: 0, rotateEvery: "1h" } });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set("n", 1));
    const state = () =>
      browser.request(application.sessions, async (session) => {
        await session.get("n");
        return { id: session.id, expiresAt: session.expiresAt };
      });
    const before = await state();
    travel("1h");
    const after = await state();
    expect(after.id).not.toBe(before.id);
    expect(after.expiresAt).toEqual(before.expiresAt);
    const [record] = await application.records();
    expect(record?.expiresAt.getTime()).toBe((before.expiresAt?.getTime() ?? 0) + QUARTER);
  });

  test("Rule 14: the idle deadline never lies beyond the absolute one", async () => {
    const application = deploy({ tiers });
    const browser = application.browser();
    const deadlines = (write: boolean) =>
      browser.request(application.sessions, async (session) => {
        if (write) await session.set("n", Date.now());
        return [session.idleExpiresAt, session.expiresAt];
      });
    for (let day = 0; day < 30; day += 6) {
      const [idle, absolute] = await deadlines(true);
      expect(idle?.getTime()).toBe(Math.min(Date.now() + 7 * DAY, absolute?.getTime() ?? 0));
      if (day < 24) travel("6d");
    }
    travel("5d");
    browser.receive(await slidingResponse(application.definition, browser.headers));
    const [idle, absolute] = await deadlines(false);
    expect(idle).toEqual(absolute);
  });
});

describe.each(["cookie+db", "cookie+kv+db"] as const)("with %s", (tiers) => {
  test("Rule 14: a session whose row may be deleted is over, also when its deadline was brought forward in the database", async () => {
    const application = deploy({ tiers, server: { cookieThreshold: 0 } });
    const browser = application.browser();
    const n = () => browser.request(application.sessions, (session) => session.get("n", "over"));
    await browser.request(application.sessions, (session) => session.set("n", 1));
    const [record] = await application.records();
    if (!record) throw new Error("There is no row.");
    await application.store?.update(record, { expiresAt: new Date(Date.now() + QUARTER) });
    application.flushCache();
    travel(QUARTER - 1);
    expect(await n()).toBe(1);
    travel(1);
    expect(await n()).toBe("over");
  });
});

describe.each(["cookie+db", "cookie+kv+db"] as const)("cleanup with %s", (tiers) => {
  async function withRows(count: number) {
    const application = deploy({ tiers, server: { cookieThreshold: 0 } });
    for (let n = 0; n < count; n++) {
      await application.browser().request(application.sessions, (session) => session.set("n", n));
    }
    return { application, manager: application.sessions.sessions };
  }

  test("Rule 14: it takes what is past its deadline, and never a session whose cookies are still valid", async () => {
    const { application, manager } = await withRows(3);
    const live = application.browser();
    travel(30 * DAY + QUARTER);
    await live.request(application.sessions, (session) => session.set("n", "live"));
    expect(await manager.cleanup()).toEqual({ deleted: 0, complete: true });
    travel(1);
    expect(await manager.cleanup()).toEqual({ deleted: 3, complete: true });
    expect(await live.request(application.sessions, (session) => session.get("n"))).toBe("live");
  });

  test("Rule 14: it stops at its limit and at its budget, and says that more remains", async () => {
    const { application, manager } = await withRows(0);
    const expiresAt = new Date(Date.now() - 1);
    for (let n = 0; n < 1500; n++) await application.store?.insert(sessionRecord({ expiresAt }));
    expect(await manager.cleanup({ limit: 100 })).toEqual({ deleted: 100, complete: false });
    const onProgress = () => travel("20s");
    expect(await manager.cleanup({ onProgress })).toEqual({ deleted: 900, complete: false });
    expect(await manager.cleanup({ onProgress })).toEqual({ deleted: 500, complete: true });
  });

  test("Rule 14: two at once take every row once", async () => {
    const { application, manager } = await withRows(20);
    travel("31d");
    const both = await Promise.all([manager.cleanup(), manager.cleanup()]);
    expect(both.map(({ deleted }) => deleted).reduce((a, b) => a + b)).toBe(20);
    expect(await application.records()).toEqual([]);
  });
});
