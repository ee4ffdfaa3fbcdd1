/** What only the server needs, and how it is resolved: the options of `createSessions`, and those about the data. */

import { type Codec, createCodec } from "../codec/codec.js";
import { SessionConfigError } from "../errors.js";
import type { AuditEntry } from "../events.js";
import { LISTENERS, type SessionListeners } from "../events.js";
import type { SessionCache } from "../tiers/cache.js";
import type { TierSettings } from "../tiers/settings.js";
import type { SessionStore } from "../tiers/store.js";
import { type Duration, milliseconds } from "../util/expiry.js";
import {
  CHECKED_ELSEWHERE,
  checkShape,
  FUNCTION,
  having,
  number,
  oneOf,
  type Shape,
  shaped,
  whole,
} from "../util/option-shape.js";
import { redact } from "../util/redact.js";
import { OPTIONS, type SessionDefinition, type SessionOptions } from "./options.js";
import { type Settings, settingsOf } from "./settings.js";
import { readMaxPerUser } from "../util/max-per-user.js";
import { decideVisitorRows, type VisitorRows } from "../util/visitor-rows.js";
import { LEVELS, type SecurityLevel } from "./options.js";

/** The options of `createSessions`. */
export interface ServerOptions {
  /** The cache in front of the store: `kvCache(kv)`. Without a store it holds the sessions by itself. Default none. */
  cache?: SessionCache;
  /** The database: `prismaStore(prisma.session)`. Default none; with neither, sessions live in the cookie alone. */
  store?: SessionStore;
  /**
   * Up to how many bytes (names and values of its cookies, as the browser counts) a session stays in the cookie. 0:
   * never. Default 2,304: nginx as it comes (`proxy_buffer_size` 4 KB) answers 502 to a longer head, of which other headers
   * take 1.7 KB. At most 6,144, with a proxy that takes more: all cookies of a session stay under 7 KB.
   */
  cookieThreshold?: number;
  /** The most that a session may hold, in bytes of its encoded values. Default 1 MiB. */
  maxSize?: number;
  /** How long an entry of the cache may be used after the database read behind it. Default `"1h"`. */
  cacheMaxAge?: Duration;
  /**
   * How long the cache may take to answer when there is a store behind it. Default 0.25 (250 ms). Already after two
   * fifths of it (100 ms) a request goes on with the store alone, and those that follow do not wait until the cache is
   * quick again. Raise it where the cache is far away: answers should take less than a fifth of it.
   */
  cacheTimeout?: Duration;
  /** How long the store (or a cache alone) may take to answer. Default `"5s"`. */
  storeTimeout?: Duration;
  /**
   * After `failures` in a row the cache is left alone for `pause`, and with `onStoreDown: "cache"` the store with
   * writes that can wait. Default 5 and `"5s"`.
   */
  breaker?: { failures?: number; pause?: Duration };
  /** `"none"` allows `login` without any store: such a session cannot be ended from the server. Default `"store"`. */
  revocation?: "store" | "none";
  /** How long a check of a signed-in session holds; 0: every request checks. Default `"10s"`. */
  revocationDelay?: Duration;
  /** How many sessions a user may have. More: the oldest are ended, or with `refuse` the login is. Default no limit. */
  maxPerUser?: number | { limit: number; refuse: boolean };
  /** Replace the id of a session on the server this often. Default off. */
  rotateEvery?: Duration;
  /** How long the previous id works after its successor was first presented. Default `"60s"`. */
  rotateGrace?: Duration;
  /**
   * Whether a write that the store did not take rejects (`"throw"`) or is kept in the cache until the store is back
   * (`"cache"`: its promise says `durable: false`). Never login, logout and the like. It needs both tiers, and asks the
   * cache for one key more with each read. Default `"throw"`.
   */
  onStoreDown?: "throw" | "cache";
  /**
   * Seal the data that the cache and the store hold, with a key of its own, each for its row and version: nothing in
   * clear, nothing of another row and nothing older is then believed. `"migrating"` still reads what was stored in clear
   * before, and seals it with its next write: from `"migrating"` go on to true when `lifetime` has passed. Ids of users,
   * deadlines, user agents and addresses stay in clear, since rows are found by them. Default false.
   */
  encryptAtRest?: boolean | "migrating";
  /** How likely a commit is to run a short cleanup after the response, from 0 to 1, for those without cron. Default 0. */
  cleanupProbability?: number;
  /** Which visitors may begin a session on the server, so that they cannot fill it. Default true: all. */
  visitorRows?: VisitorRows;
  /** Listeners: `on: { destroyed(event) {} }`. */
  on?: SessionListeners;
  /**
   * Takes the audit trail: logins and those that were refused, the end of each session and why, and cookies that were
   * presented after their session had ended, had got another id, or from elsewhere. Default none.
   */
  audit?: (entry: AuditEntry) => void;
}

