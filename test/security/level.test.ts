import { beforeEach, describe, expect, test } from "vitest";
import { deploy } from "../support/deployments.js";
import { stopTime, travel } from "../support/fake-time.js";

beforeEach(() => {
  stopTime();
});

const FIREFOX = { "user-agent": "Firefox" };

describe('[S1] level: "strict"', () => {
  test("ends a session a quarter of an hour after its last request, and with the day in any case", async () => {
    const application = deploy({ tiers: "cookie+db", define: { level: "strict" } });
    const browser = application.browser(FIREFOX);
    await browser.request(application.sessions, (session) => session.login("ada"));
    const user = () => browser.request(application.sessions, (session) => session.userId);
    expect(browser.lastSetCookies[0]).not.toContain("Max-Age");
    travel("14m");
    expect(await user()).toBe("ada");
    travel("16m");
    expect(await user()).toBeUndefined();
    await browser.request(application.sessions, (session) => session.login("ada"));
    const expiresAt = await browser.request(application.sessions, (session) => session.expiresAt);
    expect(expiresAt?.getTime()).toBe(Date.now() + 12 * 3_600_000);
  });

  test("knows a cookie in another browser for none, and a session that was ended elsewhere at once", async () => {
    const application = deploy({ tiers: "cookie+db", define: { level: "strict" } });
    const browser = application.browser(FIREFOX);
    await browser.request(application.sessions, (session) => session.login("ada"));
    const handle = await browser.request(application.sessions, (session) => session.handle);
    const thief = browser.clone({ "user-agent": "curl" });
    expect(await thief.request(application.sessions, (session) => session.active)).toBe(false);
    await application.store?.delete(handle ?? "");
    expect(await browser.request(application.sessions, (session) => session.active)).toBe(false);
  });

  test("seals what the server holds, and replaces ids", async () => {
    const application = deploy({ tiers: "cookie+db", define: { level: "strict" }, server: { cookieThreshold: 0 } });
    const browser = application.browser(FIREFOX);
    const idAfter = () =>
      browser.request(application.sessions, async (session) => {
        await session.set("n", Date.now());
        return session.id;
      });
    const first = await idAfter();
    expect((await application.records())[0]?.data).toMatch(/^S/);
    for (const minutes of ["10m", "10m"] as const) {
      travel(minutes);
      await idAfter();
    }
    expect(await idAfter()).not.toBe(first);
  });

  test("gives way to what is given", async () => {
    const application = deploy({
      tiers: "cookie+db",
      define: { level: "strict", idleTimeout: "1h", bind: { userAgent: false }, cookie: { persistent: true } },
      server: { encryptAtRest: false, cookieThreshold: 0 },
    });
    const browser = application.browser(FIREFOX);
    await browser.request(application.sessions, (session) => session.set("n", 1));
    expect(browser.lastSetCookies[0]).toContain("Max-Age=43200");
    expect((await application.records())[0]?.data).not.toMatch(/^S/);
    travel("50m");
    const updated = browser.clone({ "user-agent": "Firefox/2" });
    expect(await updated.request(application.sessions, (session) => session.get("n"))).toBe(1);
  });
});
