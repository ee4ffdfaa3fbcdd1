/** The tiers of a deployment: a database with or without a cache in front of it, or a cache alone. */

import { SessionStoreError } from "../errors.js";
import type { Emit } from "../events.js";
import { settle, unwrap } from "../util/outcome.js";
import { Arbiter } from "./arbiter.js";
import type { CacheCommand } from "./cache.js";
import { TOMBSTONE, TOMBSTONE_PENDING } from "./cache-entry.js";
import { CircuitBreaker } from "./circuit-breaker.js";
import { DeferredBuffer, type DeferredWrites, NO_DEFERRED_WRITES } from "./deferred-buffer.js";
import { ProtectedCache } from "./protected-cache.js";
import { type Found, NO_QUICK_VALUES, type Wanted } from "./reading/lookup.js";
import { RecordReader } from "./reading/record-reader.js";
import { RowCache } from "./row-cache.js";
import type { Scope } from "./scope.js";
import type { TierSettings } from "./settings.js";
import type { BatchFilter, SessionChange, SessionRecord } from "./store.js";

/**
 * All access to what the server keeps. Reads go through the cache and refill it; writes go to the arbiter (the
 * database, else the cache itself) and are then published; a removal is acknowledged when both tiers have it.
 */
export class Tiers {
  /** Which of it is this application's. */
  readonly scope: Scope;
  /** Writes that wait for the database. */
  readonly deferred: DeferredWrites;
  readonly #arbiter: Arbiter;
  readonly #cache: ProtectedCache | undefined;
  /** What the cache holds of the database's records; undefined where there is one tier alone. */
  readonly #rowCache: RowCache | undefined;
  readonly #reader: RecordReader;
  readonly #cacheMaxAge: number;

  constructor(settings: TierSettings, scope: Scope, emit: Emit) {
    const { store, cache, cacheMaxAge, breakers, onStoreDown } = settings;
    const breaker = new CircuitBreaker("cache", store ? breakers.cache : breakers.store, emit);
    this.scope = scope;
    this.#cacheMaxAge = cacheMaxAge;
    this.#arbiter = new Arbiter(settings, scope, emit);
    this.#cache = cache && new ProtectedCache(cache, breaker);
    this.#rowCache = store && this.#cache && new RowCache(this.#cache, cacheMaxAge);
    this.#reader = new RecordReader(this.#arbiter, this.#cache, this.#rowCache, emit);
    this.deferred =
      store && this.#cache && onStoreDown === "cache" ? new DeferredBuffer(this.#cache, emit) : NO_DEFERRED_WRITES;
  }

  /** Whether a database arbitrates; otherwise the cache does. */
  get durable(): boolean {
    return this.#arbiter.durable;
  }

  /** Whether the arbiter has failed repeatedly, a moment ago. */
  get isStoreDown(): boolean {
    return this.#arbiter.isDown;
  }

  /** The record under `key`. Absence is an answer; @throws {SessionStoreError} when nothing is known. */
  load(key: string, wanted: Wanted = {}): Promise<Found> {
    return this.#reader.load(key, wanted);
  }

  /** For how long the cache in front of the database keeps copies (milliseconds); 0 without one. */
  get copyAge(): number {
    return this.#rowCache ? this.#cacheMaxAge : 0;
  }

  /** The copy of a record in the cache in front of the database. @throws {SessionStoreError} when that does not answer. */
  async copy(key: string): Promise<SessionRecord | undefined> {
    return this.#rowCache?.copy(key);
  }

