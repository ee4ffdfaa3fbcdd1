import { type SealedCookieOptions, sealedCookie } from "spillway/web";
import { beforeEach, describe, expect, test } from "vitest";
import { deploy, newSecret } from "../support/deployments.js";
import { FakeBrowser } from "../support/fake-browser.js";
import { stopTime, travel } from "../support/fake-time.js";

interface SignIn {
  state: string;
  nonce: string;
  codeVerifier: string;
}

const VALUE: SignIn = { state: "s", nonce: "n", codeVerifier: "v" };
const NAME = "__Host-sign-in";

beforeEach(() => {
  stopTime();
});

function made(options: Partial<SealedCookieOptions> = {}) {
  const secret = newSecret();
  const cookie = sealedCookie<SignIn>({ secret, name: NAME, ...options });
  const browser = new FakeBrowser();
  const open = () => cookie.open({ headers: browser.headers });
  return { secret, cookie, browser, open };
}

test("[S17] what a sign-in has to remember comes back as it was, from the browser that began it", async () => {
  const { cookie, browser, open } = made();
  const header = await cookie.seal(VALUE);
  browser.receive([header]);
  expect(header).toMatch(/; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  for (const part of Object.values(VALUE)) expect(header.split(";")[0]).not.toContain(`"${part}"`);
  expect(await open()).toEqual(VALUE);
  expect(await cookie.open({ headers: new Headers() })).toBeUndefined();
});

test("[S17] it is meant for one use: what ends it is accepted by the browser", async () => {
  const { cookie, browser, open } = made();
  browser.receive([await cookie.seal(VALUE)]);
  browser.receive([cookie.clear()]);
  expect(browser.refused).toEqual([]);
  expect(await open()).toBeUndefined();
});

test("[S17] after ten minutes it does not open, whatever the browser has kept", async () => {
  const { cookie, browser } = made();
  browser.receive([await cookie.seal(VALUE)]);
  const { headers } = browser;
  travel(599_999);
  expect(await cookie.open({ headers })).toEqual(VALUE);
  travel(1);
  expect(await cookie.open({ headers })).toBeUndefined();
});

describe("[S17] what is no transaction of ours", () => {
  test("[S17] a session is none, and a transaction is no session", async () => {
    const { secret, cookie } = made();
    const application = deploy({ tiers: "cookie", define: { secret } });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set("state", "s"));
    const session = browser.cookies["__Host-session"] as string;
    expect(await cookie.open({ headers: new Headers({ cookie: `${NAME}=${session}` }) })).toBeUndefined();

    const [, transaction = ""] = /=([^;]*)/.exec(await cookie.seal(VALUE)) ?? [];
    browser.plant("__Host-session", transaction);
    expect(await browser.request(application.sessions, (one) => one.active)).toBe(false);
    expect(application.rejected).toEqual(["forged"]);
  });

  test("[S17] neither is one sealed under another name, or with another secret", async () => {
    const { secret, cookie } = made();
    for (const other of [
      sealedCookie<SignIn>({ secret, name: "__Host-other" }),
      sealedCookie<SignIn>({ secret: newSecret(), name: NAME }),
    ]) {
      const [, value = ""] = /=([^;]*)/.exec(await other.seal(VALUE)) ?? [];
      expect(await cookie.open({ headers: new Headers({ cookie: `${NAME}=${value}` }) })).toBeUndefined();
    }
  });

  test("[S17] nor damaged, doubled or junk", async () => {
    const { cookie } = made();
    const [, value = ""] = /=([^;]*)/.exec(await cookie.seal(VALUE)) ?? [];
    for (const header of [
      "",
      NAME,
      `${NAME}=`,
      `${NAME}=blah`,
      `${NAME}=${value}x`,
      `${NAME}=${value}; ${NAME}=${value}`,
    ]) {
      expect(await cookie.open({ headers: new Headers({ cookie: header }) })).toBeUndefined();
    }
  });
});

test("a new secret in front still opens what the old one sealed", async () => {
  const { secret, cookie, browser } = made();
  browser.receive([await cookie.seal(VALUE)]);
  const rolled = sealedCookie<SignIn>({ secret: [newSecret(), secret], name: NAME });
  expect(await rolled.open({ headers: browser.headers })).toEqual(VALUE);
});

test.each([
  ["secret", { secret: undefined }],
  ["secret", { secret: "short" }],
  ["secure", { secure: false }],
  ["name", { name: "a b" }],
  ["maxAge", { maxAge: "soon" }],
])("`%s` is refused at the first use, by name", async (option, options) => {
  const { cookie } = made(options as Partial<SealedCookieOptions>);
  await expect(cookie.seal(VALUE)).rejects.toMatchObject({ code: "config", option });
});
