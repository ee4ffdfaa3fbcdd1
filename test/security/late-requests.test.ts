/** Late requests and late responses: none undoes a login, and none brings back what has ended. */

import { type NextFetchEvent, NextRequest } from "next/server.js";
import { createSessionMiddleware } from "spillway/next/middleware";
import { createSessions } from "spillway/web";
import { beforeEach, describe, expect, test } from "vitest";
import { bulk, DEPLOYMENTS, type Deploy, deploy, type Tiers, WITH_SERVER } from "../support/deployments.js";
import type { FakeBrowser } from "../support/fake-browser.js";
import { stopTime, travel } from "../support/fake-time.js";

const VISITOR = "__Host-session";
const USER = "__Host-session-user";

/** What a browser says of a request by which a person goes to a page. */
const DOCUMENT = { accept: "text/html", "sec-fetch-dest": "document" };

type Session = Parameters<Parameters<ReturnType<typeof deploy>["sessions"]["handle"]>[1]>[0];

beforeEach(() => {
  stopTime();
});

/** What a process remembers of revocations, shared by all its bundles. */
const MEMORY = Symbol.for("spillway.revocation");

/** The application as another process runs it, which knows nothing of what this one has ended. */
function inAnotherProcess({ definition, store, cache }: ReturnType<typeof deploy>) {
  const shared = globalThis as { [MEMORY]?: unknown };
  const own = shared[MEMORY];
  shared[MEMORY] = undefined;
  const others = createSessions(definition, {
    ...(store && { store }),
    ...(cache && { cache }),
    revocationDelay: 0,
    cacheTimeout: "20s",
    storeTimeout: "20s",
  });
  shared[MEMORY] = own;
  return others;
}

/** An application with the browser of a visitor who has a cart. */
async function visited(options: Partial<Deploy>) {
  const application = deploy(options);
  const browser = application.browser();
  const { sessions } = application;
  await browser.request(sessions, (session) => session.set("cart", ["tea"]));
  const look = (one: FakeBrowser = browser) =>
    one.request(sessions, async (session) => [session.userId, await session.get("cart")]);
  const login = (user: string) => browser.request(sessions, (session) => session.login(user));
  return { application, browser, sessions, look, login };
}

const withRevocation = (tiers: Tiers): Partial<Deploy> =>
  tiers === "cookie" ? { tiers, server: { revocation: "none" } } : { tiers };

describe.each(DEPLOYMENTS)("Rule 10: with %s", (tiers) => {
  test("a visitor's response that arrives after the login signs nobody out", async () => {
    const { browser, sessions, look, login } = await visited(withRevocation(tiers));
    const late = await browser.send(sessions, (session) => session.set("seen", 1));
    await login("ada");
    late.deliver();
    expect(Object.keys(browser.cookies)).toEqual(expect.arrayContaining([VISITOR, USER]));
    expect(await look()).toEqual(["ada", ["tea"]]);
    expect(Object.keys(browser.cookies)).toEqual([USER]);
  });

  test("a visitor's request that is handled after the login signs nobody out, nor does the first one of all", async () => {
    const { application, browser, sessions, look, login } = await visited(withRevocation(tiers));
    const sent = [browser.clone(), application.browser()];
    await login("ada");
    for (const late of sent) {
      await late.request(sessions, (session) => session.set("seen", 1));
      browser.receive(late.lastSetCookies);
      expect(await look()).toEqual(["ada", ["tea"]]);
      expect(Object.keys(browser.cookies)).toEqual([USER]);
    }
  });

  test("a visitor's response, or a slide, beside a user's is never slid, and its cookies go in the end", async () => {
    const { application, browser, sessions, look, login } = await visited(withRevocation(tiers));
    travel("2d");
    const late = await browser.send(sessions, () => undefined);
    expect(late.setCookies).toEqual([expect.stringMatching(/^__Host-session-activity=/)]);
    await login("ada");
    late.deliver();
    travel("2d");
    const middleware = createSessionMiddleware(application.definition);
    const { headers } = await middleware(
      new NextRequest("https://app.example/", { headers: browser.headers }),
      {} as NextFetchEvent,
    );
    expect(headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-session-user-activity=/)]);
    browser.receive(headers.getSetCookie());
    expect(await look()).toEqual(["ada", ["tea"]]);
    expect(Object.keys(browser.cookies)).toEqual([USER, `${USER}-activity`]);
  });

  test("no cookie opens under the name of the other kind", async () => {
    const { application, browser, look, login } = await visited(withRevocation(tiers));
    const thief = application.browser();
    thief.plant(USER, browser.cookies[VISITOR]);
    expect(await look(thief)).toEqual([undefined, undefined]);
    await login("ada");
    const other = application.browser();
    other.plant(VISITOR, browser.cookies[USER]);
    expect(await look(other)).toEqual([undefined, undefined]);
    expect(application.rejected).toEqual(["forged", "forged"]);
  });
});

