/** An application that ran on the real iron-session is moved over while people are signed in. */

import { NextRequest } from "next/server.js";
import { defineSession, type LegacySource } from "spillway";
import { type IronSessionSource, ironSession } from "spillway/compat/iron-session";
import { createSessionMiddleware } from "spillway/next/middleware";
import { csrfToken, isCsrfToken } from "spillway/web";
import { beforeEach, describe, expect, test } from "vitest";
import { bulk, DEPLOYMENTS, deploy, newSecret, type Tiers, WITH_SERVER } from "../support/deployments.js";
import { FakeBrowser } from "../support/fake-browser.js";
import { stopTime, travel } from "../support/fake-time.js";
import { OLD, OLD_PASSWORD, type OldData, readOld, saveOld } from "./old-application.js";

const ADA: OldData = { user: { id: 7, name: "Ada" }, cart: ["tea"] };

const source = (options: Partial<IronSessionSource<OldData>> = {}) =>
  ironSession<OldData>({
    password: OLD_PASSWORD,
    cookieName: "old-app",
    userId: ({ user }) => user?.id,
    ...options,
  });

function moved(tiers: Tiers, legacy: readonly LegacySource[] = [source()], server = {}) {
  const revocation = tiers === "cookie" ? ("none" as const) : ("store" as const);
  return deploy({ tiers, define: { legacy }, server: { revocation, ...server } });
}

const seen = async ({ sessions }: ReturnType<typeof deploy>, browser: FakeBrowser) =>
  browser.request(sessions, async (session) => ({ userId: session.userId, data: await session.all() }));

beforeEach(() => {
  stopTime();
});

describe.each(DEPLOYMENTS)("moved over while signed in (%s)", (tiers) => {
  test("nobody is signed out: values and user are there, and the old cookie goes", async () => {
    const browser = new FakeBrowser();
    await saveOld(browser, ADA);
    travel("1h");
    const application = moved(tiers);
    expect(await seen(application, browser)).toEqual({ userId: "7", data: ADA });
    expect(Object.keys(browser.cookies).sort()).not.toContain("old-app");
    expect(await readOld(browser)).toEqual({});
    travel("5d");
    expect(await seen(application, browser)).toEqual({ userId: "7", data: ADA });
    expect(application.heard.filter((name) => name === "login")).toEqual(["login"]);
  });

  test("a visitor's values are there as well, and nobody is signed in", async () => {
    const browser = new FakeBrowser();
    await saveOld(browser, { cart: ["tea"] });
    const application = moved(tiers);
    expect(await seen(application, browser)).toEqual({ userId: undefined, data: { cart: ["tea"] } });
    expect(Object.keys(browser.cookies)).not.toContain("old-app");
    expect(await seen(application, browser)).toEqual({ userId: undefined, data: { cart: ["tea"] } });
  });

  test("what is written in the request that takes it over is kept", async () => {
    const browser = new FakeBrowser();
    await saveOld(browser, ADA);
    const application = moved(tiers);
    await browser.request(application.sessions, (session) =>
      session.update("cart", (cart) => [...(cart as string[]), "milk"]),
    );
    expect(await seen(application, browser)).toEqual({ userId: "7", data: { ...ADA, cart: ["tea", "milk"] } });
  });

  test("logout in the request that takes it over ends both", async () => {
    const browser = new FakeBrowser();
    await saveOld(browser, ADA);
    const application = moved(tiers);
    await browser.request(application.sessions, (session) => session.logout());
    expect(browser.cookies).toEqual({});
    expect(await seen(application, browser)).toEqual({ userId: undefined, data: {} });
  });

  test.each([
    ["the second password of a ring", { password: { 1: OLD_PASSWORD, 2: `${OLD_PASSWORD}, newer` } }],
    ["a cookie of another name and path", { cookieName: "other", cookieOptions: { path: "/" } }],
    ["a deadline of its own", { ttl: 3600 }],
    ["no deadline", { ttl: 0 }],
    ["chunks", { chunk: true }],
  ])("it opens what was sealed with %s", async (_, options) => {
    const browser = new FakeBrowser();
    const data = "chunk" in options ? { ...ADA, cart: [bulk(4200)] } : ADA;
    await saveOld(browser, data, options);
    const { password = OLD_PASSWORD, cookieName = "old-app", ttl } = options as Partial<IronSessionSource<OldData>>;
    const application = moved(tiers, [source({ password, cookieName, ...(ttl === undefined ? {} : { ttl }) })]);
    expect(await seen(application, browser)).toEqual({ userId: "7", data });
    expect(Object.keys(browser.cookies).filter((name) => /old-app|other/.test(name))).toEqual([]);
  });

  test("the cookie may keep its name", async () => {
    const browser = new FakeBrowser();
    await saveOld(browser, ADA);
    const revocation = tiers === "cookie" ? ("none" as const) : ("store" as const);
    const application = deploy({
      tiers,
      define: { legacy: [source()], cookie: { name: "old-app" } },
      server: { revocation },
    });
    expect(await seen(application, browser)).toEqual({ userId: "7", data: ADA });
    expect(await seen(application, browser)).toEqual({ userId: "7", data: ADA });
    expect(application.rejected).toEqual([]);
  });
});

