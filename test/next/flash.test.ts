import { type NextFetchEvent, NextRequest, NextResponse } from "next/server.js";
import { defineSession } from "spillway";
import { createSessionMiddleware } from "spillway/next/middleware";
import { createSessions } from "spillway/web";
import { beforeEach, describe, expect, test } from "vitest";
import { bulk, newSecret } from "../support/deployments.js";
import { FakeBrowser } from "../support/fake-browser.js";
import { stopTime, travel } from "../support/fake-time.js";

interface Flash {
  notice: string;
  problem: { readonly at: Date };
}

const DOCUMENT = { "sec-fetch-dest": "document", accept: "text/html" };

/** An application that shows flash messages: its sessions, its middleware, a browser. */
function application(secret: string | string[] = newSecret()) {
  const definition = defineSession<{ text?: string }, Flash>({ secret });
  const sessions = createSessions(definition);
  const middleware = createSessionMiddleware(definition, ({ nextUrl }) =>
    nextUrl.pathname === "/moved" ? NextResponse.redirect("https://app.example/here") : undefined,
  );
  const browser = new FakeBrowser();
  const pass = async (path: string, headers: Record<string, string> = DOCUMENT, method = "GET") => {
    const sent = { ...Object.fromEntries(browser.headers), ...headers };
    const request = new NextRequest(`https://app.example${path}`, { method, headers: sent });
    const response = await middleware(request, {} as NextFetchEvent);
    browser.receive(response.headers.getSetCookie());
    return response;
  };
  const flash = (notice: string) => browser.request(sessions, (session) => session.flash("notice", notice));
  /** What the browser shows when all goes well; reading takes nothing. */
  const waiting = async () => {
    const { session } = await sessions.open(browser.headers);
    // A handler takes them, but this response never arrives.
    return (await session.flashes()).map(({ message }) => message);
  };
  return { definition, sessions, browser, pass, flash, waiting };
}

const flashCookies = (browser: FakeBrowser) => Object.keys(browser.cookies).filter((name) => name.includes("-flash."));

beforeEach(() => {
  stopTime();
});

describe("flash messages", () => {
  test("[A15] are taken by the handler that reads them, with their keys, in their order and with rich values", async () => {
    const { sessions, browser, waiting } = application();
    await browser.request(sessions, async (session) => {
      await session.flash("notice", "first");
      await session.flash("problem", { at: new Date(0) });
    });
    await browser.request(sessions, (session) => session.flash("notice", "second"));
    const taken = await browser.request(sessions, (session) => session.flashes());
    expect(taken).toEqual([
      { id: expect.any(String), key: "notice", message: "first" },
      { id: expect.any(String), key: "problem", message: { at: new Date(0) } },
      { id: expect.any(String), key: "notice", message: "second" },
    ]);
    expect(new Set(taken.map(({ id }) => id)).size).toBe(3);
    expect(await waiting()).toEqual([]);
    expect(flashCookies(browser)).toEqual([]);
  });

  test("begin no session", async () => {
    const { sessions, browser, flash } = application();
    await flash("hello");
    expect(await browser.request(sessions, (session) => session.active)).toBe(false);
    expect(Object.keys(browser.cookies)).toEqual([expect.stringMatching(/^__Host-session-flash\.[\w-]{8}$/)]);
  });

  test("of one request can be taken before they were ever sent, and left again", async () => {
    const { sessions, browser, waiting } = application();
    await browser.request(sessions, async (session) => {
      await session.flash("notice", "taken back");
      expect(await session.flashes()).toHaveLength(1);
      await session.flash("notice", "left");
    });
    expect(await waiting()).toEqual(["left"]);
  });

  test("of several tabs that are answered at the same time are all there", async () => {
    const { sessions, browser, waiting } = application();
    const tabs = await Promise.all(
      ["one", "two"].map((tab) => browser.send(sessions, (session) => session.flash("notice", tab))),
    );
    for (const response of tabs) response.deliver();
    expect(await waiting()).toEqual(["one", "two"]);
  });

  test("that the browser says it has shown are not shown again, one by one", async () => {
    const { sessions, browser, waiting } = application();
    await browser.request(sessions, async (session) => {
      for (const notice of ["one", "two"]) await session.flash("notice", notice);
    });
    const { session } = await sessions.open(browser.headers);
    const [first] = await session.flashes();
    browser.plant(`spillway-shown.${first?.id}`, "1");
    expect(await waiting()).toEqual(["two"]);
  });

  test("are forgotten after an hour", async () => {
    const { flash, waiting } = application();
    await flash("late");
    travel(3_600_000 - 1);
    expect(await waiting()).toEqual(["late"]);
    travel(1);
    expect(await waiting()).toEqual([]);
  });

  test("of a handler that throws are not sent", async () => {
    const { sessions, browser, waiting } = application();
    const work = sessions.handle(new Request("https://app.example/", { headers: browser.headers }), async (session) => {
      await session.flash("notice", "never");
      throw new Error("on purpose");
    });
    await expect(work).rejects.toThrow("on purpose");
    expect(await waiting()).toEqual([]);
  });

  test("that are too long are refused before anything is sent, and what was there stays", async () => {
    const { sessions, browser, flash, waiting } = application();
    await flash("short");
    const before = browser.cookieHeader;
    const tooLong = expect.objectContaining({ code: "too-large", path: "notice" });
    await expect(flash("x".repeat(600))).rejects.toEqual(tooLong);
    expect(browser.cookieHeader).toBe(before);
    await browser.request(sessions, async (session) => {
      await session.flash("notice", "fits");
      await expect(session.flash("notice", "x".repeat(600))).rejects.toEqual(tooLong);
    });
    expect(await waiting()).toEqual(["short", "fits"]);
  });

  test("that nobody shows give way to newer ones, the oldest first", async () => {
    const { browser, flash, waiting } = application();
    for (let n = 0; n < 20; n++) await flash(`message ${n}`);
    const left = await waiting();
    expect(left.length).toBeGreaterThanOrEqual(2);
    expect(left).toEqual(Array.from({ length: left.length }, (_, place) => `message ${20 - left.length + place}`));
    expect(flashCookies(browser)).toHaveLength(left.length);
  });

  test("Rule 7: beside a session as long as a cookie's may be, all cookies stay under 7 KB", async () => {
    const { sessions, browser, pass, flash } = application();
    let size = 6000;
    for (; ; size--) {
      try {
        await browser.request(sessions, (session) => session.set("text", bulk(size)));
        break;
      } catch {
        // Shorter, then, until it fits to the byte.
      }
    }
    travel("2d");
    await pass("/");
    for (let n = 0; n < 10; n++) await flash("x".repeat(60));
    for (let n = 0; n < 8; n++) browser.plant(`spillway-shown.abcdefg${n}-10`, "1");
    expect(browser.cookieHeader).toMatch(/__Host-session-activity=.*spillway-shown/);
    expect(browser.cookieHeader.length).toBeGreaterThan(6_900);
    expect(browser.cookieHeader.length).toBeLessThanOrEqual(7 * 1024);
  });

  test.each([
    ["junk", "junk"],
    ["nothing", ""],
    ["a session in their place", "session"],
  ])("[A15] are not made of %s", async (_what, planted) => {
    const { sessions, browser, waiting, flash, pass } = application();
    await browser.request(sessions, (session) => session.set("text", "a session"));
    const value = planted === "session" ? browser.cookies["__Host-session"] : planted;
    browser.plant("__Host-session-flash.abcdefgh", value);
    browser.plant("__Host-session-flash.short", "foreign");
    await flash("real");
    expect(await waiting()).toEqual(["real"]);
    await pass("/");
    expect(flashCookies(browser)).not.toContain("__Host-session-flash.abcdefgh");
    expect(await waiting()).toEqual(["real"]);
  });
});

