/** The tiers of a deployment: a database with or without a cache in front of it, or a cache alone. */

import { SessionStoreError } from "../errors.js";
import type { CacheCommand, SessionCache } from "./cache.js";
import { type CachedRecord, cacheOnlyStore, readCached } from "./cache-only-store.js";
import { now } from "../util/clock.js";
import { RowCache } from "./row-cache.js";
import { DeferredBuffer } from "./deferred-buffer.js";
import type { Emit } from "../events.js";
import { MAX_CLOCK_SKEW } from "../util/expiry.js";
import { CircuitBreaker } from "./circuit-breaker.js";
import { type Found, rejectLag, type Wanted } from "./lookup.js";
import { TOMBSTONE, TOMBSTONE_PENDING } from "./cache-entry.js";
import type { ServerSettings } from "../session/server-settings.js";
import { settle, unwrap } from "../util/outcome.js";
import type { BatchFilter, SessionChange, SessionRecord, SessionStore } from "./store.js";

/** The options of the server that the tiers go by. */
type TierSettings = Pick<ServerSettings, "store" | "cache" | "cacheMaxAge" | "guards" | "onStoreDown">;

/** Where nothing is ever stored: a cache is asked for it along with quick values that stand beside no entry. */
const NO_ENTRY = "~none";

const NONE: Readonly<Record<string, string>> = Object.freeze({});

/**
 * All access to what the server keeps. Reads go through the cache and refill it; writes go to the arbiter (the
 * database, else the cache itself) and are then published; a removal is acknowledged when both tiers have it.
 */
export class Tiers {
  /** Whether a database arbitrates; otherwise the cache does. */
  readonly durable: boolean;
  /** Where writes wait for the database; undefined unless `onStoreDown` is `"cache"`. */
  readonly dirty: DeferredBuffer | undefined;
  readonly #store: SessionStore;
  readonly #cache: SessionCache | undefined;
  /** What the cache holds of the database's records; undefined where there is one tier alone. */
  readonly #rowCache: RowCache | undefined;
  readonly #storeBreaker: CircuitBreaker;
  readonly #cacheBreaker: CircuitBreaker;
  readonly #cacheMaxAge: number;
  readonly #emit: Emit;

