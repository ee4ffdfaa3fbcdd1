import { inspect } from "node:util";
import { defineSession } from "spillway";
import { createSessions } from "spillway/web";
import { afterEach, describe, expect, test, vi } from "vitest";
import { bulk, deploy, newSecret } from "../support/deployments.js";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** What is said about the session cookie, sorted, without its value and age. */
async function attributes(define = {}): Promise<string[]> {
  const application = deploy({ tiers: "cookie", define });
  const browser = application.browser();
  await browser.request(application.sessions, (session) => session.set("a", 1));
  const parts = (browser.lastSetCookies[0] as string).split("; ");
  return parts.map((part) => part.replace(/=Fe26.*|=\d+$/, "")).sort();
}

test("Rule 16: the cookie is __Host-, HttpOnly, Secure, SameSite=Lax and Path=/", async () => {
  expect(await attributes()).toEqual(["HttpOnly", "Max-Age", "Path=/", "SameSite=Lax", "Secure", "__Host-session"]);
});

test("Rule 16: in development it has a plain name and no Secure", async () => {
  vi.stubEnv("NODE_ENV", "development");
  expect(await attributes()).toEqual([
    "HttpOnly",
    "Max-Age",
    "Path=/",
    "SameSite=Lax",
    expect.stringMatching(/^session-\w{6}$/),
  ]);
});

describe("what is too weak or unknown", () => {
  test.each([
    ["secret", {}, { secret: undefined }],
    ["secret", {}, { secret: "x".repeat(31) }],
    ["secret", {}, { secret: [newSecret(), "short"] }],
    ["cookie.secure", {}, { cookie: { secure: false } }],
    ["cookie.path", {}, { cookie: { path: "/shop" } }],
    ["cookie.domain", {}, { cookie: { domain: "app.example" } }],
    ["cookie.secure", {}, { cookie: { name: "s", sameSite: "none", secure: false } }],
    ["cookie.name", {}, { cookie: { name: "a b" } }],
    ["cookie.maxAge", {}, { cookie: { maxAge: 1 } }],
    ["lifetime", {}, { lifetime: "401d" }],
    ["idleTimeout", {}, { idleTimeout: "soon" }],
    ["slideEvery", {}, { slideEvery: "8d" }],
    ["bind.ip", {}, { bind: { ip: "roughly" } }],
    ["bind.ip", {}, { bind: { ip: true } }],
    ["clientAddress", {}, { clientAddress: "aws" }],
    ["clientAddress", {}, { clientAddress: 0 }],
    ["idleTimeOut", {}, { idleTimeOut: "7d" }],
    ["cookieThreshold", { cookieThreshold: 7000 }, {}],
    ["maxSize", { maxSize: 10 }, {}],
    ["maxPerUser", { maxPerUser: 0 }, {}],
    ["revocation", { revocation: "later" }, {}],
    ["onStoreDown", { onStoreDown: "pray" }, {}],
    ["cleanupProbability", { cleanupProbability: 2 }, {}],
    ["cacheMaxage", { cacheMaxage: "1h" }, {}],
  ])("Rule 16: `%s` is refused when the application starts, by name (%j %j)", (option, server, define) => {
    const start = () => deploy({ server: server as object, define: define as object });
    expect(start).toThrow(expect.objectContaining({ code: "config", option }));
    expect(start).toThrow(new RegExp(`\`${option.replace(".", "\\.")}\``));
  });

  test("Rule 16: nothing is refused while `next build` runs, and all of it at the first use", async () => {
    vi.stubEnv("NEXT_PHASE", "phase-production-build");
    const application = deploy({ define: { secret: undefined } });
    vi.unstubAllEnvs();
    await expect(application.sessions.open(new Headers())).rejects.toMatchObject({ option: "secret" });
  });

  test("Rule 16: no message tells the secret", () => {
    const secret = "canary-secret";
    expect(() => deploy({ define: { secret } })).toThrow(expect.not.stringContaining(secret));
  });
});

