/** What the tiers go by. */

import type { SessionCache } from "./cache.js";
import type { CircuitBreakerSettings } from "./circuit-breaker.js";
import type { SessionStore } from "./store.js";

/** The settings of {@link Tiers}. Durations are milliseconds. At least one of `store` and `cache` is given. */
export interface TierSettings {
  /** The database; undefined: the cache is all there is. */
  readonly store: SessionStore | undefined;
  readonly cache: SessionCache | undefined;
  /** How long an entry of the cache may be used after the database read behind it. */
  readonly cacheMaxAge: number;
  /** How each tier is judged. A cache alone is judged as the store. */
  readonly breakers: { readonly cache: CircuitBreakerSettings; readonly store: CircuitBreakerSettings };
  /** Whether a write that the store did not take is kept in the cache. */
  readonly onStoreDown: "throw" | "cache";
}
