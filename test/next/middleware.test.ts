import { type NextFetchEvent, NextRequest, NextResponse } from "next/server.js";
import { defineSession } from "spillway";
import { createSessionMiddleware, type SessionClaims, type SessionMiddlewareHandler } from "spillway/next/middleware";
import { createSessions } from "spillway/web";
import { beforeEach, describe, expect, test } from "vitest";
import { newSecret } from "../support/deployments.js";
import { FakeBrowser } from "../support/fake-browser.js";
import { stopTime, travel } from "../support/fake-time.js";

const URL_OF = "https://app.example/somewhere";
const event = {} as NextFetchEvent;
const DOCUMENT = { accept: "text/html", "sec-fetch-dest": "document" };

/** An application's middleware, its sessions, and a browser that has one. */
async function withSession(handler?: SessionMiddlewareHandler) {
  const definition = defineSession<{ note?: string }>({ secret: newSecret() });
  const middleware = createSessionMiddleware(definition, handler);
  const sessions = createSessions(definition, { revocation: "none" });
  const browser = new FakeBrowser();
  await browser.request(sessions, (session) => session.set("note", "kept"));
  /** What the middleware answers to a request of the browser. */
  const pass = async (init: RequestInit & { headers?: Record<string, string> } = {}, url = URL_OF) => {
    const headers = { ...Object.fromEntries(browser.headers), ...init.headers };
    const response = await middleware(new NextRequest(url, { ...init, headers } as never), event);
    return { response, setCookies: response.headers.getSetCookie(), forwarded: forwardedBy(response, headers) };
  };
  return { definition, middleware, sessions, browser, pass };
}

/** The request headers that reach a page behind a response of the middleware, as Next reads them off it. */
function forwardedBy(response: Response, sent: Record<string, string>): Record<string, string> | undefined {
  const names = response.headers.get("x-middleware-override-headers");
  if (names === null) return sent;
  const list = names.split(",").filter(Boolean);
  return Object.fromEntries(list.map((name) => [name, response.headers.get(`x-middleware-request-${name}`) ?? ""]));
}

const nameOf = (cookie: string) => cookie.slice(0, cookie.indexOf("="));

beforeEach(() => {
  stopTime();
});

