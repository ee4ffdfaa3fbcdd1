import { expect, test } from "vitest";
import { settingsOf } from "../../src/session/settings/settings.js";
import { readSessionCookies } from "../../src/session/token/read-cookies.js";
import { deploy, WITH_SERVER } from "../support/deployments.js";
import { stopTime, travel } from "../support/fake-time.js";

test.each(WITH_SERVER)("Rule 17: what the cookies alone still say, the session decides again (%s)", async (tiers) => {
  stopTime();
  const application = deploy({ tiers });
  const browser = application.browser();
  await browser.request(application.sessions, (session) => session.login("ada"));
  const thief = browser.clone();
  await browser.request(application.sessions, (session) => session.logout());
  travel("10s");

  // The middleware reads no store, so to it the stolen cookie is good until its deadline.
  const settings = settingsOf(application.definition as Parameters<typeof settingsOf>[0]);
  expect((await readSessionCookies(settings, thief.headers)).token?.userId).toBe("ada");
  await thief.request(application.sessions, (session) => {
    expect(session).toMatchObject({ active: false, userId: undefined });
  });
});

test("Rule 17: deadlines, keys and bindings are checked without any middleware", async () => {
  stopTime();
  const application = deploy({ tiers: "cookie", define: { bind: { userAgent: true } } });
  const browser = application.browser({ "user-agent": "Firefox" });
  await browser.request(application.sessions, (session) => session.set("a", 1));
  const cookie = browser.cookieHeader;
  const active = async (headers: Record<string, string>) =>
    (await application.sessions.open(new Headers(headers))).session.active;
  expect(await active({ cookie, "user-agent": "Firefox" })).toBe(true);
  expect(await active({ cookie, "user-agent": "curl" })).toBe(false);
  expect(await active({ cookie: `${cookie}x`, "user-agent": "Firefox" })).toBe(false);
  travel("7d");
  expect(await active({ cookie, "user-agent": "Firefox" })).toBe(false);
  expect(application.rejected).toEqual(["binding", "malformed", "expired"]);
});