describe("what is no session of iron-session's", () => {
  const spoil = (change: (seal: string) => string) => (browser: FakeBrowser) =>
    browser.plant("old-app", change(browser.cookies["old-app"] ?? ""));

  test.each([
    [
      "a byte of its body changed",
      spoil((seal) => seal.replace(/(\*[\w-]{22}\*)(.)/, (_, iv, c) => iv + (c === "A" ? "B" : "A"))),
    ],
    ["a deadline changed", spoil((seal) => seal.replace(/\*(\d{13})\*/, (_, at) => `*${Number(at) + 1}*`))],
    ["another password's id", spoil((seal) => seal.replace("*1*", "*2*"))],
    ["a property of every object for an id", spoil((seal) => seal.replace("*1*", "*constructor*"))],
    ["half of it", spoil((seal) => seal.slice(0, seal.length / 2))],
    ["much more of it", spoil((seal) => seal + "a".repeat(100_000))],
    ["nothing", spoil(() => "")],
    ["an encoding that is none", spoil(() => "%E0%A4%A")],
  ])("is ignored, and its cookie goes with the next that is set: %s", async (_, change) => {
    const browser = new FakeBrowser();
    await saveOld(browser, ADA);
    change(browser);
    const application = moved("cookie+db");
    expect(await seen(application, browser)).toEqual({ userId: undefined, data: {} });
    expect(browser.lastSetCookies).toEqual([]);
    expect(await application.records()).toEqual([]);
    await browser.request(application.sessions, (session) => session.set("a", 1));
    expect(Object.keys(browser.cookies)).not.toContain("old-app");
  });

  test("a seal ends with its deadline, and not a minute later", async () => {
    const browser = new FakeBrowser();
    await saveOld(browser, ADA, { ttl: 3600, cookieOptions: { maxAge: 86_400 } });
    travel(3_600_000);
    expect(await seen(moved("cookie+db"), browser)).toEqual({ userId: undefined, data: {} });
  });

  test("one of another password is ignored", async () => {
    const browser = new FakeBrowser();
    await saveOld(browser, ADA, { password: "another password of more than thirty-two characters" });
    expect(await seen(moved("cookie+db"), browser)).toEqual({ userId: undefined, data: {} });
  });
});