test("Rule 16: of several secrets the first seals and all open", async () => {
  const [old, next] = [newSecret(), newSecret()];
  const before = deploy({ tiers: "cookie", define: { secret: old } });
  const during = deploy({ tiers: "cookie", define: { secret: [next, old] } });
  const after = deploy({ tiers: "cookie", define: { secret: next } });
  const browser = before.browser();
  await browser.request(before.sessions, (session) => session.set("a", 1));
  expect(await browser.request(during.sessions, (session) => session.get("a"))).toBe(1);
  expect(await browser.request(after.sessions, (session) => session.active)).toBe(false);
  await browser.request(during.sessions, (session) => session.set("a", 2));
  expect(await browser.request(after.sessions, (session) => session.get("a"))).toBe(2);
});

test("Rule 16: a response that carries a session cookie is kept by no cache", async () => {
  const { sessions } = deploy({ tiers: "cookie" });
  const request = new Request("https://app.example/");
  const written = await sessions.handle(request, async (session) => {
    await session.set("a", 1);
    return new Response("hello", { headers: { "Cache-Control": "public, s-maxage=3600" } });
  });
  expect(written.headers.get("Cache-Control")).toBe("private, no-store");
  expect(written.headers.getSetCookie()).toHaveLength(1);
});

test("Rule 16: a response whose request opened the session is kept by no cache, also without a cookie", async () => {
  const { sessions } = deploy({ tiers: "cookie" });
  const answer = (headers: Record<string, string>) =>
    sessions.handle(new Request("https://app.example/"), () => new Response("hello", { headers }));
  const read = await answer({ "Cache-Control": "public", Vary: "Accept" });
  expect([read.headers.get("Cache-Control"), read.headers.get("Vary")]).toEqual([
    "private, no-store",
    "Accept, Cookie",
  ]);
  const stricter = await answer({ "Cache-Control": "no-store, must-revalidate", Vary: "*" });
  expect([stricter.headers.get("Cache-Control"), stricter.headers.get("Vary")]).toEqual([
    "no-store, must-revalidate",
    "*",
  ]);
});

test("Rule 16: an id has 256 random bits, and the server has only its hash", async () => {
  const application = deploy({ server: { cookieThreshold: 0 } });
  const browser = application.browser();
  const id = await browser.request(application.sessions, async (session) => {
    await session.set("text", bulk(100));
    return session.id as string;
  });
  expect(Buffer.from(id, "base64url")).toHaveLength(32);
  const [record] = await application.records();
  expect(record?.idHash).toHaveLength(43);
  expect(inspect(application.wire.calls, { depth: 10 })).not.toContain(id);
});

test("Rule 16: however a session is printed, nothing of it shows", async () => {
  const application = deploy({ tiers: "cookie+db" });
  const browser = application.browser();
  await browser.request(application.sessions, async (session) => {
    await session.set("card", "canary-value");
    await session.login("ada");
    const printed = [inspect(session, { depth: 10, showHidden: true }), JSON.stringify({ session }), `${session}`];
    for (const text of printed) {
      expect(text).toContain("Session (cookie, signed in)");
      for (const secret of [session.id as string, "canary-value", "ada"]) expect(text).not.toContain(secret);
    }
    expect(Object.keys(session)).toEqual([]);
    expect({ ...session }).toEqual({});
  });
});

test("Rule 16: blanks around a secret are no part of it: a list of the environment, split at the comma, signs nobody out", async () => {
  const [old, next] = [newSecret(), newSecret()];
  const open = (secret: string | string[], cookie: string) =>
    createSessions(defineSession({ secret })).open(new Headers({ cookie }));
  const before = await open(old, "");
  await before.session.set("theme", "dark");
  const cookie = before.setCookies[0]?.split(";")[0] ?? "";
  for (const secret of [`${next}, ${old}\n`.split(","), `${old}\r\n`, ` ${old}`]) {
    const { session } = await open(secret, cookie);
    expect(await session.get("theme")).toBe("dark");
  }
});
