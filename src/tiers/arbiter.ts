/** The arbiter: the store that decides between two writers, behind its circuit breaker. */

import type { Emit } from "../events.js";
import { MAX_CLOCK_SKEW } from "../util/expiry.js";
import { cacheOnlyStore } from "./cache-only-store.js";
import { CircuitBreaker } from "./circuit-breaker.js";
import type { Scope } from "./scope.js";
import type { TierSettings } from "./settings.js";
import type { BatchFilter, SessionChange, SessionRecord, SessionStore } from "./store.js";

/**
 * The database, or a cache that is alone, as a store behind its circuit breaker. It is always asked, since nothing stands
 * in for it. Every method rejects with a `SessionStoreError` when the store fails or does not answer in time.
 */
export class Arbiter {
  /** Whether it is a database; otherwise it is the cache. */
  readonly durable: boolean;
  readonly #store: SessionStore;
  readonly #breaker: CircuitBreaker;

  /** @throws {TypeError} when there is neither a store nor a cache. */
  constructor({ store, cache, cacheMaxAge, breakers }: TierSettings, scope: Scope, emit: Emit) {
    this.durable = store !== undefined;
    this.#breaker = new CircuitBreaker(store ? "store" : "cache", breakers.store, emit);
    if (store) this.#store = store;
    else if (cache) this.#store = cacheOnlyStore(cache, cacheMaxAge + MAX_CLOCK_SKEW, scope);
    else throw new TypeError("Tiers need a store or a cache.");
  }

  /** Whether it has failed repeatedly, a moment ago. */
  get isDown(): boolean {
    return this.#breaker.state === "open";
  }

  /** The record under a key. */
  get(key: string): Promise<SessionRecord | undefined> {
    return this.#breaker.run(() => this.#store.get(key));
  }

  /** The record with this id hash. */
  find(idHash: string): Promise<SessionRecord | undefined> {
    return this.#breaker.run(() => this.#store.find(idHash));
  }

  /** Adds a record; false when its key is taken. */
  insert(record: SessionRecord): Promise<boolean> {
    return this.#breaker.run(() => this.#store.insert(record));
  }

  /** Compare and set; false when another came first. */
  update(base: SessionRecord, change: SessionChange): Promise<boolean> {
    // rule: an update never creates a row
    return this.#breaker.run(() => this.#store.update(base, change));
  }

  /** Deletes a record, with `version` only if it still has that; false when there was none. */
  delete(key: string, version?: number): Promise<boolean> {
    return this.#breaker.run(() => this.#store.delete(key, version));
  }

  /** The records of a user, oldest first, without data. */
  list(userId: string): Promise<SessionRecord[]> {
    return this.#breaker.run(() => this.#store.list(userId));
  }

  /** Deletes one batch; see {@link SessionStore.deleteBatch}. */
  deleteBatch(filter: BatchFilter, limit: number): Promise<number> {
    return this.#breaker.run(() => this.#store.deleteBatch(filter, limit));
  }
}
