import { beforeEach, describe, expect, test } from "vitest";
import { slidingResponse } from "../session/token/sliding.js";
import { deploy } from "../support/deployments.js";
import { stopTime, travel } from "../support/fake-time.js";

beforeEach(() => {
  stopTime();
});

describe("[F16] start({ secure: true })", () => {
  const INSECURE = { cookie: { name: "session", secure: false } };

  test("[F16] makes every cookie of the session travel over HTTPS only, through every re-issue", async () => {
    const application = deploy({ define: INSECURE });
    const browser = application.browser();
    const { sessions } = application;
    const secure = () => browser.lastSetCookies.map((cookie) => /; Secure/.test(cookie));
    await browser.request(sessions, async (session) => {
      await session.start({ secure: true });
      expect(session.secureOnly).toBe(true);
    });
    expect(secure()).toEqual([true]);
    for (const method of ["set", "login", "regenerateId"] as const) {
      await browser.request(sessions, (session) =>
        method === "set" ? session.set("a", 1) : method === "login" ? session.login("ada") : session.regenerateId(),
      );
      expect(secure(), method).not.toContain(false);
      expect(await browser.request(sessions, (session) => session.secureOnly)).toBe(true);
    }
    travel("1d");
    expect(await slidingResponse(application.definition, browser.headers)).toEqual([expect.stringMatching(/; Secure/)]);
  });

  test("[F16] other sessions of the same application go on without", async () => {
    const application = deploy({ define: INSECURE });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.start());
    expect(browser.lastSetCookies).toEqual([expect.not.stringMatching(/; Secure/)]);
    expect(await browser.request(application.sessions, (session) => session.secureOnly)).toBe(false);
  });

  test("[F16] cannot convert a session that is active", async () => {
    const application = deploy({ define: INSECURE });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set("a", 1));
    await browser.request(application.sessions, async (session) => {
      await expect(session.start({ secure: true })).rejects.toMatchObject({ code: "conflict" });
      expect(session.secureOnly).toBe(false);
    });
    expect(browser.lastSetCookies).toEqual([]);
  });

  test("[F16] begins a session with a deadline of its own, too", async () => {
    const application = deploy();
    const browser = application.browser();
    const expiresAt = new Date(Date.now() + 60_000);
    await browser.request(application.sessions, (session) => session.start({ expiresAt }));
    expect(browser.lastSetCookies[0]).toMatch(/; Max-Age=60;/);
    travel(60_000);
    expect(await browser.request(application.sessions, (session) => session.active)).toBe(false);
  });
});

describe("[F26] binding", () => {
  const at = (address: string) => ({ "cf-connecting-ip": address, "user-agent": "Firefox" });

  test.each([
    ["the same IPv4", true, "203.0.113.7", "203.0.113.7", true],
    ["an IPv4 of the same /24", true, "203.0.113.7", "203.0.113.200", true],
    ["an IPv4 of another /24", true, "203.0.113.7", "203.0.114.7", false],
    ["an IPv4 of the same /24, exactly", "exact", "203.0.113.7", "203.0.113.200", false],
    ["an IPv6 of the same /64", true, "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true],
    ["an IPv6 of another /64", true, "2001:db8:1:2::1", "2001:db8:1:3::1", false],
    ["an IPv6 of the same /64, exactly", "exact", "2001:db8:1:2::1", "2001:db8:1:2::2", false],
    ["the same IPv6, written out", "exact", "2001:db8::1", "2001:0db8:0:0:0:0:0:0001", true],
    ["an IPv4 mapped into IPv6", true, "203.0.113.7", "::ffff:203.0.113.9", true],
    ["no address", true, "203.0.113.7", "", false],
  ] as const)("[F26] %s", async (_what, ip, first, then, stands) => {
    const application = deploy({ tiers: "cookie", define: { clientAddress: "cloudflare", bind: { ip } } });
    const browser = application.browser(at(first));
    await browser.request(application.sessions, (session) => session.set("a", 1));
    const moved = browser.clone(at(then));
    expect(await moved.request(application.sessions, (session) => session.active)).toBe(stands);
    expect(application.rejected).toEqual(stands ? [] : ["binding"]);
  });

  test("[F26] the user agent is compared whole", async () => {
    const application = deploy({ tiers: "cookie", define: { bind: { userAgent: true } } });
    const browser = application.browser(at("203.0.113.7"));
    await browser.request(application.sessions, (session) => session.set("a", 1));
    for (const [agent, stands] of [
      ["Firefox", true],
      ["Firefox/2", false],
      ["firefox", false],
    ] as const) {
      const other = browser.clone({ "user-agent": agent, "cf-connecting-ip": "198.51.100.1" });
      expect(await other.request(application.sessions, (session) => session.active)).toBe(stands);
    }
  });

  test("[F26] by default nothing is bound", async () => {
    const application = deploy();
    const browser = application.browser(at("203.0.113.7"));
    await browser.request(application.sessions, (session) => session.login("ada"));
    const other = browser.clone(at("198.51.100.1"));
    expect(await other.request(application.sessions, (session) => session.userId)).toBe("ada");
  });
});

describe("[F27] persistence", () => {
  const lasts = async (define: object, remember?: boolean) => {
    const application = deploy({ define });
    const browser = application.browser();
    await browser.request(application.sessions, (session) =>
      session.login("ada", remember === undefined ? {} : { remember }),
    );
    await browser.request(application.sessions, (session) => session.set("a", 1));
    travel("1d");
    browser.receive(await slidingResponse(application.definition, browser.headers));
    browser.restart();
    return browser.request(application.sessions, (session) => session.userId === "ada");
  };

  test.each([
    ["by default", {}, undefined, true],
    ["with persistent: false", { cookie: { persistent: false } }, undefined, false],
    ["with remember: false", {}, false, false],
    ["with persistent: false, and remember: true", { cookie: { persistent: false } }, true, true],
  ] as const)("[F27] whether a session outlives its browser: %s", async (_what, define, remember, outlives) => {
    expect(await lasts(define, remember)).toBe(outlives);
  });

  test("[A21] a cookie says when it expires only if it is to outlive the browser", async () => {
    for (const [persistent, expires] of [
      [true, true],
      [false, false],
    ] as const) {
      const application = deploy({ define: { cookie: { persistent } } });
      const browser = application.browser();
      await browser.request(application.sessions, (session) => session.set("a", 1));
      expect(/Max-Age|Expires/.test(browser.lastSetCookies[0] ?? "")).toBe(expires);
    }
  });
});

test("[F29] the cookie's name, path and domain are options, and every cookie of the session has them", async () => {
  const application = deploy({
    define: { cookie: { name: "__Secure-shop", path: "/shop", domain: "shop.example", sameSite: "strict" } },
    server: { cookieThreshold: 6144 },
  });
  const { sessions } = application;
  const { session, setCookies } = await sessions.open(new Headers());
  await session.set("text", "x".repeat(3500));
  expect(setCookies.map((cookie) => cookie.split("=")[0])).toEqual(["__Secure-shop", "__Secure-shop.1"]);
  for (const cookie of setCookies) {
    expect(cookie).toMatch(/; Domain=shop\.example/);
    expect(cookie).toMatch(/; Path=\/shop;/);
    expect(cookie).toMatch(/; SameSite=Strict/);
  }
});
