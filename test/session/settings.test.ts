/** The cookie in development and in production, and what is said of a configuration that cannot work. */

import { createClient } from "redis";
import { defineSession, type SessionOptions } from "spillway";
import { kvCache } from "spillway/stores/kv";
import { memoryCache, memoryStore } from "spillway/stores/memory";
import { prismaStore } from "spillway/stores/prisma";
import { redisCache } from "spillway/stores/redis";
import { createSessions } from "spillway/web";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { newSecret } from "../support/deployments.js";

const warned = () => vi.mocked(console.warn).mock.calls.map(([text]) => String(text));

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  delete (globalThis as Record<symbol, unknown>)[Symbol.for("spillway.plain-http")];
});

async function setCookies(options: Partial<SessionOptions<object>>, headers: Record<string, string> = {}) {
  const { open } = createSessions<Record<string, unknown>>(defineSession({ secret: newSecret(), ...options } as never));
  const opened = await open(new Headers(headers));
  await opened.session.set("note", "a");
  return opened.setCookies;
}

const NAME = /^([^=]+)=/;
const nameOf = (lines: readonly string[]) => NAME.exec(lines[0] ?? "")?.[1];

describe("In development", () => {
  beforeEach(() => {
    vi.stubEnv("NODE_ENV", "development");
  });

  test("two applications on localhost have cookies of their own, each the same wherever it is defined", async () => {
    const [one, two] = [newSecret(), newSecret()];
    const names = await Promise.all([one, two, one].map(async (secret) => nameOf(await setCookies({ secret }))));
    expect(names[0]).toMatch(/^session-[0-9a-z]{6}$/);
    expect(names[1]).toMatch(/^session-[0-9a-z]{6}$/);
    expect(names[0]).not.toBe(names[1]);
    expect(names[2]).toBe(names[0]);
  });

  test("a name that is given is the name, without a prefix that browsers would refuse", async () => {
    expect(nameOf(await setCookies({ cookie: { name: "mine" } }))).toBe("mine");
    expect(nameOf(await setCookies({ cookie: { name: "__Host-mine" } }))).toBe("mine");
  });

  test.each([
    { cookie: { path: "/app" }, option: "cookie.path" },
    { cookie: { domain: "example.com" }, option: "cookie.domain" },
    { cookie: { name: "__Host-mine", domain: "example.com" }, option: "cookie.domain" },
    { cookie: { secure: false }, option: "cookie.secure" },
    { cookie: { name: "mine", secure: false, sameSite: "none" as const }, option: "cookie.secure" },
    { cookie: { name: "mine", secure: false, partitioned: true }, option: "cookie.secure" },
  ])("%o is refused as in production", async ({ cookie, option }) => {
    const refused = expect.objectContaining({ code: "config", option });
    expect(() => createSessions(defineSession({ secret: newSecret(), cookie }))).toThrow(refused);
    vi.stubEnv("NODE_ENV", "production");
    expect(() => createSessions(defineSession({ secret: newSecret(), cookie }))).toThrow(refused);
  });

  test.each([{ sameSite: "none" as const }, { sameSite: "none" as const, partitioned: true }, { partitioned: true }])(
    "%o works as it will in production, without what needs Secure",
    async (cookie) => {
      expect((await setCookies({ cookie }))[0]).toMatch(/; HttpOnly; SameSite=Lax$/);
      vi.stubEnv("NODE_ENV", "production");
      expect((await setCookies({ cookie }))[0]).toMatch(/; Secure/);
    },
  );
});