  constructor(server: TierSettings, emit: Emit) {
    const { store, cache, cacheMaxAge, guards } = server;
    this.durable = store !== undefined;
    this.#cache = cache;
    this.#cacheMaxAge = cacheMaxAge;
    this.#emit = emit;
    this.#storeBreaker = new CircuitBreaker(this.durable ? "store" : "cache", guards.store, emit);
    this.#cacheBreaker = new CircuitBreaker("cache", this.durable ? guards.cache : guards.store, emit);
    this.#rowCache = store && cache && new RowCache(cache, this.#cacheBreaker, cacheMaxAge);
    const defers = store && cache && server.onStoreDown === "cache";
    this.dirty = defers ? new DeferredBuffer(cache, this.#cacheBreaker, emit) : undefined;
    if (store) this.#store = store;
    else if (cache) this.#store = cacheOnlyStore(cache, cacheMaxAge + MAX_CLOCK_SKEW, now);
    else throw new TypeError("Tiers need a store or a cache.");
  }

  /** The record under `key`. Absence is an answer; @throws {SessionStoreError} when nothing is known. */
  async load(key: string, wanted: Wanted = {}): Promise<Found> {
    if (!this.#cache || (wanted.fresh && this.durable)) return this.#fromStore(key, wanted, NONE);
    const cache = this.#cache;
    const read = () => readCached(cache, key, wanted.quickKey);
    let found = await settle(this.#cacheBreaker.run(read));
    if (!found.ok && this.durable) {
      const stored = await settle(this.#fromStore(key, wanted, NONE));
      if (stored.ok || this.#cacheBreaker.isDown) return unwrap(stored);
      // The cache may have been left out for being slow, and is all there is now.
      found = await settle(this.#cacheBreaker.run(read, true));
      if (!found.ok) return unwrap(stored);
    }
    const { cached, quick } = unwrap(found);
    if (cached.state === "ended") {
      if (cached.text === TOMBSTONE_PENDING) await this.#finishRemoval(key);
      return { record: undefined, revoked: true, cached: true, quick };
    }
    if (
      cached.state === "found" &&
      // rule: no browser sees less than its cookie names
      cached.record.version >= (wanted.atLeast ?? 0) &&
      this.#rowCache?.isCurrent(cached.readAt) !== false
    ) {
      return { record: cached.record, revoked: false, cached: true, quick };
    }
    if (cached.state === "corrupt") this.#emit("corrupt", { tier: "cache", handle: key });
    return this.durable ? this.#refill(key, wanted, cached, quick) : this.#missing(cached, wanted, quick);
  }

  /**
   * Reads the row of a copy whose values cannot be read, and puts it in the copy's place unless it is no better.
   * Undefined when it is gone.
   */
  async correct(copy: SessionRecord): Promise<SessionRecord | undefined> {
    const readAt = now();
    const { record } = await this.#fromStore(copy.key, {}, NONE);
    if (record && record.data !== copy.data) {
      this.#emit("corrupt", { tier: "cache", handle: copy.key });
      await settle(Promise.resolve(this.#rowCache?.refill(record, readAt, copy.version)));
    }
    return record;
  }

  /** The quick values under a key, for a session that has no record. None when the cache fails: they may be lost. */
  async quick(quickKey: string): Promise<Found["quick"]> {
    const cache = this.#cache;
    if (!cache) return NONE;
    try {
      return (await this.#cacheBreaker.run(() => cache.read(NO_ENTRY, quickKey))).quick;
    } catch {
      return NONE;
    }
  }

  /** The record with this id hash, from the arbiter. */
  find(idHash: string): Promise<SessionRecord | undefined> {
    return this.#storeBreaker.run(() => this.#store.find(idHash));
  }

  /** Adds a record to the arbiter; false when its key is taken. {@link publish} makes it known. */
  insert(record: SessionRecord): Promise<boolean> {
    return this.#storeBreaker.run(() => this.#store.insert(record));
  }

  /** Compare and set in the arbiter; false when another came first. {@link publish} makes it known. */
  update(base: SessionRecord, change: SessionChange): Promise<boolean> {
    // rule: an update never creates a row
    // rule: the database knows before the cache does
    return this.#storeBreaker.run(() => this.#store.update(base, change));
  }

  /**
   * Makes a record known to the cache, and runs `more` in the same round trip. A cache that fails is reported and left
   * behind: the reference in the cookie turns its older entry into a miss.
   * @param at when the writing or reading of the record began (milliseconds since 1970).
   */
  async publish(record: SessionRecord, at: number, more: readonly CacheCommand[] = []): Promise<void> {
    if (this.#rowCache) await settle(this.#rowCache.publish(record, at, more));
    else await this.writeBestEffort(more);
  }

  /** Runs commands that may be lost with the cache. */
  async writeBestEffort(commands: readonly CacheCommand[]): Promise<void> {
    const cache = this.#cache;
    if (cache && commands.length > 0) await settle(this.#cacheBreaker.run(() => cache.write(commands)));
  }

  /**
   * Ends a record everywhere: the row goes, then a tombstone outlives every copy in the cache.
   * @returns whether there was a row.
   * @throws {SessionStoreError} after having done what could be done, when one of the tiers did not acknowledge it.
   */
  async remove(key: string): Promise<boolean> {
    const row = await settle(this.#storeBreaker.run(() => this.#store.delete(key), true));
    if (!this.#rowCache) return unwrap(row);
    const entombed = await settle(this.#rowCache.putTombstone(key, row.ok ? TOMBSTONE : TOMBSTONE_PENDING));
    await this.dirty?.forget(key);
    // rule: an end is acknowledged when the database has it
    const removed = unwrap(row);
    // rule: an end is acknowledged when the cache has it
    if (!entombed.ok) throw this.#unacknowledged("The session has ended", entombed.error);
    return removed;
  }

  /**
   * Deletes a record that has moved into the cookie, if it still has that version. No tombstone: an earlier cookie that
   * holds both the data and the reference stays good.
   */
  async release(key: string, version: number): Promise<boolean> {
    // rule: a row is released only at the version that the cookie holds
    const released = await this.#storeBreaker.run(() => this.#store.delete(key, version));
    if (released && this.#rowCache) await settle(this.#rowCache.release(key, version));
    return released;
  }

  /** The records of a user, oldest first, without data. */
  list(userId: string): Promise<SessionRecord[]> {
    return this.#storeBreaker.run(() => this.#store.list(userId));
  }

  /** Deletes one batch; see {@link SessionStore.deleteBatch}. */
  deleteBatch(filter: BatchFilter, limit: number): Promise<number> {
    return this.#storeBreaker.run(() => this.#store.deleteBatch(filter, limit));
  }

  /** Puts a record into the cache, and fails when it cannot: for what a revocation rests on. */
  async publishOrThrow(record: SessionRecord, at: number): Promise<void> {
    const published = await settle(Promise.resolve(this.#rowCache?.publishOrThrow(record, at)));
    if (!published.ok) throw this.#unacknowledged("The revocation stands", published.error);
  }

  /** Whether the database has failed repeatedly, a moment ago. */
  get isStoreDown(): boolean {
    return this.#storeBreaker.isDown;
  }

  #unacknowledged(what: string, cause: unknown): SessionStoreError {
    return new SessionStoreError(
      "cache",
      `${what} in the store, but the cache did not acknowledge it: cached copies may answer for at most ${this.#cacheMaxAge / 1000} seconds (\`cacheMaxAge\`).`,
      "unknown",
      { cause },
    );
  }

  async #fromStore(key: string, wanted: Wanted, quick: Found["quick"]): Promise<Found> {
    // rule: a store that fails does not mean that there is nothing
    const record = await this.#storeBreaker.run(() => this.#store.get(key));
    if (record) rejectLag(record.version, wanted, this.durable);
    return { record, revoked: false, cached: false, quick };
  }

  /** A miss: the database answers, and the cache learns it, with the time at which the reading began. */
  async #refill(key: string, wanted: Wanted, cached: CachedRecord, quick: Found["quick"]): Promise<Found> {
    const readAt = now();
    const found = await this.#fromStore(key, wanted, quick);
    const expect = cached.state === "corrupt" ? cached.version : undefined;
    if (found.record && this.#rowCache) await settle(this.#rowCache.refill(found.record, readAt, expect));
    return found;
  }

  /** Nothing usable in the cache, and no database behind it. */
  #missing(cached: CachedRecord, wanted: Wanted, quick: Found["quick"]): Found {
    if (cached.state === "corrupt") {
      throw new SessionStoreError("cache", "An entry of the session cache cannot be read. It was left as it is.");
    }
    const version = cached.state === "found" ? cached.record.version : -1;
    if (cached.state !== "released") rejectLag(version, wanted, this.durable);
    return { record: undefined, revoked: false, cached: true, quick };
  }

  /** Deletes the row that a tombstone says was left behind. */
  async #finishRemoval(key: string): Promise<void> {
    const row = await settle(this.#storeBreaker.run(() => this.#store.delete(key)));
    if (row.ok && this.#rowCache) await settle(this.#rowCache.putTombstone(key, TOMBSTONE));
  }
}