  /** Has no copy answer for a record that the database turned out not to have, unless the cache fails. */
  async dropCopy(key: string): Promise<void> {
    if (this.#rowCache) await settle(this.#rowCache.drop(key));
  }

  /**
   * Reads the row of a copy whose values cannot be read, and puts it in the copy's place unless it is no better.
   * Undefined when it is gone.
   */
  correct(copy: SessionRecord): Promise<SessionRecord | undefined> {
    return this.#reader.correct(copy);
  }

  /** The quick values under a key, for a session that has no record. None when the cache fails: they may be lost. */
  async quick(quickKey: string): Promise<Found["quick"]> {
    const read = await settle(this.#cache?.quick(quickKey) ?? Promise.resolve(NO_QUICK_VALUES));
    return read.ok ? read.value : NO_QUICK_VALUES;
  }

  /** Removes all quick values under a key, unless the cache fails. */
  async removeQuick(quickKey: string): Promise<void> {
    await this.writeBestEffort([{ type: "remove", key: quickKey }]);
  }

  /** The application's record with this id hash, from the arbiter. */
  async find(idHash: string): Promise<SessionRecord | undefined> {
    const record = await this.#arbiter.find(idHash);
    return record && (await this.scope.owns(record.key)) ? record : undefined;
  }

  /** The application's records of a user, oldest first, without data. */
  async list(userId: string): Promise<SessionRecord[]> {
    const [tag, records] = await Promise.all([this.scope.tag(), this.#arbiter.list(userId)]);
    return records.filter(({ key }) => key.startsWith(tag));
  }

  /** Adds a record to the arbiter; false when its key is taken. {@link publish} makes it known. */
  insert(record: SessionRecord): Promise<boolean> {
    return this.#arbiter.insert(record);
  }

  /** Compare and set in the arbiter; false when another came first. {@link publish} makes it known. */
  update(base: SessionRecord, change: SessionChange): Promise<boolean> {
    return this.#arbiter.update(base, change);
  }

  /** Deletes one batch; see {@link SessionStore.deleteBatch}. */
  deleteBatch(filter: BatchFilter, limit: number): Promise<number> {
    return this.#arbiter.deleteBatch(filter, limit);
  }

  /**
   * Makes a record known to the cache, and runs `more` in the same round trip. That the cache failed is told by an event
   * and otherwise ignored: the reference in the cookie turns its older entry into a miss.
   * @param at when the writing or reading of the record began (milliseconds since 1970).
   */
  async publish(record: SessionRecord, at: number, more: readonly CacheCommand[] = []): Promise<void> {
    if (this.#rowCache) await settle(this.#rowCache.publish(record, at, more));
    else await this.writeBestEffort(more);
  }

  /** Makes a record known to the cache, for what a revocation rests on. @throws {SessionStoreError} when that fails. */
  async publishOrThrow(record: SessionRecord, at: number): Promise<void> {
    const published = await settle(Promise.resolve(this.#rowCache?.publishOrThrow(record, at)));
    if (!published.ok) throw this.#unacknowledged("The revocation stands", published.error);
  }

  /** Runs commands on the cache that may be lost with it. */
  async writeBestEffort(commands: readonly CacheCommand[]): Promise<void> {
    if (this.#cache && commands.length > 0) await settle(this.#cache.write(commands));
  }

  /**
   * Ends a record everywhere: the row goes, then a tombstone outlives every copy in the cache.
   * @param quickKey where its quick values are, which go as well: no end waits for the cache to acknowledge that.
   * @param version only a row of this version, in a database. Of any other nothing is removed. Undefined: at any.
   * @returns whether there was such a row.
   * @throws {SessionStoreError} after having done what could be done, when one of the tiers did not acknowledge it.
   */
  async remove(key: string, quickKey?: string, version?: number): Promise<boolean> {
    const row = await settle(this.#arbiter.delete(key, version));
    if (version !== undefined && row.ok && !row.value) return false;
    if (quickKey !== undefined) await this.removeQuick(quickKey);
    if (!this.#rowCache) return unwrap(row);
    const entombed = await settle(this.#rowCache.putTombstone(key, row.ok ? TOMBSTONE : TOMBSTONE_PENDING));
    await this.deferred.remove(key);
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
    const released = await this.#arbiter.delete(key, version);
    if (released && this.#rowCache) await settle(this.#rowCache.release(key, version));
    return released;
  }

  #unacknowledged(what: string, cause: unknown): SessionStoreError {
    return new SessionStoreError(
      "cache",
      `${what} in the store, but the cache did not acknowledge it: cached copies may answer for at most ${this.#cacheMaxAge / 1000} seconds (\`cacheMaxAge\`).`,
      "unknown",
      { cause },
    );
  }
}
