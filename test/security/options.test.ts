import { defineSession } from "spillway";
import { createCleanupRoute } from "spillway/next/cron";
import { createSessionMiddleware } from "spillway/next/middleware";
import { memoryCache, memoryStore } from "spillway/stores/memory";
import { kvCache } from "spillway/stores/kv";
import { prismaStore } from "spillway/stores/prisma";
import { redisCache } from "spillway/stores/redis";
import { createSessions, isSameOrigin, sealedCookie } from "spillway/web";
import { describe, expect, test } from "vitest";
import { newSecret } from "../support/deployments.js";

const secret = newSecret();
const refused = (option: string) => expect.objectContaining({ name: "SessionConfigError", code: "config", option });

const PARSED = { is: () => false, encode: () => 1, decode: () => 1 };

/** Options of `defineSession` that are wrong, by the name that the error gives. */
const DEFINED: readonly (readonly [string, unknown])[] = [
  ["options", undefined],
  ["options", null],
  ["options", "a secret alone"],
  ["options", [secret]],
  ["secrets", { secrets: [secret] }],
  ["secret", {}],
  ["secret", { secret: null }],
  ["secret", { secret: 7 }],
  ["secret", { secret: [] }],
  ["secret", { secret: [undefined] }],
  ["secret", { secret: [undefined, secret] }],
  ["secret", { secret: [secret, ""] }],
  ["secret", { secret: [secret, 7] }],
  ["secret", { secret: " ".repeat(40) }],
  ["secret", { secret: `${" ".repeat(20)}${"abcdefghijkl"}${"\t".repeat(20)}` }],
  ["secret", { secret: "x".repeat(64) }],
  ["secret", { secret: "changechange".repeat(4) }],
  ["constructor", { secret, constructor: Object }],
  ["cookie", { secret, cookie: "session" }],
  ["cookie", { secret, cookie: null }],
  ["cookie", { secret, cookie: ["session"] }],
  ["cookie.maxage", { secret, cookie: { maxage: 7 } }],
  ["cookie.name", { secret, cookie: { name: 7 } }],
  ["cookie.name", { secret, cookie: { name: null } }],
  ["cookie.persistent", { secret, cookie: { persistent: "no" } }],
  ["cookie.persistent", { secret, cookie: { persistent: null } }],
  ["cookie.secure", { secret, cookie: { secure: "yes" } }],
  ["cookie.partitioned", { secret, cookie: { partitioned: 1 } }],
  ["cookie.sameSite", { secret, cookie: { sameSite: "Lax" } }],
  ["cookie.priority", { secret, cookie: { priority: "urgent" } }],
  ["idleTimeout", { secret, idleTimeout: "" }],
  ["idleTimeout", { secret, idleTimeout: "7 fortnights" }],
  ["idleTimeout", { secret, idleTimeout: "9".repeat(200) }],
  ["idleTimeout", { secret, idleTimeout: "604800" }],
  ["idleTimeout", { secret, idleTimeout: null }],
  ["idleTimeout", { secret, idleTimeout: Number.NaN }],
  ["idleTimeout", { secret, idleTimeout: true }],
  ["lifetime", { secret, lifetime: Number.POSITIVE_INFINITY }],
  ["lifetime", { secret, lifetime: "-1d" }],
  ["slideEvery", { secret, slideEvery: {} }],
  ["clientAddress", { secret, clientAddress: "x-real-ip" }],
  ["clientAddress", { secret, clientAddress: null }],
  ["clientAddress", { secret, clientAddress: 1.5 }],
  ["bind", { secret, bind: true }],
  ["bind.userAgent", { secret, bind: { userAgent: "x" } }],
  ["bind.useragent", { secret, bind: { useragent: true } }],
  ["bind.ip", { secret, clientAddress: 1, bind: { ip: "yes" } }],
  ["bind.ip", { secret, clientAddress: 1, bind: { ip: null } }],
  ["level", { secret, level: "paranoid" }],
  ["level", { secret, level: null }],
  ["app", { secret, app: "" }],
  ["app", { secret, app: null }],
  ["app", { secret, app: "a".repeat(257) }],
  ["openedCookies", { secret, openedCookies: "many" }],
  ["openedCookies", { secret, openedCookies: null }],
  ["codecs", { secret, codecs: [PARSED] }],
  ["codecs", { secret, codecs: "Money" }],
  ["codecs.Money", { secret, codecs: { Money: {} } }],
  ["codecs.Money", { secret, codecs: { Money: null } }],
  ["schema", { secret, schema: {} }],
  ["schema", { secret, schema: { "~standard": { validate: true } } }],
  [
    "schema",
    {
      secret,
      schema: {
        "~standard": {
          validate: () => {
            throw new Error("no");
          },
        },
      },
    },
  ],
  ["schemaVersion", { secret, schemaVersion: "1" }],
  ["schemaVersion", { secret, schemaVersion: -1 }],
  ["migrate", { secret, migrate: {} }],
  ["migrate", { secret, migrate: null }],
];

