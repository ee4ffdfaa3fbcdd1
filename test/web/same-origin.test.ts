import { assertSameOrigin, csrfToken, isCsrfToken, isSameOrigin } from "spillway/web";
import { describe, expect, test } from "vitest";
import { deploy } from "../support/deployments.js";
import { FakeBrowser } from "../support/fake-browser.js";

/** A request to shop.example, with what a browser says of where it comes from. */
const request = (headers: Record<string, string>) => ({
  headers: new Headers({ host: "shop.example", "content-type": "text/plain", ...headers }),
});

const CASES: readonly (readonly [string, Record<string, string>, boolean])[] = [
  ["its own origin", { origin: "https://shop.example" }, true],
  ["its own origin, in other letters", { origin: "HTTPS://SHOP.example" }, true],
  ["no Origin, and Sec-Fetch-Site: same-origin", { "sec-fetch-site": "same-origin" }, true],
  ["its own origin, called cross-site", { origin: "https://shop.example", "sec-fetch-site": "cross-site" }, true],
  ["Origin: null", { origin: "null" }, false],
  ["Origin: null, called same-origin", { origin: "null", "sec-fetch-site": "same-origin" }, false],
  ["no word of where it comes from", {}, false],
  ["Sec-Fetch-Site: same-site", { "sec-fetch-site": "same-site" }, false],
  ["Sec-Fetch-Site: cross-site", { "sec-fetch-site": "cross-site" }, false],
  ["Sec-Fetch-Site: none", { "sec-fetch-site": "none" }, false],
  ["a sibling subdomain", { origin: "https://evil.shop.example" }, false],
  ["its parent domain", { origin: "https://example" }, false],
  ["a name that begins like its own", { origin: "https://shop.example.evil" }, false],
  ["a name that ends like its own", { origin: "https://evil-shop.example" }, false],
  ["another port", { origin: "https://shop.example:8443" }, false],
  ["an Origin that is no URL", { origin: "shop.example" }, false],
  ["its own name as the user", { origin: "https://shop.example@evil.example" }, false],
  ["a spoofed forwarded host", { origin: "https://evil.example", "x-forwarded-host": "evil.example" }, false],
  ["two origins", { origin: "https://shop.example, https://evil.example" }, false],
];

describe("a request with", () => {
  test.each(CASES)("[S9] %s", (_what, headers, isOwn) => {
    expect(isSameOrigin(request(headers))).toBe(isOwn);
    if (isOwn) expect(() => assertSameOrigin(request(headers))).not.toThrow();
    else expect(() => assertSameOrigin(request(headers))).toThrow(expect.objectContaining({ code: "cross-site" }));
  });
});

test("[S9] behind a proxy that changes the host, the origin is given, and the host then says nothing", () => {
  const proxied = { headers: new Headers({ host: "10.0.0.7:3000", origin: "https://shop.example" }) };
  expect(isSameOrigin(proxied)).toBe(false);
  expect(isSameOrigin(proxied, { origin: "https://shop.example/" })).toBe(true);
  expect(isSameOrigin(proxied, { origin: "http://shop.example" })).toBe(false);
  const elsewhere = { headers: new Headers({ host: "evil.example", origin: "https://evil.example" }) };
  expect(isSameOrigin(elsewhere, { origin: "https://shop.example" })).toBe(false);
});

describe("the token of a session", () => {
  test("[S9] is good for that session, and ends with its id", async () => {
    const { definition, sessions } = deploy();
    const browser = new FakeBrowser();
    const token = await browser.request(sessions, async (session) => {
      await session.set("a", 1);
      return csrfToken(definition, session);
    });
    const isGood = (value: unknown) => browser.request(sessions, (session) => isCsrfToken(definition, session, value));
    expect(await isGood(token)).toBe(true);
    for (const bad of ["", token.slice(1), `${token}x`, token.replace(/.$/, "!"), undefined, null, 7, [token], {}]) {
      expect(await isGood(bad)).toBe(false);
    }
    await browser.request(sessions, (session) => session.regenerateId());
    expect(await isGood(token)).toBe(false);
  });

  test("[S9] is not that of another session, and tells nothing of the id", async () => {
    const { definition, sessions } = deploy();
    const tokenOf = async () => {
      const { session } = await sessions.open(new Headers());
      await session.set("a", 1);
      return { session, token: await csrfToken(definition, session) };
    };
    const [one, other] = [await tokenOf(), await tokenOf()];
    expect(await isCsrfToken(definition, one.session, other.token)).toBe(false);
    expect(one.token).not.toContain(one.session.id);
  });

  test("[S9] is good for nobody without a session: all of them would have the same", async () => {
    const { definition, sessions } = deploy();
    const { session } = await sessions.open(new Headers());
    expect(await isCsrfToken(definition, session, await csrfToken(definition, session))).toBe(false);
  });
});