describe.each(WITH_SERVER)("once, and never again (%s)", (tiers) => {
  test("requests that come at the same time make one session", async () => {
    const browser = new FakeBrowser();
    await saveOld(browser, ADA);
    const application = moved(tiers);
    const requests = Array.from({ length: 5 }, () =>
      browser.send(application.sessions, async (session) => session.handle),
    );
    const answers = await Promise.all(requests);
    for (const answer of answers.reverse()) answer.deliver();
    expect(new Set(answers.map(({ result }) => result)).size).toBe(1);
    expect(await application.records()).toHaveLength(1);
    expect(await seen(application, browser)).toEqual({ userId: "7", data: ADA });
  });

  test("a response that is lost signs nobody out", async () => {
    const browser = new FakeBrowser();
    await saveOld(browser, ADA);
    const application = moved(tiers);
    await browser.send(application.sessions, () => undefined);
    expect(await seen(application, browser)).toEqual({ userId: "7", data: ADA });
    expect(await application.records()).toHaveLength(1);
    expect(await seen(application, browser)).toEqual({ userId: "7", data: ADA });
  });

  test.each([
    [
      "logout",
      (application: ReturnType<typeof deploy>, browser: FakeBrowser) =>
        browser.request(application.sessions, (session) => session.logout()),
    ],
    ["revokeUser", ({ sessions }: ReturnType<typeof deploy>) => sessions.sessions.revokeUser("7")],
    ["destroyAll", ({ sessions }: ReturnType<typeof deploy>) => sessions.sessions.destroyAll()],
  ])("a copy of the old cookie signs nobody in after %s", async (_, end) => {
    const browser = new FakeBrowser();
    await saveOld(browser, ADA);
    const thief = new FakeBrowser();
    const copy = browser.cookies["old-app"];
    const application = moved(tiers);
    await seen(application, browser);
    travel("1m");
    await end(application, browser);
    for (const spelling of [copy, `${copy}~3`, copy?.replace("~2", "")]) {
      thief.plant("old-app", spelling);
      expect(await seen(application, thief)).toEqual({ userId: undefined, data: {} });
    }
    expect(thief.cookies["old-app"]).toBeDefined();
  });

  test("signed out everywhere, a device that still has the old cookie is signed out as well", async () => {
    const [browser, device] = [new FakeBrowser(), new FakeBrowser()];
    await saveOld(browser, ADA);
    await saveOld(device, ADA);
    const application = moved(tiers);
    await seen(application, browser);
    travel("1m");
    await application.sessions.sessions.revokeUser("7");
    expect(await seen(application, device)).toEqual({ userId: undefined, data: {} });
    expect(application.rejected).toContain("revoked");
    await saveOld(device, ADA);
    travel("1s");
    await application.sessions.sessions.destroyAll();
    expect(await seen(application, device)).toEqual({ userId: undefined, data: {} });
  });

  test("it is listed and can be revoked, and counts as signed in when it was last saved", async () => {
    const browser = new FakeBrowser();
    await saveOld(browser, ADA);
    travel("1h");
    const application = moved(tiers);
    await browser.request(application.sessions, (session) => {
      session.requireFresh("1h");
      expect(() => session.requireFresh("59m")).toThrow(expect.objectContaining({ code: "stale-authentication" }));
    });
    const [device, ...others] = await application.sessions.sessions.list("7");
    expect(others).toEqual([]);
    expect(await application.sessions.sessions.revoke(device?.handle ?? "")).toBe(true);
    travel("11s");
    expect(await seen(application, browser)).toEqual({ userId: undefined, data: {} });
  });

  test("a limit of sessions that refuses is no error page", async () => {
    const application = moved(tiers, [source()], { maxPerUser: { limit: 1, refuse: true } });
    const [first, second] = [new FakeBrowser(), new FakeBrowser()];
    for (const browser of [first, second]) await saveOld(browser, ADA);
    expect(await seen(application, first)).toEqual({ userId: "7", data: ADA });
    travel(1);
    expect(await seen(application, second)).toEqual({ userId: undefined, data: {} });
  });
});

test("a store that fails is an error, and no logout", async () => {
  const browser = new FakeBrowser();
  await saveOld(browser, ADA);
  const application = moved("cookie+db");
  application.wire.cut("store");
  await expect(seen(application, browser)).rejects.toMatchObject({ code: "store" });
  application.wire.mend();
  expect(await seen(application, browser)).toEqual({ userId: "7", data: ADA });
});

test("a source that fails is an error, without its text, and no logout", async () => {
  const browser = new FakeBrowser();
  browser.plant("sid", "1");
  let isDown = true;
  const legacy: LegacySource = {
    cookies: [{ name: "sid" }],
    open() {
      if (isDown) throw new Error("SELECT secret FROM sessions");
      return { id: "1", data: { a: 1 } };
    },
  };
  const application = deploy({ tiers: "cookie", server: { legacy: [legacy] } });
  const failed = await seen(application, browser).catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: "store", outcome: "failed" });
  expect(String((failed as Error).stack) + String((failed as Error).cause)).not.toContain("SELECT");
  isDown = false;
  expect(await seen(application, browser)).toEqual({ userId: undefined, data: { a: 1 } });
});

test("values that cannot be kept are no session, and leave a way out", async () => {
  const browser = new FakeBrowser();
  await saveOld(browser, { ...ADA, "": 1 } as OldData);
  const application = moved("cookie+db");
  expect(await seen(application, browser)).toEqual({ userId: undefined, data: {} });
  expect(application.rejected).toEqual(["malformed"]);
  await browser.request(application.sessions, (session) => session.login("7"));
  expect(Object.keys(browser.cookies)).not.toContain("old-app");
});

test.each([[{ $oid: "a" }], [["7"]], [true], [false], [Number.NaN], [Number.POSITIVE_INFINITY], [Symbol("7")]])(
  "Rule 15: `userId` that gives %o is refused by name: no id that many users would share",
  async (id) => {
    const browser = new FakeBrowser();
    await saveOld(browser, ADA);
    const application = moved("cookie+db", [source({ userId: () => id as never })]);
    await expect(seen(application, browser)).rejects.toMatchObject({ code: "config", option: "userId" });
    expect(await application.records()).toEqual([]);
    expect(Object.keys(browser.cookies)).toContain("old-app");
  },
);

test.each([["ada"], [7], [0], [7n]])("`userId` may give %o", async (id) => {
  const browser = new FakeBrowser();
  await saveOld(browser, ADA);
  const application = moved("cookie+db", [source({ userId: () => id })]);
  expect(await seen(application, browser)).toEqual({ userId: String(id), data: ADA });
});