describe.each(WITH_SERVER)("Rule 10: with %s", (tiers) => {
  test.each([
    ["in the cookie", {}],
    ["on the server", { cookieThreshold: 0 }],
  ])("a user's response that arrives after logout({ keep }) spoils nothing (%s)", async (_, server) => {
    const { browser, sessions, look, login } = await visited({ tiers, server });
    await login("ada");
    const late = await browser.send(sessions, (session) => session.set("seen", 1));
    await browser.request(sessions, (session) => session.logout({ keep: ["cart"] }));
    expect(await look()).toEqual([undefined, ["tea"]]);
    late.deliver();
    expect(await look()).toEqual([undefined, ["tea"]]);
    travel("11s");
    const page = browser.clone(DOCUMENT);
    expect(await look(page)).toEqual([undefined, ["tea"]]);
    if (late.setCookies.length > 0) expect(Object.keys(page.cookies)).toEqual([VISITOR]);
    expect(await look(page)).toEqual([undefined, ["tea"]]);
  });

  test("a page that another process answers late undoes no login, and the ended cookie goes with one in the end", async () => {
    const { application, browser, sessions, look, login } = await visited({ tiers, server: { revocationDelay: 0 } });
    const visitors = await browser.send(sessions, (session) => session.set("seen", 1));
    await login("ada");
    visitors.deliver();
    const sent = browser.clone(DOCUMENT);
    await browser.request(sessions, (session) => session.logout());
    await login("bob");
    const others = inAnotherProcess(application);
    const late = await sent.send(others, (session) => session.get("cart"));
    expect(late.setCookies.filter((cookie) => cookie.startsWith(USER))).toEqual([]);
    browser.receive(late.setCookies);
    expect((await look())[0]).toBe("bob");
    travel("11s");
    await sent.request(others, (session) => session.get("cart"));
    expect(Object.keys(sent.cookies)).not.toContain(USER);
  });

  test.each([
    ["a read", "logout", (session) => session.get("cart")],
    ["a flash message", "logout", (session) => session.flash("notice", "Saved.")],
    ["another sign-out", "logout", (session) => session.logout()],
    ["a write", "revoke", (session) => session.set("cart", ["hers"])],
    ["a read", "revokeUser", (session) => session.get("cart")],
    ["a write", "revokeUser", (session) => session.set("cart", ["hers"])],
  ] satisfies [string, string, (session: Session) => unknown][])(
    "%s of a user whose session ended by %s undoes no login that followed, a visitor's cookie beside it or not",
    async (_, by, late) => {
      for (const isBeside of [true, false]) {
        const { browser, sessions, look, login } = await visited({ tiers, server: { revocationDelay: 0 } });
        const visitors = await browser.send(sessions, (session) => session.set("seen", 1));
        await login("ada");
        if (isBeside) visitors.deliver();
        const sent = browser.clone();
        if (by === "logout") await browser.request(sessions, (session) => session.logout());
        else if (by === "revokeUser") await sessions.sessions.revokeUser("ada");
        else await sessions.sessions.revoke((await sent.clone().request(sessions, (session) => session.handle)) ?? "");
        await login("bob");
        await sent.request(sessions, (session) => Promise.resolve(late(session)).catch(() => undefined));
        browser.receive(sent.lastSetCookies);
        expect((await look())[0]).toBe("bob");
      }
    },
  );

  test.each([
    ["in the cookie", {}],
    ["on the server", { cookieThreshold: 0 }],
  ])(
    "a user's request that is handled after a logout and another login is refused, and sets no cookie (%s)",
    async (_, server) => {
      const { browser, sessions, look, login } = await visited({ tiers, server });
      await login("ada");
      const sent = browser.clone();
      await browser.request(sessions, (session) => session.logout({ keep: ["cart"] }));
      const isRefused = async () => {
        await sent.request(sessions, async (session) => {
          expect(session.active).toBe(false);
          await expect(session.set("cart", ["hers"])).rejects.toMatchObject({ code: "session-ended" });
        });
        expect(sent.lastSetCookies).toEqual([]);
      };
      await isRefused();
      expect(await look()).toEqual([undefined, ["tea"]]);
      await login("bob");
      await isRefused();
      expect(await look()).toEqual(["bob", ["tea"]]);
    },
  );

  test.each([
    ["in the cookie", {}],
    ["on the server", { cookieThreshold: 0 }],
  ])("so is one that was opened before, and writes after (%s)", async (_, server) => {
    const { browser, sessions, look, login } = await visited({ tiers, server });
    await login("ada");
    const slow = await sessions.open(browser.headers);
    expect(await slow.session.get("cart")).toEqual(["tea"]);
    await browser.request(sessions, (session) => session.logout());
    await login("bob");
    await expect(slow.session.set("cart", ["hers"])).rejects.toMatchObject({ code: "session-ended" });
    expect(slow.setCookies).toEqual([]);
    expect(await look()).toEqual(["bob", undefined]);
  });

  test("a visitor's request under an id that the login has replaced is refused, and sets no cookie", async () => {
    const { browser, sessions, look, login } = await visited({ tiers, server: { cookieThreshold: 0 } });
    const sent = browser.clone();
    await login("ada");
    await sent.request(sessions, async (session) => {
      await expect(session.set("cart", [])).rejects.toMatchObject({ code: "session-ended" });
    });
    expect(sent.lastSetCookies).toEqual([]);
    expect(await look()).toEqual(["ada", ["tea"]]);
  });

  test("none of this is the end: who comes later with what has ended begins another session", async () => {
    const { browser, sessions, look, login } = await visited({ tiers, server: { cookieThreshold: 0 } });
    await login("ada");
    const stale = browser.clone();
    await browser.request(sessions, (session) => session.logout());
    travel("11s");
    await stale.request(sessions, (session) => session.set("cart", ["new"]));
    expect(await look(stale)).toEqual([undefined, ["new"]]);
    const page = stale.clone(DOCUMENT);
    expect(await look(page)).toEqual([undefined, ["new"]]);
    expect(Object.keys(page.cookies)).toEqual([VISITOR]);
  });

  test("whoever was signed out from outside goes on as a visitor at once", async () => {
    const { browser, sessions, look, login } = await visited({ tiers });
    await login("ada");
    await sessions.sessions.revokeUser("ada");
    await browser.request(sessions, (session) => session.set("cart", ["new"]));
    expect(await look()).toEqual([undefined, ["new"]]);
  });

  test("a visitor's cookie that was kept stays until the server has seen that the user's beside it is a session", async () => {
    const { application, browser, sessions, look, login } = await visited({ tiers });
    await login("ada");
    const late = await browser.send(sessions, (session) => session.set("seen", 1));
    await browser.request(sessions, (session) => session.logout({ keep: ["cart"] }));
    late.deliver();
    const middleware = createSessionMiddleware(application.definition);
    const headers = { ...Object.fromEntries(browser.headers), "sec-fetch-dest": "document" };
    const response = await middleware(new NextRequest("https://app.example/", { headers }), {} as NextFetchEvent);
    browser.receive(response.headers.getSetCookie());
    expect(await look()).toEqual([undefined, ["tea"]]);
  });

  test("signing in takes no more of a response's head than a proxy lets through", async () => {
    const { browser, sessions } = await visited({ tiers });
    for (let length = 800; length < 1800; length += 10) {
      await browser.request(sessions, (session) => session.set("text", bulk(length)));
      await browser.request(sessions, (session) => session.login("ada"));
      const bytes = browser.lastSetCookies.reduce((sum, one) => sum + `Set-Cookie: ${one}\r\n`.length, 0);
      expect(bytes).toBeLessThan(2304 + 2 * 100);
      await browser.request(sessions, (session) => session.logout({ keep: ["text"] }));
    }
  });
});