/** The resolved {@link ServerOptions}. Durations are milliseconds. */
export interface ServerSettings extends TierSettings {
  readonly cookieThreshold: number;
  readonly maxSize: number;
  readonly revocation: "store" | "none";
  readonly revocationDelay: number;
  readonly maxPerUser: { readonly limit: number; readonly refuse: boolean };
  readonly rotateEvery: number;
  readonly rotateGrace: number;
  readonly encryptAtRest: boolean | "migrating";
  readonly cleanupProbability: number;
  readonly visitorRows: ReturnType<typeof decideVisitorRows>;
  readonly on: SessionListeners;
  readonly audit: ((entry: AuditEntry) => void) | undefined;
}

/** Of the 4 KB that nginx takes of a response's head as it comes; 1.7 KB of other headers were measured beside it. */
const DEFAULT_THRESHOLD = 2304;

/** All cookies of a session stay under 7 KB: 6,144 for the session, the rest for activity and flash messages. */
export const COOKIE_BUDGET = 6144;

/**
 * The share of `cacheTimeout` that a request waits for the cache: by default 100 ms, so that an outage adds no more than
 * 120 ms to what the database takes (the 99th percentile).
 */
const SOFT_TIMEOUT_SHARE = 0.4;

/** What each option may be, ranges aside. */
const SHAPE: Shape<ServerOptions> = {
  cache: having(["read", "write", "members"], "kvCache() or redisCache()"),
  store: having(["get", "find", "insert", "update", "delete", "list", "deleteBatch"], "prismaStore()"),
  cookieThreshold: CHECKED_ELSEWHERE,
  maxSize: CHECKED_ELSEWHERE,
  cacheMaxAge: CHECKED_ELSEWHERE,
  cacheTimeout: CHECKED_ELSEWHERE,
  storeTimeout: CHECKED_ELSEWHERE,
  breaker: shaped<NonNullable<ServerOptions["breaker"]>>({ failures: CHECKED_ELSEWHERE, pause: CHECKED_ELSEWHERE }),
  revocation: CHECKED_ELSEWHERE,
  revocationDelay: CHECKED_ELSEWHERE,
  maxPerUser: CHECKED_ELSEWHERE,
  rotateEvery: CHECKED_ELSEWHERE,
  rotateGrace: CHECKED_ELSEWHERE,
  onStoreDown: CHECKED_ELSEWHERE,
  encryptAtRest: CHECKED_ELSEWHERE,
  cleanupProbability: CHECKED_ELSEWHERE,
  visitorRows: CHECKED_ELSEWHERE,
  on: shaped<SessionListeners>(LISTENERS),
  audit: FUNCTION,
};

/**
 * Resolves the server's options.
 * @param level which defaults they have.
 * @throws {SessionConfigError} naming the option that is unknown or out of range.
 */
