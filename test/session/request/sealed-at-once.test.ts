import { expect, test } from "vitest";
import { bulk, DEPLOYMENTS, deploy, newSecret } from "../../support/deployments.js";

test.each(DEPLOYMENTS)(
  "Rule 4: a `set` that stays in the cookie lands even if nobody awaits it (%s)",
  async (tiers) => {
    const application = deploy({ tiers });
    const browser = application.browser();
    const { session, setCookies } = await application.sessions.open(browser.headers);
    session.set("theme", "dark");
    await Promise.resolve();
    expect(setCookies).toHaveLength(1);
    browser.receive(setCookies);
    expect(await browser.request(application.sessions, (session) => session.get("theme"))).toBe("dark");
  },
);

test("Rule 4: the cookie is in the Fe26.2 format, under raw keys: the data once over in base64url and little more", async () => {
  const application = deploy({ tiers: "cookie" });
  const browser = application.browser();
  const text = bulk(2000);
  await browser.request(application.sessions, (session) => session.set("text", text));
  const sealed = browser.cookies["__Host-session"] ?? "";
  expect(sealed).toMatch(/^Fe26\.2\*/);
  // Key id and no salts: a password would add two of 64 characters, and two PBKDF2 with every request.
  expect(sealed.split("*").filter((part) => part.length === 64)).toEqual([]);
  const head = 240; // lineage, id and deadlines, as JSON
  expect(sealed.length).toBeLessThan(((text.length + head) * 4) / 3 + 150);
});

test("Rule 4: another application's secret opens nothing, and neither does another purpose", async () => {
  const secret = newSecret();
  const application = deploy({ tiers: "cookie", define: { secret } });
  const other = deploy({ tiers: "cookie", define: { secret: newSecret() } });
  const browser = application.browser();
  await browser.request(application.sessions, (session) => session.set("a", 1));
  expect(await browser.request(other.sessions, (session) => session.active)).toBe(false);
  expect(other.rejected).toEqual(["unknown-key"]);

  await browser.request(application.sessions, (session) => session.flash("notice", "saved"));
  const flash = Object.entries(browser.cookies).find(([name]) => name.includes("flash"));
  const forger = application.browser();
  forger.plant("__Host-session", flash?.[1]);
  expect(await forger.request(application.sessions, (session) => session.active)).toBe(false);
  expect(application.rejected).toEqual(["forged"]);
});
