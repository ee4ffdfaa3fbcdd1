/** The options of `createSessions`: what only the server needs. */

import type { AuditEntry, SessionListeners } from "../../events.js";
import type { Telemetry } from "../../telemetry/telemetry.js";
import type { SessionCache } from "../../tiers/cache.js";
import type { SessionStore } from "../../tiers/store.js";
import type { Duration } from "../../util/expiry.js";
import type { LegacySource } from "../legacy.js";
import type { VisitorRows } from "./visitor-rows.js";

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
  /**
   * How long it holds that the row of a session was seen, for a user's a tenth of `idleTimeout` at most; 0: every request looks.
   * Default `"10s"`.
   */
  revocationDelay?: Duration;
  /**
   * How many sessions a user may have. With more, a login ends those that have idled out, then those longest idle; with
   * `refuse` it ends only the first kind, and is refused where that does not do. They are counted on the server: it needs a
   * `store` or a `cache`, and `revocation: "store"`. Default no limit.
   */
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
  /**
   * Where else sessions of an earlier library are taken over from: sources that ask a store, which the edge must not
   * import. Those that need none belong into `defineSession`, so that the middleware knows them too. Default none.
   */
  legacy?: readonly LegacySource[];
  /** Listeners: `on: { destroyed(event) {} }`. */
  on?: SessionListeners;
  /**
   * Takes the audit trail: logins and those that were refused, the end of each session and why, and cookies that were
   * presented after their session had ended, had got another id, or from elsewhere. Default none.
   */
  audit?: (entry: AuditEntry) => void;
  /**
   * Takes measurements: `openTelemetry()` of `spillway/otel`, or a {@link Telemetry} of your own. Default none, at no
   * cost.
   */
  telemetry?: Telemetry;
  /**
   * Whether responses say in a `Server-Timing` header how long the session took: durations, and which tier answered, for
   * whoever looks at the response. A page that streams says what was known when its head left. Default false.
   */
  serverTiming?: boolean;
}
