import type { Session } from "spillway";
import { createTestSession, sealSession } from "spillway/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { bulk, DEPLOYMENTS, deploy, newSecret, WITH_SERVER } from "../../support/deployments.js";
import { stopTime, travel } from "../../support/fake-time.js";

beforeEach(() => {
  stopTime();
});

const DAY = 24 * 60 * 60 * 1000;

/** Moments that no session can end at. */
const REFUSED: readonly (readonly [string, () => unknown])[] = [
  ["an Invalid Date", () => new Date(Number.NaN)],
  ["a number", () => Date.now() + DAY],
  ["a text", () => "2030-01-01"],
  ["null", () => null],
  ["the year 2300", () => new Date("2300-01-01")],
  ["a millisecond more than 400 days", () => new Date(Date.now() + 400 * DAY + 1)],
];

describe.each(REFUSED)("`expiresAt` as %s", (_, make) => {
  const named = expect.objectContaining({
    code: "value",
    path: "expiresAt",
    message: expect.stringContaining("expiresAt"),
  });

  test.each(DEPLOYMENTS)("Rule 15: regenerateId refuses it by name, and nothing was written (%s)", async (tiers) => {
    const application = deploy({ tiers });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set("text", tiers === "cookie" ? "a" : bulk()));
    application.wire.take();
    const { session, setCookies } = await application.sessions.open(browser.headers);
    const { id } = session;
    await expect(session.regenerateId({ expiresAt: make() as Date })).rejects.toEqual(named);
    expect(setCookies).toEqual([]);
    expect(application.wire.take().filter((call) => !/\.(get|read)$/.test(call))).toEqual([]);
    await browser.request(application.sessions, async (after) => {
      expect([after.id, await after.has("text")]).toEqual([id, true]);
    });
  });

  test("Rule 15: start refuses it by name, and none begins", async () => {
    const application = deploy();
    const browser = application.browser();
    await browser.request(application.sessions, async (session) => {
      await expect(session.start({ expiresAt: make() as Date })).rejects.toEqual(named);
      expect(session.active).toBe(false);
    });
    expect(browser.cookies).toEqual({});
  });

  test("Rule 15: sealSession and createTestSession refuse it by name, before a row is written", async () => {
    const { definition, store, records } = withStore();
    const options = { userId: "ada", expiresAt: make() as Date };
    await expect(sealSession(definition, { ...options, store })).rejects.toEqual(named);
    expect(await records()).toEqual([]);
    await expect(createTestSession(definition, options)).rejects.toEqual(named);
  });
});

test("Rule 15: start({ secure }) is true or false", async () => {
  const application = deploy();
  const browser = application.browser();
  const started = browser.request(application.sessions, (session) => session.start({ secure: "no" as never }));
  await expect(started).rejects.toThrow(/secure/);
  expect(browser.cookies).toEqual({});
});

describe.each(DEPLOYMENTS)("A date in the past, with %s", (tiers) => {
  const PAST = [() => new Date(0), () => new Date(Date.now() - 1), () => new Date()];

  test.each(PAST)("Rule 15: regenerateId ends the session as destroy does", async (past) => {
    const application = deploy({ tiers, server: { revocationDelay: 0 } });
    const browser = application.browser();
    await browser.request(application.sessions, async (session) => {
      await session.set("text", tiers === "cookie" ? "a" : bulk());
      if (tiers !== "cookie") await session.login("ada");
    });
    const thief = browser.clone();
    await browser.request(application.sessions, async (session) => {
      expect(await session.regenerateId({ expiresAt: past() })).toEqual({ durable: true });
      expect([session.active, await session.all()]).toEqual([false, {}]);
    });
    expect(browser.cookies).toEqual({});
    expect(application.heard).toContain("destroyed");
    expect(await application.records()).toEqual([]);
    if (tiers !== "cookie")
      expect(await thief.request(application.sessions, (session) => session.userId)).toBeUndefined();
  });

  test.each(PAST)("Rule 15: start begins nothing", async (past) => {
    const application = deploy({ tiers });
    const browser = application.browser();
    await browser.request(application.sessions, async (session) => {
      await session.start({ expiresAt: past() });
      expect(session.active).toBe(false);
    });
    expect(browser.cookies).toEqual({});
    expect(await application.records()).toEqual([]);
  });
});

test("Rule 15: start in an active session is a conflict, whatever the date", async () => {
  const application = deploy();
  const browser = application.browser();
  await browser.request(application.sessions, (session) => session.set("a", 1));
  const again = browser.request(application.sessions, (session) => session.start({ expiresAt: new Date(0) }));
  await expect(again).rejects.toMatchObject({ code: "conflict" });
  expect(await browser.request(application.sessions, (session) => session.get("a"))).toBe(1);
});

test("Rule 15: 400 days are the most, and a date is taken as it was when it was given", async () => {
  const application = deploy({ server: { cookieThreshold: 0 } });
  const browser = application.browser();
  const expiresAt = new Date(Date.now() + 400 * DAY);
  const most = expiresAt.getTime();
  const begin = async (session: Session) => {
    const started = session.start({ expiresAt });
    expiresAt.setFullYear(2300);
    await started;
    return session.expiresAt?.getTime();
  };
  expect(await browser.request(application.sessions, begin as never)).toBe(most);
});

test("Rule 15: sealSession with a moment in the past gives the header of a browser without a session", async () => {
  const { definition, store, records } = withStore();
  expect(await sealSession(definition, { userId: "ada", store, expiresAt: new Date(0) })).toBe("");
  expect(await records()).toEqual([]);
});

describe.each(WITH_SERVER)("with %s", (tiers) => {
  test.each([0, 399, 401, 802])(
    "Rule 10: destroyAll ends every session before it, %d days after the last destroyAll too",
    async (days) => {
      const define = { secret: newSecret(), lifetime: "400d", idleTimeout: "400d" } as const;
      const application = deploy({ tiers, define, server: { revocationDelay: 0 } });
      const browser = application.browser();
      await application.sessions.sessions.destroyAll();
      travel(days * DAY);
      await application.sessions.sessions.cleanup();
      await browser.request(application.sessions, (session) => session.set("a", 1));
      travel(2 * DAY);
      await application.sessions.sessions.cleanup();
      expect(await browser.request(application.sessions, (session) => session.active)).toBe(true);
      await application.sessions.sessions.destroyAll();
      expect(await browser.request(application.sessions, (session) => session.active)).toBe(false);
    },
  );
});

function withStore() {
  const application = deploy({ tiers: "cookie+db" });
  const store = application.wire.connect("store", () => application.store as never) as never;
  return { definition: application.definition, store, records: () => application.records() };
}
