/** How the options of `createSessions` are checked and resolved. */

import { SessionConfigError } from "../../errors.js";
import { type AuditEntry, LISTENERS, type SessionListeners } from "../../events.js";
import type { Telemetry } from "../../telemetry/telemetry.js";
import type { TierSettings } from "../../tiers/settings.js";
import { milliseconds } from "../../util/expiry.js";
import {
  BOOLEAN,
  CHECKED_ELSEWHERE,
  checkShape,
  FUNCTION,
  having,
  number,
  oneOf,
  type Shape,
  shaped,
  whole,
} from "../../util/option-shape.js";
import { type LegacySource, readSources } from "../legacy.js";
import { LEVELS, type SecurityLevel } from "../options.js";
import { readMaxPerUser } from "./max-per-user.js";
import type { ServerOptions } from "./server-options.js";
import { decideVisitorRows } from "./visitor-rows.js";

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
  readonly legacy: readonly LegacySource[];
  readonly visitorRows: ReturnType<typeof decideVisitorRows>;
  readonly on: SessionListeners;
  readonly audit: ((entry: AuditEntry) => void) | undefined;
  readonly telemetry: Telemetry | undefined;
  readonly serverTiming: boolean;
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
  legacy: CHECKED_ELSEWHERE,
  on: shaped<SessionListeners>(LISTENERS),
  audit: FUNCTION,
  telemetry: having(["begin"], "openTelemetry()"),
  serverTiming: BOOLEAN,
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
  const cookieThreshold = whole("cookieThreshold", options.cookieThreshold ?? DEFAULT_THRESHOLD, 0, COOKIE_BUDGET);
  if (!hasServer && options.cookieThreshold !== undefined) {
    throw new SessionConfigError("cookieThreshold", "has no meaning without a `store` or a `cache` to spill over to.");
  }
  if (options.maxPerUser !== undefined && (!hasServer || options.revocation === "none")) {
    throw new SessionConfigError(
      "maxPerUser",
      'needs a `store` or a `cache`, where the sessions of a user are counted, and no `revocation: "none"`.',
    );
  }
  if (options.onStoreDown === "cache" && (!options.store || !options.cache)) {
    throw new SessionConfigError("onStoreDown", 'can be "cache" only where there is a `store` and a `cache`.');
  }
  const pause = milliseconds("breaker.pause", options.breaker?.pause ?? "5s");
  const failures = whole("breaker.failures", options.breaker?.failures ?? 5, 1, 1000);
  const cacheTimeout = milliseconds("cacheTimeout", options.cacheTimeout ?? 0.25);
  const storeTimeout = milliseconds("storeTimeout", options.storeTimeout ?? "5s");
  return {
    cache: options.cache,
    store: options.store,
    cookieThreshold: hasServer ? cookieThreshold : COOKIE_BUDGET,
    maxSize: whole("maxSize", options.maxSize ?? 2 ** 20, 1024, 2 ** 29),
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
    legacy: readSources(options.legacy),
    on: options.on ?? {},
    audit: options.audit,
    telemetry: options.telemetry,
    serverTiming: options.serverTiming ?? false,
  };
}