/** Options of `createSessions` that are wrong, over a store and a cache. */
const SERVED: readonly (readonly [string, unknown])[] = [
  ["options", null],
  ["options", "store"],
  ["stores", { stores: [] }],
  ["store", { store: {} }],
  ["store", { store: { findUnique: () => undefined } }],
  ["store", { store: null }],
  ["cache", { cache: { get: () => undefined, pipeline: () => undefined } }],
  ["cache", { cache: "redis://localhost" }],
  ["cookieThreshold", { cookieThreshold: "4096" }],
  ["cookieThreshold", { cookieThreshold: Number.NaN }],
  ["maxSize", { maxSize: "1MB" }],
  ["cacheMaxAge", { cacheMaxAge: "" }],
  ["cacheTimeout", { cacheTimeout: "soon" }],
  ["storeTimeout", { storeTimeout: null }],
  ["breaker", { breaker: 5 }],
  ["breaker.failure", { breaker: { failure: 5 } }],
  ["breaker.failures", { breaker: { failures: "5" } }],
  ["breaker.pause", { breaker: { pause: -1 } }],
  ["revocation", { revocation: false }],
  ["revocationDelay", { revocationDelay: "10" }],
  ["revocationDelay", { revocationDelay: "-1s" }],
  ["maxPerUser", { maxPerUser: "3" }],
  ["maxPerUser", { maxPerUser: Number.NaN }],
  ["maxPerUser", { maxPerUser: 1.5 }],
  ["maxPerUser", { maxPerUser: null }],
  ["maxPerUser", { maxPerUser: 3, revocation: "none" }],
  ["maxPerUser", { maxPerUser: { limit: 3, refuse: true }, store: undefined, cache: undefined }],
  ["maxPerUser.lim", { maxPerUser: { lim: 2 } }],
  ["maxPerUser.limit", { maxPerUser: { refuse: true } }],
  ["maxPerUser.limit", { maxPerUser: { limit: "3", refuse: true } }],
  ["maxPerUser.limit", { maxPerUser: { limit: Number.NaN, refuse: true } }],
  ["maxPerUser.refuse", { maxPerUser: { limit: 3, refuse: "yes" } }],
  ["rotateEvery", { rotateEvery: 0 }],
  ["rotateGrace", { rotateGrace: "1ms" }],
  ["onStoreDown", { onStoreDown: true }],
  ["encryptAtRest", { encryptAtRest: "no" }],
  ["encryptAtRest", { encryptAtRest: 1 }],
  ["encryptAtRest", { encryptAtRest: null }],
  ["cleanupProbability", { cleanupProbability: "0.01" }],
  ["audit", { audit: [] }],
  ["visitorRows", { visitorRows: 0 }],
  ["visitorRows", { visitorRows: "20" }],
  ["visitorRows", { visitorRows: null }],
  ["on", { on: [] }],
  ["on", { on: () => undefined }],
  ["on.rejectd", { on: { rejectd: () => undefined } }],
  ["on.rejected", { on: { rejected: "log" } }],
  ["on.toString", { on: { toString: () => "" } }],
];

/** Of every type something that is no value of most options. */
const ODD: readonly unknown[] = [
  [],
  [1],
  { unknown: 1 },
  Number.NaN,
  -1,
  "-5m",
  "",
  " ",
  Symbol("odd"),
  Number.POSITIVE_INFINITY,
  null,
  10n,
  new Date(),
  new Map(),
  new Number(3),
  new String("5m"),
  "5 m 3",
];

/** The options that take none of them, by who takes them. */
const STRICT: Readonly<Record<string, readonly string[]>> = {
  defineSession: [
    ...[
      "cookie",
      "cookie.path",
      "cookie.domain",
      "cookie.sameSite",
      "cookie.secure",
      "cookie.persistent",
      "cookie.partitioned",
    ],
    ...[
      "cookie.priority",
      "level",
      "idleTimeout",
      "lifetime",
      "slideEvery",
      "clientAddress",
      "bind",
      "bind.userAgent",
      "bind.ip",
    ],
    ...["openedCookies", "codecs", "codecs.Money", "schema", "schemaVersion", "acceptVersion", "migrate", "secret"],
  ],
  createSessions: [
    ...["store", "cache", "cookieThreshold", "maxSize", "cacheMaxAge", "cacheTimeout", "storeTimeout", "breaker"],
    ...["breaker.failures", "breaker.pause", "revocation", "revocationDelay", "maxPerUser", "maxPerUser.limit"],
    ...["maxPerUser.refuse", "rotateEvery", "rotateGrace", "onStoreDown", "encryptAtRest", "cleanupProbability"],
    ...["visitorRows", "on", "on.login", "audit", "telemetry"],
  ],
  sealedCookie: ["purpose", "maxAge", "secure", "sameSite", "secret"],
  isSameOrigin: ["origin"],
  redisCache: ["wait", "wait.replicas", "wait.timeout"],
  "kvCache.fromEnv": ["timeout"],
  prismaStore: ["now"],
};