export function serverSettings(options: ServerOptions, level: SecurityLevel = "standard"): ServerSettings {
  checkShape("", options, SHAPE);
  const defaults = LEVELS[level];
  const rotateEvery = options.rotateEvery ?? defaults.rotateEvery;
  const hasServer = options.store !== undefined || options.cache !== undefined;
  const cookieThreshold = number("cookieThreshold", options.cookieThreshold ?? DEFAULT_THRESHOLD, 0, COOKIE_BUDGET);
  if (!hasServer && options.cookieThreshold !== undefined) {
    throw new SessionConfigError("cookieThreshold", "has no meaning without a `store` or a `cache` to spill over to.");
  }
  if (options.onStoreDown === "cache" && (!options.store || !options.cache)) {
    throw new SessionConfigError("onStoreDown", 'can be "cache" only where there is a `store` and a `cache`.');
  }
  const pause = milliseconds("breaker.pause", options.breaker?.pause ?? "5s");
  const failures = number("breaker.failures", options.breaker?.failures ?? 5, 1, 1000);
  const cacheTimeout = milliseconds("cacheTimeout", options.cacheTimeout ?? 0.25);
  const storeTimeout = milliseconds("storeTimeout", options.storeTimeout ?? "5s");
  return {
    cache: options.cache,
    store: options.store,
    cookieThreshold: hasServer ? cookieThreshold : COOKIE_BUDGET,
    maxSize: number("maxSize", options.maxSize ?? 2 ** 20, 1024, 2 ** 29),
    cacheMaxAge: milliseconds("cacheMaxAge", options.cacheMaxAge ?? "1h", 1000),
    breakers: {
      cache: { timeout: cacheTimeout, softTimeout: cacheTimeout * SOFT_TIMEOUT_SHARE, failures, pause, refuses: true },
      store: { timeout: storeTimeout, softTimeout: storeTimeout, failures, pause, refuses: false },
    },
    revocation: oneOf("revocation", options.revocation ?? "store", ["store", "none"]),
    revocationDelay: milliseconds("revocationDelay", options.revocationDelay ?? defaults.revocationDelay, 0),
    maxPerUser: readMaxPerUser(options.maxPerUser),
    rotateEvery: rotateEvery === undefined ? Number.POSITIVE_INFINITY : milliseconds("rotateEvery", rotateEvery),
    rotateGrace: milliseconds("rotateGrace", options.rotateGrace ?? "60s", 1000),
    onStoreDown: oneOf("onStoreDown", options.onStoreDown ?? "throw", ["throw", "cache"]),
    encryptAtRest: oneOf("encryptAtRest", options.encryptAtRest ?? defaults.encryptAtRest, [true, false, "migrating"]),
    cleanupProbability: number("cleanupProbability", options.cleanupProbability ?? 0, 0, 1),
    visitorRows: decideVisitorRows(options.visitorRows),
    on: options.on ?? {},
    audit: options.audit,
  };
}

/** What encoding and decoding the data of sessions needs. */
export interface DataSettings {
  readonly codec: Codec;
  readonly schemaVersion: number;
  readonly schema: SessionOptions<object>["schema"];
  readonly migrate: SessionOptions<object>["migrate"];
}

/** All that a definition says. */
export type CompleteSettings = Settings & DataSettings;

const resolved = new WeakMap<object, CompleteSettings>();

/**
 * All settings of a definition, resolved at first use and kept.
 * @throws {SessionConfigError} naming the option that is missing, unknown, too weak or unfit.
 */
export function completeSettingsOf<Data extends object, Flash extends object>(
  definition: SessionDefinition<Data, Flash>,
): CompleteSettings {
  const known = resolved.get(definition);
  if (known) return known;
  const settings = {
    ...settingsOf(definition),
    ...resolveDataSettings(definition[OPTIONS]() as unknown as SessionOptions<object>),
  };
  resolved.set(definition, settings);
  return settings;
}

function resolveDataSettings({ codecs, schema, schemaVersion = 0, migrate }: SessionOptions<object>): DataSettings {
  if (!Number.isSafeInteger(schemaVersion) || schemaVersion < 0) {
    throw new SessionConfigError("schemaVersion", "must be a whole number from 0.");
  }
  refuseUnfitSchema(schema);
  return { codec: createCodec(codecs), schemaVersion, schema, migrate };
}

/** A schema is asked during a read, which cannot wait, and about a session that is still empty. */
function refuseUnfitSchema(schema: SessionOptions<object>["schema"]): void {
  if (!schema) return;
  let result: ReturnType<(typeof schema)["~standard"]["validate"]>;
  try {
    result = schema["~standard"].validate({});
  } catch (error) {
    throw new SessionConfigError(
      "schema",
      `throws when it is asked about \`{}\`, the empty session: ${redact(error)}.`,
    );
  }
  if (result instanceof Promise) {
    result.catch(() => undefined);
    throw new SessionConfigError("schema", "validates asynchronously. Use one that answers at once.");
  }
  if (result.issues) {
    throw new SessionConfigError("schema", "refuses `{}`, the empty session. Make its keys optional or give defaults.");
  }
}