test.each([[""], [null], [undefined]])("`userId` that gives %o is nobody", async (id) => {
  const browser = new FakeBrowser();
  await saveOld(browser, ADA);
  const application = moved("cookie+db", [source({ userId: () => id })]);
  expect(await seen(application, browser)).toEqual({ userId: undefined, data: ADA });
});

test("`data` chooses and changes what is taken over", async () => {
  const browser = new FakeBrowser();
  await saveOld(browser, ADA);
  const application = moved("cookie+db", [source({ data: ({ cart }) => ({ basket: cart, since: new Date(0) }) })]);
  expect(await seen(application, browser)).toEqual({ userId: "7", data: { basket: ["tea"], since: new Date(0) } });
});

test("a session of ours counts, whatever old cookie comes beside it, and writes it off", async () => {
  const browser = new FakeBrowser();
  const application = moved("cookie+db");
  await browser.request(application.sessions, (session) => session.set("mine", true));
  await saveOld(browser, ADA);
  expect(await seen(application, browser)).toEqual({ userId: undefined, data: { mine: true } });
  await browser.request(application.sessions, (session) => session.set("mine", false));
  expect(Object.keys(browser.cookies)).not.toContain("old-app");
});

test("a cookie of a domain and a path of its own is forgotten too", async () => {
  const browser = new FakeBrowser({ url: "https://app.example/shop/cart" });
  const cookieOptions = { domain: "app.example", path: "/shop" };
  await saveOld(browser, ADA, { cookieOptions });
  const application = moved("cookie+db", [source({ cookieOptions })]);
  expect(await seen(application, browser)).toEqual({ userId: "7", data: ADA });
  expect(Object.keys(browser.cookies)).not.toContain("old-app");
});

test("requests without an old cookie cost nothing", async () => {
  const application = moved("cookie+db");
  const visitor = new FakeBrowser();
  await seen(application, visitor);
  expect(application.wire.calls).toEqual([]);
});

describe("in the middleware", () => {
  const claimsFor = async (browser: FakeBrowser, name: string) => {
    const definition = defineSession({ secret: newSecret(), legacy: [source()], cookie: { name } });
    let claims: unknown;
    const middleware = createSessionMiddleware(definition, (_, { active, userBound, expiresAt }) => {
      claims = { active, userBound, expiresAt };
    });
    const headers = { ...Object.fromEntries(browser.headers), accept: "text/html", "sec-fetch-dest": "document" };
    const response = await middleware(new NextRequest("https://app.example/", { headers }), {} as never);
    return { claims, setCookies: response.headers.getSetCookie() };
  };

  test.each(["__Host-session", "old-app"])(
    "who is signed in there is signed in here, and keeps the cookie (%s)",
    async (name) => {
      const browser = new FakeBrowser();
      await saveOld(browser, ADA);
      const { claims, setCookies } = await claimsFor(browser, name);
      const expiresAt = new Date(Date.now() + 14 * 86_400_000);
      expect(claims).toEqual({ active: true, userBound: true, expiresAt });
      expect(setCookies).toEqual([]);
    },
  );

  test("a forged one claims nothing", async () => {
    const browser = new FakeBrowser();
    await saveOld(browser, ADA, { password: "another password of more than thirty-two characters" });
    expect((await claimsFor(browser, "__Host-session")).claims).toMatchObject({ active: false, userBound: false });
  });
});

test("a token of a form is good before and after it is taken over", async () => {
  const browser = new FakeBrowser();
  await saveOld(browser, ADA);
  const application = moved("cookie+db");
  const token = await browser.request(application.sessions, (session) => csrfToken(application.definition, session));
  const isGood = await browser.request(application.sessions, (session) =>
    isCsrfToken(application.definition, session, token),
  );
  expect(isGood).toBe(true);
});

test.each([
  [{ legacy: [{}] }, "legacy"],
  [{ legacy: {} }, "legacy"],
  [{ legacy: [{ cookies: [], open() {} }] }, "legacy"],
])("what is no source is refused: %j", (define, option) => {
  expect(() => deploy({ define: define as never })).toThrow(expect.objectContaining({ code: "config", option }));
});

test("options of ironSession() that are wrong are refused", () => {
  const wrong = (options: object) => () =>
    ironSession({ password: OLD_PASSWORD, cookieName: "old", ...options } as never);
  expect(wrong({ cookieName: "" })).toThrow(expect.objectContaining({ option: "cookieName" }));
  expect(wrong({ user: () => "1" })).toThrow(expect.objectContaining({ option: "user" }));
  expect(wrong({ userId: "id" })).toThrow(expect.objectContaining({ option: "userId" }));
  expect(OLD.cookieName).toBe("old-app");
});