describe("sliding", () => {
  test("[A5] Rule 6: the activity cookie is set once slideEvery has passed, a tenth of idleTimeout, and not a millisecond before", async () => {
    const { browser, pass } = await withSession();
    travel(7 * 8_640_000 - 1);
    expect((await pass()).setCookies).toEqual([]);
    travel(1);
    const { setCookies } = await pass();
    expect(setCookies.map(nameOf)).toEqual(["__Host-session-activity"]);
    expect(setCookies[0]).toMatch(/; Max-Age=2531520; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    browser.receive(setCookies);
    expect((await pass()).setCookies).toEqual([]);
    travel(7 * 8_640_000);
    expect((await pass()).setCookies).toHaveLength(1);
  });

  test("Rule 6: it keeps a session to its absolute deadline by the activity cookie alone, and extends nothing beyond that", async () => {
    const { browser, pass } = await withSession();
    const sent: string[] = [];
    for (let day = 1; day < 30; day++) {
      travel("1d");
      const { setCookies, forwarded } = await pass();
      expect(forwarded?.cookie).toContain("__Host-session=Fe26");
      browser.receive(setCookies);
      sent.push(...setCookies.map(nameOf));
    }
    // From the 23rd day on, the idle deadline is the absolute one.
    expect(sent).toEqual(Array.from({ length: 23 }, () => "__Host-session-activity"));
    travel("1d");
    const last = await pass({ headers: DOCUMENT });
    for (const cookie of last.setCookies) expect(cookie).toContain("Expires=Thu, 01 Jan 1970");
  });

  test.each([
    ["an action called by Next's client", { "next-action": "a1b2" }],
    ["a form with JavaScript off", { "content-type": "multipart/form-data; boundary=x" }],
    ["a form without files", { "content-type": "application/x-www-form-urlencoded" }],
  ])("Rule 6: the POST of %s slides, at most once per `slideEvery`", async (_what, headers) => {
    const { browser, pass } = await withSession();
    expect((await pass({ method: "POST", headers })).setCookies).toEqual([]);
    travel("1d");
    const { setCookies } = await pass({ method: "POST", headers });
    expect(setCookies.map(nameOf)).toEqual(["__Host-session-activity"]);
    browser.receive(setCookies);
    expect((await pass({ method: "POST", headers })).setCookies).toEqual([]);
  });

  test("[S12] Rule 16: what may hang on the claims is for no cache; a page decides for itself", async () => {
    const cacheable = { headers: { "Cache-Control": "public, s-maxage=60" } };
    const answers = {
      redirect: () => NextResponse.redirect("https://app.example/login", cacheable),
      rewrite: () => NextResponse.rewrite("https://app.example/members", cacheable),
      answer: () => new NextResponse("hello", cacheable),
      next: () => NextResponse.next(cacheable),
    };
    for (const [how, answer] of Object.entries(answers)) {
      const looking = await withSession((_request, claims) => (claims.userBound ? undefined : answer()));
      const { response } = await looking.pass();
      expect(response.headers.get("cache-control"), how).toBe(
        how === "next" ? "public, s-maxage=60" : "private, no-store",
      );
      const other = await withSession(answer);
      expect((await other.pass()).response.headers.get("cache-control"), how).toBe("public, s-maxage=60");
    }
  });

  test("Rule 16: with the cookie that it sets, a response is for no cache; others keep what they say", async () => {
    const { pass } = await withSession(() =>
      NextResponse.next({ headers: { "Cache-Control": "public, s-maxage=60" } }),
    );
    expect((await pass()).response.headers.get("cache-control")).toBe("public, s-maxage=60");
    travel("1d");
    expect((await pass()).response.headers.get("cache-control")).toBe("private, no-store");
  });
});

describe("other middleware", () => {
  test("gets the claims of the cookies: active, user bound, and both deadlines", async () => {
    const seen: SessionClaims[] = [];
    const { browser, pass, sessions } = await withSession((_, claims) => {
      seen.push(claims);
    });
    const at = Date.now();
    await pass();
    await browser.request(sessions, (session) => session.login("ada"));
    await pass();
    travel("31d");
    await pass();
    const deadlines = { expiresAt: new Date(at + 30 * 86_400_000), idleExpiresAt: new Date(at + 7 * 86_400_000) };
    expect(seen).toEqual([
      { active: true, userBound: false, ...deadlines },
      { active: true, userBound: true, ...deadlines },
      { active: false, userBound: false, expiresAt: undefined, idleExpiresAt: undefined },
    ]);
  });

  test.each([
    ["undefined", () => undefined],
    ["null", () => null],
    ["a promise of nothing", async () => {}],
  ])("may return %s: the request goes on", async (_what, handler) => {
    const { pass } = await withSession(handler);
    expect((await pass()).response.headers.get("x-middleware-next")).toBe("1");
  });

  test("keeps the headers that it changed, those that it took away too, beside the slid cookie", async () => {
    const { pass } = await withSession((request) => {
      const headers = new Headers(request.headers);
      headers.set("x-added", "yes");
      headers.delete("accept-language");
      return NextResponse.next({ request: { headers } });
    });
    travel("1d");
    const { forwarded } = await pass({ headers: { "accept-language": "de", "x-other": "stays" } });
    expect(forwarded).toMatchObject({ "x-added": "yes", "x-other": "stays" });
    expect(forwarded).not.toHaveProperty("accept-language");
    expect(forwarded?.cookie).toMatch(/^__Host-session=Fe26[^;]+; __Host-session-activity=1\./);
  });

  test("keeps its own cookies, status, body and rewrite", async () => {
    const own = NextResponse.json({ teapot: true }, { status: 418 });
    own.cookies.set("theme", "dark");
    const { pass } = await withSession((request) =>
      request.nextUrl.pathname === "/rewrite" ? NextResponse.rewrite(new URL("/other", request.url)) : own,
    );
    travel("1d");
    const { response, setCookies } = await pass();
    expect(response.status).toBe(418);
    expect(await response.json()).toEqual({ teapot: true });
    expect(setCookies.map(nameOf)).toEqual(["theme", "__Host-session-activity"]);
    const rewritten = await pass({}, "https://app.example/rewrite");
    expect(rewritten.response.headers.get("x-middleware-rewrite")).toBe("https://app.example/other");
    expect(rewritten.forwarded?.cookie).toContain("__Host-session-activity=1.");
  });

  test("Response.error(), which can carry no header, is handed on as it is", async () => {
    const { pass } = await withSession(() => Response.error());
    travel(2 * 86_400_000);
    expect((await pass()).response.type).toBe("error");
  });

  test("may throw: that is not ours to hide", async () => {
    const { pass } = await withSession(() => {
      throw new Error("its own");
    });
    await expect(pass()).rejects.toThrow("its own");
  });
});

describe("cookies that are no session", () => {
  test.each([
    ["junk", "__Host-session=junk"],
    ["a cut cookie", "__Host-session=Fe26.2*"],
    ["chunks without a head's number of parts", "__Host-session=~3aaaaaaaabcdefghijk; __Host-session.1=aaaaaaaax"],
  ])(
    "[A20] Rule 5: %s is expired with a document and taken out of the request, and nothing else is",
    async (_what, cookie) => {
      const { pass } = await withSession();
      const headers = { cookie: `theme=dark; ${cookie}; lang=de`, ...DOCUMENT };
      const { setCookies, forwarded } = await pass({ headers });
      expect(setCookies.length).toBeGreaterThan(0);
      for (const one of setCookies) expect(one).toMatch(/^__Host-session(\.1)?=; .*Expires=Thu, 01 Jan 1970/);
      expect(forwarded?.cookie).toBe("theme=dark; lang=de");
    },
  );

  test.each([
    ["a fetch", { "sec-fetch-dest": "empty" }],
    ["Next's client", { rsc: "1", accept: "*/*" }],
    ["a prefetch", { ...DOCUMENT, "sec-purpose": "prefetch" }],
    ["an action", { ...DOCUMENT, "next-action": "a1b2" }],
  ])("Rule 5: the answer to %s expires nothing: a login may have come before it", async (what, headers) => {
    const { browser, pass } = await withSession();
    const own = browser.cookieHeader;
    travel("31d");
    const method = what === "an action" ? "POST" : "GET";
    for (const cookie of [own, "__Host-session=junk"]) {
      expect((await pass({ method, headers: { ...headers, cookie } })).setCookies).toEqual([]);
      expect((await pass({ headers: { ...DOCUMENT, cookie } })).setCookies).toHaveLength(1);
    }
  });

  test("Rule 5: two sessions under one name are expired with a document, in all their variants", async () => {
    const definition = defineSession<{ note?: string }>({ secret: newSecret(), cookie: { name: "__Secure-session" } });
    const middleware = createSessionMiddleware(definition);
    const cookies = await Promise.all(
      ["one", "two"].map(async (note) => {
        const browser = new FakeBrowser();
        await browser.request(createSessions(definition), (session) => session.set("note", note));
        return browser.cookieHeader;
      }),
    );
    const headers = { ...DOCUMENT, host: "app.example", cookie: cookies.join("; ") };
    const response = await middleware(new NextRequest(URL_OF, { headers }), event);
    const setCookies = response.headers.getSetCookie();
    expect(setCookies).toContainEqual(expect.stringMatching(/^__Secure-session=; Domain=app.example; Path=\/; /));
    expect(setCookies.at(-1)).toMatch(/^__Secure-session=; Path=\/; Expires=Thu, 01 Jan 1970/);
    expect(setCookies.length).toBeLessThan(8);
  });

  test("[A20] Rule 5: one of an unknown key stays: a newer instance may have sealed it", async () => {
    const { pass } = await withSession();
    const other = await withSession();
    const { setCookies, forwarded } = await pass({ headers: { cookie: other.browser.cookieHeader } });
    expect(setCookies).toEqual([]);
    expect(forwarded?.cookie).toBe(other.browser.cookieHeader);
  });

  test("Rule 5: a name that came twice stays too: whose it is cannot be known", async () => {
    const { browser, pass } = await withSession();
    const { setCookies } = await pass({ headers: { cookie: `${browser.cookieHeader}; ${browser.cookieHeader}` } });
    expect(setCookies).toEqual([]);
  });

  test("Rule 1: where there is no cookie, none is set, and no header is touched", async () => {
    const { middleware } = await withSession();
    const response = await middleware(new NextRequest(URL_OF), event);
    expect([...response.headers]).toEqual([["x-middleware-next", "1"]]);
  });
});