describe("Over plain http", () => {
  const BROWSER = { "user-agent": "Mozilla/5.0", host: "192.168.1.5:3000" };

  test.each([
    { ...BROWSER, origin: "http://192.168.1.5:3000" },
    { ...BROWSER, referer: "http://192.168.1.5:3000/form" },
    { ...BROWSER, "x-forwarded-proto": "http" },
    { ...BROWSER, host: "app", "x-forwarded-host": "intranet.example", "x-forwarded-proto": "http, https" },
  ])("away from localhost the lost cookie is told once, with its cause: %o", async (headers) => {
    for (const _time of [1, 2]) await setCookies({}, headers);
    expect(warned()).toEqual([expect.stringMatching(/plain http.*browser drops it.*https/)]);
    expect(warned()[0]).not.toContain("192.168");
  });

  test.each([
    { ...BROWSER, host: "localhost:3000", "x-forwarded-proto": "http" },
    { ...BROWSER, host: "app.localhost", origin: "http://app.localhost" },
    { ...BROWSER, host: "127.0.0.1:3000", origin: "http://127.0.0.1:3000" },
    { ...BROWSER, host: "[::1]:3000", "x-forwarded-proto": "http" },
    { ...BROWSER, "x-forwarded-proto": "https" },
    // A proxy ended TLS and did not say so; the browser does.
    { ...BROWSER, "x-forwarded-proto": "http", "sec-fetch-site": "same-origin" },
    { ...BROWSER, "x-forwarded-proto": "http", origin: "https://app.example" },
    { host: "10.0.0.7", "user-agent": "kube-probe/1.30", "x-forwarded-proto": "http" },
    {},
  ])("nothing is said where the cookie arrives, or no browser asks: %o", async (headers) => {
    await setCookies({}, headers);
    expect(warned()).toEqual([]);
  });

  test("nor of a cookie that was spelled out not to be Secure", async () => {
    await setCookies({ cookie: { name: "plain", secure: false } }, { ...BROWSER, "x-forwarded-proto": "http" });
    expect(warned()).toEqual([]);
  });
});

describe("A tier that cannot work", () => {
  const failing = (message: string) => {
    const fail = () => Promise.reject(new Error(message));
    return { ...memoryCache(), read: fail, write: fail };
  };

  async function spill(options: Parameters<typeof createSessions>[1]) {
    const sessions = createSessions<Record<string, unknown>>(defineSession({ secret: newSecret() }), {
      cookieThreshold: 0,
      ...options,
    });
    for (const _time of [1, 2, 3]) {
      const { session } = await sessions.open(new Headers());
      await session.set("note", "hidden").catch(() => undefined);
    }
  }

  test("is told once, with a reason that quotes nothing: a cache that refuses its token beside a database", async () => {
    await spill({
      store: memoryStore(),
      cache: failing("WRONGPASS invalid username-password pair or user hunter2 is disabled."),
    });
    expect(warned()).toEqual([
      expect.stringMatching(/^Spillway: the session cache is unavailable\. .*WRONGPASS: the credentials are wrong/),
    ]);
    expect(warned()[0]).not.toContain("hunter2");
  });

  test("is told to the listener instead, where there is one", async () => {
    const unavailable = vi.fn();
    await spill({ store: memoryStore(), cache: failing("NOAUTH"), on: { unavailable } });
    expect(unavailable).toHaveBeenCalled();
    expect(warned()).toEqual([]);
  });

  test("a client that nobody has connected says so", async () => {
    const client = createClient({ url: "redis://127.0.0.1:1", disableOfflineQueue: true });
    await spill({ store: memoryStore(), cache: redisCache(client) });
    expect(warned()).toEqual([expect.stringMatching(/the client is not connected: call its `connect\(\)`/)]);
  });

  test.each([undefined, null, "redis://localhost", 1])("is refused at once when its client is %o", (client) => {
    for (const make of [kvCache, redisCache, prismaStore] as ((given: unknown) => unknown)[]) {
      expect(() => make(client)).toThrow(expect.objectContaining({ code: "config", option: make.name }));
    }
  });

  test("a database client in place of its model's delegate is refused at once", () => {
    expect(() => prismaStore({ session: {} } as never)).toThrow(/`prismaStore`: was given no model's delegate/);
  });

  test("next build may be without the clients of a cache", () => {
    vi.stubEnv("NEXT_PHASE", "phase-production-build");
    expect(() => kvCache(undefined as never)).not.toThrow();
  });
});
