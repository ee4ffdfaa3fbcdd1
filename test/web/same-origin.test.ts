import type { InferSession } from "spillway";
import { memoryStore } from "spillway/stores/memory";
import { assertSameOrigin, csrfToken, isCsrfToken, isSameOrigin } from "spillway/web";
import { beforeEach, describe, expect, test } from "vitest";
import { bulk, deploy, newSecret } from "../support/deployments.js";
import { FakeBrowser } from "../support/fake-browser.js";
import { stopTime, travel } from "../support/fake-time.js";

beforeEach(() => {
  stopTime();
});

/** A request to shop.example, with what a browser says of where it comes from. */
const request = (headers: Record<string, string>) => ({
  headers: new Headers({ host: "shop.example", "content-type": "text/plain", ...headers }),
});

/** What a proxy sends on that rewrites the host. */
const PROXIED = { host: "10.0.0.7:3000", "x-forwarded-host": "shop.example" };

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
  ["its own origin, on a page of http", { origin: "http://shop.example" }, false],
  [
    "the same on a page of http, which the proxy says is http",
    { origin: "http://shop.example", "x-forwarded-proto": "http" },
    true,
  ],
  [
    "the same, where the proxy says https",
    { origin: "http://shop.example", "x-forwarded-proto": "https, http" },
    false,
  ],
  [
    "its own host with the port that goes without saying",
    { host: "shop.example:443", origin: "https://shop.example" },
    true,
  ],
  ["its own host in upper case", { host: "SHOP.Example", origin: "https://shop.example" }, true],
  ["its own host with http's port", { host: "shop.example:80", origin: "https://shop.example" }, false],
  ["a port of its own", { host: "shop.example:8443", origin: "https://shop.example:8443" }, true],
  ["a page on this machine", { host: "localhost:3000", origin: "http://localhost:3000" }, true],
  ["a host that holds a path", { host: "evil.example/@shop.example", origin: "https://evil.example" }, false],
  ["an Origin with a path", { origin: "https://shop.example/path" }, false],
  ["an extension's Origin", { origin: "chrome-extension://shop.example" }, false],
  [
    "a host that the proxy forwards",
    { ...PROXIED, origin: "https://shop.example", "x-forwarded-proto": "https" },
    true,
  ],
  [
    "a host that the proxy forwards, called same-origin",
    { ...PROXIED, origin: "https://shop.example", "sec-fetch-site": "same-origin" },
    true,
  ],
  [
    "a host that two proxies forward",
    {
      ...PROXIED,
      origin: "https://shop.example",
      "x-forwarded-host": "SHOP.example:443, cache.internal",
      "x-forwarded-proto": "https,http",
    },
    true,
  ],
  [
    "a forwarded host and a page of http",
    { ...PROXIED, origin: "http://shop.example", "x-forwarded-proto": "https" },
    false,
  ],
  [
    "a forwarded host, called cross-site",
    { ...PROXIED, origin: "https://shop.example", "x-forwarded-proto": "https", "sec-fetch-site": "cross-site" },
    false,
  ],
  [
    "another origin than the forwarded host",
    { ...PROXIED, origin: "https://evil.example", "x-forwarded-proto": "https" },
    false,
  ],
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

test("[S9] a request whose address says https has no page of http, and the reverse does no harm", () => {
  const from = (url: string, origin: string) => new Request(url, { headers: { host: "shop.example", origin } });
  expect(isSameOrigin(from("https://shop.example/", "http://shop.example"))).toBe(false);
  expect(isSameOrigin(from("http://shop.example/", "http://shop.example"))).toBe(true);
  expect(isSameOrigin(from("http://shop.example/", "https://shop.example"))).toBe(true); // TLS ends at a proxy
});

test("[S9] several origins can be given; what is none is refused, since sandboxed pages send the same", () => {
  const origin = ["https://shop.example", "https://www.shop.example"];
  expect(isSameOrigin(request({ origin: "https://www.shop.example" }), { origin })).toBe(true);
  expect(isSameOrigin(request({ origin: "https://evil.example" }), { origin })).toBe(false);
  for (const wrong of ["shop.example", "data:text/plain,x", "", 7, ["https://shop.example", null]]) {
    const check = () => isSameOrigin(request({ origin: "null" }), { origin: wrong as string });
    expect(check).toThrow(expect.objectContaining({ code: "config", option: "origin" }));
  }
});