describe("the middleware", () => {
  test("takes a browser that does not say what it fetches by what it accepts", async () => {
    const { browser, pass } = application();
    browser.plant("__Host-session-flash.abcdefgh", "junk");
    await pass("/", { accept: "text/x-component" });
    expect(flashCookies(browser)).toHaveLength(1);
    await pass("/", { accept: "text/html,application/xhtml+xml" });
    expect(flashCookies(browser)).toEqual([]);
  });

  test.each<[string, string, Record<string, string>, string?]>([
    ["a page is opened, which may redirect, or show none", "/", DOCUMENT],
    ["Next's client fetches a page", "/", { "sec-fetch-dest": "empty", accept: "*/*" }],
    ["a page is prefetched", "/", { ...DOCUMENT, "sec-purpose": "prefetch" }],
    ["a page is rendered in advance", "/", { ...DOCUMENT, "sec-purpose": "prefetch;prerender" }],
    ["an older browser prefetches", "/", { ...DOCUMENT, purpose: "prefetch" }],
    ["an image is loaded", "/", { "sec-fetch-dest": "image", accept: "image/*" }],
    ["a form is sent", "/", { ...DOCUMENT, "content-type": "multipart/form-data" }, "POST"],
    ["only the headers are asked for", "/", DOCUMENT, "HEAD"],
    ["other middleware redirects", "/moved", DOCUMENT],
  ])("takes nothing when %s", async (_when, path, headers, method) => {
    const { browser, pass, flash, waiting } = application();
    await flash("waits");
    await pass(path, headers, method);
    expect(flashCookies(browser)).toHaveLength(1);
    expect(await waiting()).toEqual(["waits"]);
  });

  test("leaves alone what a newer instance has sealed, with a key of its own", async () => {
    const [older, newer] = [newSecret(), newSecret()];
    const { browser, flash } = application([newer, older]);
    await flash("of the newer one");
    const old = application(older);
    old.browser.receive(Object.entries(browser.cookies).map(([name, value]) => `${name}=${value}; Path=/; Secure`));
    await old.pass("/");
    expect(flashCookies(old.browser)).toHaveLength(1);
    expect(await old.waiting()).toEqual([]);
  });

  test("takes what a browser without script says it has shown, and answers with nothing", async () => {
    const { sessions, browser, pass, flash, waiting } = application();
    await flash("shown with a form's answer");
    const [{ id = "" } = {}] = await (await sessions.open(browser.headers)).session.flashes();
    await flash("came later");
    const image = { "sec-fetch-dest": "image" };
    const response = await pass(`/any/page?other=1&spillway-shown=${id}`, image);
    expect([response.status, await response.text()]).toEqual([204, ""]);
    expect(response.headers.get("cache-control")).toBe("private, no-store");
    expect(await waiting()).toEqual(["came later"]);
    const again = await pass(`/?spillway-shown=${id}`, image);
    expect([again.status, again.headers.getSetCookie()]).toEqual([204, []]);
  });

  test.each(["", "junk", "../../x", "abcdefgh-1.", "abcdefgh-123", "%00", "a".repeat(5_000)])(
    "takes `%s` for no receipt",
    async (ids) => {
      const { pass, flash, waiting } = application();
      await flash("waits");
      const response = await pass(`/?spillway-shown=${ids}`, { "sec-fetch-dest": "image" });
      expect(response.headers.get("x-middleware-next")).toBe("1");
      expect(await waiting()).toEqual(["waits"]);
    },
  );
});