/** Options with one of them set, where it stands within another beside what that needs. */
function having(path: string, value: unknown): Record<string, unknown> {
  const [outer = "", inner] = path.split(".");
  const beside = { maxPerUser: { limit: 3, refuse: true }, wait: { replicas: 1 } }[outer] ?? {};
  return { [outer]: inner === undefined ? value : { ...beside, [inner]: value } };
}

const TAKERS: Readonly<Record<string, (options: object) => unknown>> = {
  defineSession: (options) => createSessions(defineSession({ secret, ...options } as never)),
  createSessions: (options) =>
    createSessions(defineSession({ secret }), { store: memoryStore(), cache: memoryCache(), ...options } as never),
  sealedCookie: (options) => sealedCookie({ secret, name: "__Host-a", ...options } as never).clear(),
  isSameOrigin: (options) => isSameOrigin({ headers: new Headers() }, options as never),
  redisCache: (options) => redisCache({ url: "redis://localhost", ...options } as never),
  "kvCache.fromEnv": (options) => kvCache.fromEnv(options as never),
  prismaStore: (options) => prismaStore(DELEGATE as never, options as never),
};

const none = () => undefined;
const DELEGATE = { findUnique: none, findMany: none, createMany: none, updateMany: none, deleteMany: none };

describe.each(Object.entries(STRICT))("%s", (taker, paths) => {
  test.each(paths)("Rule 16: what is of another type is no value of `%s`", (path) => {
    for (const odd of ODD) {
      const take = () => TAKERS[taker]?.(having(path, odd));
      expect(take, String(odd)).toThrow(
        expect.objectContaining({
          code: "config",
          option: expect.stringMatching(new RegExp(`^(kvCache\\.)?${path.split(".")[0]}`)),
        }),
      );
    }
  });
});

describe("an option that is wrong is refused by its name, when the application starts", () => {
  test.each(DEFINED)("Rule 16: defineSession: %s (%j)", (option, options) => {
    expect(() => createSessions(defineSession(options as never))).toThrow(refused(option));
  });

  test.each(SERVED)("Rule 16: createSessions: %s (%j)", (option, options) => {
    const given =
      typeof options === "object" && options ? { store: memoryStore(), cache: memoryCache(), ...options } : options;
    expect(() => createSessions(defineSession({ secret }), given as never)).toThrow(refused(option));
  });

  test.each([undefined, null, {}, { secret }, "options"])("Rule 16: a definition that is none (%j)", (definition) => {
    expect(() => createSessions(definition as never)).toThrow(refused("definition"));
    expect(() => createSessionMiddleware(definition as never)).toThrow(refused("definition"));
  });

  test("Rule 16: createSessionMiddleware: a handler that is none", () => {
    for (const handler of [null, {}, "next"]) {
      expect(() => createSessionMiddleware(defineSession({ secret }), handler as never)).toThrow(refused("handler"));
    }
  });

  test.each([
    ["options", undefined],
    ["secrets", { secrets: secret }],
    ["secret", { secret: 7 }],
    ["budget", { secret, budget: "soon" }],
    ["budget", { secret, budget: null }],
  ])("Rule 16: createCleanupRoute: %s (%j)", (option, options) => {
    expect(() =>
      createCleanupRoute({ cleanup: async () => ({ deleted: 0, complete: true }) }, options as never),
    ).toThrow(refused(option));
  });

  test("Rule 16: createCleanupRoute: sessions that are none", () => {
    for (const sessions of [undefined, {}, createSessions(defineSession({ secret }))]) {
      expect(() => createCleanupRoute(sessions as never, { secret })).toThrow(refused("sessions"));
    }
  });

  test.each([
    ["purpose", { secret, name: "__Host-a", purpose: "session" }],
    ["maxage", { secret, name: "__Host-a", maxage: "1m" }],
    ["secure", { secret, name: "a", secure: "no" }],
    ["name", { secret }],
    ["secret", { secret: " ".repeat(40), name: "__Host-a" }],
  ])("Rule 16: sealedCookie: %s (%j)", async (option, options) => {
    await expect(sealedCookie(options as never).seal(1)).rejects.toThrow(refused(option));
  });

  test("Rule 16: isSameOrigin: a misspelt origin", () => {
    const check = () => isSameOrigin({ headers: new Headers() }, { orgin: "https://example.com" } as never);
    expect(check).toThrow(refused("orgin"));
  });
});

test("Rule 16: what is right is taken, and what is undefined is left out", () => {
  const definition = defineSession({
    secret: [secret, "correct horse battery staple, and some more"],
    cookie: { name: "__Host-shop", domain: undefined as never, persistent: false, priority: "high" },
    idleTimeout: 900,
    lifetime: "30 days",
    slideEvery: 0,
    clientAddress: () => undefined,
    bind: { userAgent: true, ip: "exact" },
    codecs: {},
  });
  const options = {
    breaker: { failures: 3 },
    maxPerUser: { limit: 2, refuse: true },
    encryptAtRest: "migrating",
  } as const;
  const on = { rejected: undefined as never, login: () => undefined };
  expect(() =>
    createSessions(definition, { store: memoryStore(), cache: memoryCache(), ...options, on }),
  ).not.toThrow();
});