test("[S9] the refusal says by which header, and repeats nothing", () => {
  for (const [headers, named] of [
    [{}, "neither `Origin` nor `Sec-Fetch-Site`"],
    [{ "sec-fetch-site": "cross-site" }, "`Sec-Fetch-Site`"],
    [{ origin: "null" }, "`Origin` is null"],
    [{ origin: "https://evil.example" }, "name the origin"],
  ] as const) {
    const refused = () => assertSameOrigin(request(headers));
    expect(refused).toThrow(named);
    expect(refused).toThrow(expect.not.objectContaining({ message: expect.stringContaining("evil") }));
  }
});

describe("the token of a session", () => {
  test("[S9] is another text each time, and good each time", async () => {
    const { definition, sessions } = deploy();
    const { session } = await sessions.open(new Headers());
    await session.start();
    const tokens = await Promise.all(Array.from({ length: 20 }, () => csrfToken(definition, session)));
    expect(new Set(tokens).size).toBe(20);
    const parts = tokens.map((token) => token.slice(9));
    for (const place of [0, 20, 42, 43, 60, 85]) {
      expect(new Set(parts.map((part) => part[place])).size, `place ${place}`).toBeGreaterThan(5);
    }
    for (const token of tokens) expect(await isCsrfToken(definition, session, token)).toBe(true);
  });

  test("[S9] goes on through routine rotation, spilling over and a new secret, and has one verdict in a request", async () => {
    const [old, next] = [newSecret(), newSecret()];
    const store = memoryStore();
    const server = { rotateEvery: "1m", rotateGrace: "10s" } as const;
    const before = deploy({ tiers: "cookie+db", define: { secret: old }, server, store });
    const browser = before.browser();
    const token = await browser.request(before.sessions, async (session) => {
      await session.set("a", 1);
      return csrfToken(before.definition, session);
    });
    await browser.request(before.sessions, (session) => session.set("text", bulk()));
    const after = deploy({ tiers: "cookie+db", define: { secret: [next, old] }, server, store });
    const ids = new Set<string | undefined>();
    for (let minute = 0; minute < 3; minute++) {
      travel("2m");
      const verdicts = await browser.request(after.sessions, async (session) => {
        const first = await isCsrfToken(after.definition, session, token);
        await session.get("a");
        await session.set("n", minute);
        ids.add(session.id);
        return [first, await isCsrfToken(after.definition, session, token)];
      });
      expect(verdicts).toEqual([true, true]);
    }
    expect(ids.size).toBeGreaterThan(1);
  });

  test("[S9] ends when somebody signs in, again, or out", async () => {
    const { definition, sessions } = deploy();
    const browser = new FakeBrowser();
    const tokenOf = () => browser.request(sessions, (session) => csrfToken(definition, session));
    const isGood = (token: string) => browser.request(sessions, (session) => isCsrfToken(definition, session, token));
    await browser.request(sessions, (session) => session.start());
    let token = await tokenOf();
    const ends: ((session: InferSession<typeof definition>) => Promise<unknown>)[] = [
      (session) => session.login("ada"),
      (session) => session.login("ada"),
      (session) => session.logout(),
    ];
    for (const end of ends) {
      expect(await isGood(token)).toBe(true);
      travel("1s");
      await browser.request(sessions, end);
      expect(await isGood(token)).toBe(false);
      token = await tokenOf();
    }
  });

  test("[S9] of a session that the manager loads is none", async () => {
    const { definition, sessions } = deploy();
    const { session } = await sessions.open(new Headers());
    await session.set("text", bulk());
    const loaded = await sessions.sessions.load(session.id ?? "");
    expect(await isCsrfToken(definition, loaded as never, await csrfToken(definition, loaded as never))).toBe(false);
  });

  test("[S9] is good for that session", async () => {
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
