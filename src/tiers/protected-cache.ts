/** The cache behind its circuit breaker: how all of the tiers reach it. */

import { type CacheCommand, type CacheRead, ForeignEntryError, type SessionCache } from "./cache.js";
import { type CachedRecord, readEntry } from "./cache-entry.js";
import type { CircuitBreaker } from "./circuit-breaker.js";

/** How a call is made. */
export interface CallOptions {
  /** Makes the call whatever state the breaker is in: for what has to be tried. Default false. */
  readonly force?: boolean;
}

/** Where nothing is ever stored: the entry that is read along with quick values which stand beside no entry. */
const NO_ENTRY = "~none";

/** A cache behind its circuit breaker. Every method rejects with a `SessionStoreError` when the cache does not answer. */
export class ProtectedCache {
  readonly #cache: SessionCache;
  readonly #breaker: CircuitBreaker;

  constructor(cache: SessionCache, breaker: CircuitBreaker) {
    this.#cache = cache;
    this.#breaker = breaker;
  }

  /** Whether the cache has failed repeatedly, a moment ago: not even forcing a call is worth the wait. */
  get isDown(): boolean {
    return this.#breaker.state === "open";
  }

  /** Whether the cache is avoided only because it is slow. */
  get isSlow(): boolean {
    return this.#breaker.isSlow;
  }

  /** An entry as it is stored. */
  async read(key: string, { force }: CallOptions = {}): Promise<CacheRead["entry"]> {
    return (await this.#breaker.run(() => this.#cache.read(key), force)).entry;
  }

  /**
   * What a key holds, and the quick values under `quickKey` in the same round trip. What no put has stored is corrupt, of
   * version 0: only a put over none replaces it.
   */
  record(
    key: string,
    quickKey: string | undefined,
    { force }: CallOptions = {},
  ): Promise<{ readonly cached: CachedRecord; readonly quick: CacheRead["quick"] }> {
    return this.#breaker.run(async () => {
      try {
        const { entry, quick } = await this.#cache.read(key, quickKey);
        return { cached: readEntry(key, entry), quick };
      } catch (error) {
        if (!(error instanceof ForeignEntryError)) throw error;
        return { cached: { state: "corrupt", version: 0 }, quick: {} };
      }
    }, force);
  }

  /** The quick values under a key, for a session that has no record. */
  async quick(quickKey: string): Promise<CacheRead["quick"]> {
    return (await this.#breaker.run(() => this.#cache.read(NO_ENTRY, quickKey))).quick;
  }

  /** The members of a set. */
  members(key: string, { force }: CallOptions = {}): Promise<string[]> {
    return this.#breaker.run(() => this.#cache.members(key), force);
  }

  /** Runs commands in one round trip. */
  write(commands: readonly CacheCommand[], { force }: CallOptions = {}): Promise<boolean[]> {
    return this.#breaker.run(() => this.#cache.write(commands), force);
  }
}
