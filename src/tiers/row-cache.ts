/** The row cache: what a cache in front of a database holds of its records, how they get there, and how they end. */

import { SessionStoreError } from "../errors.js";
import { now } from "../util/clock.js";
import { MAX_CLOCK_SKEW } from "../util/expiry.js";
import type { CacheCommand } from "./cache.js";
import { recordText, release, TOMBSTONE, TOMBSTONE_PENDING, TOMBSTONE_VERSION, tombstone } from "./cache-entry.js";
import type { ProtectedCache } from "./protected-cache.js";
import type { SessionRecord } from "./store.js";

/** The copies in one cache. Methods reject with a `SessionStoreError` when the cache does not acknowledge. */
export class RowCache {
  readonly #cache: ProtectedCache;
  readonly #maxAge: number;

  /** @param maxAge how many milliseconds a copy may be used after the database read behind it. */
  constructor(cache: ProtectedCache, maxAge: number) {
    this.#cache = cache;
    this.#maxAge = maxAge;
  }

  /**
   * Whether a copy of what was read at that moment may still be used: not beyond its age, and not when it was read further
   * ahead than clocks may differ, since this one was then set back, and does not tell how old the copy is.
   */
  isCurrent(readAt: number): boolean {
    // rule: a copy in the cache ends with the read behind it (its age)
    return now() - readAt < this.#maxAge && readAt - now() <= MAX_CLOCK_SKEW;
  }

  /**
   * Stores a copy of a record, and runs `more` in the same round trip.
   * @param at when its writing or reading began: a process that slept meanwhile may come too late for any other copy to
   *   be there, and for the tombstone of the session as well.
   */
  async publish(record: SessionRecord, at: number, more: readonly CacheCommand[]): Promise<void> {
    await this.#cache.write([this.#entry(record, at), ...more]);
  }

  /** Stores a copy of a record that a revocation rests on: the cache is asked even while its breaker is open. */
  async publishOrThrow(record: SessionRecord, at: number): Promise<void> {
    await this.#cache.write([this.#entry(record, at)], { force: true });
  }

  /** Stores a copy of a record whose reading began at `readAt`. `expect`: only over an entry of this version. */
  async refill(record: SessionRecord, readAt: number, expect: number | undefined): Promise<void> {
    const entry = this.#entry(record, readAt);
    await this.#cache.write([expect === undefined ? entry : { ...entry, expect }]);
  }

  /** The copy of a record, if there is one that may still be used. */
  async copy(key: string): Promise<SessionRecord | undefined> {
    const { cached } = await this.#cache.record(key, undefined);
    return cached.state === "found" && this.isCurrent(cached.readAt) ? cached.record : undefined;
  }

  /**
   * Stores a copy of a record, read at `readAt`, in the place of a newer one, which speaks of commits that the store has
   * lost. A tombstone stays.
   */
  async replaceNewer(record: SessionRecord, readAt: number): Promise<void> {
    const { cached } = await this.#cache.record(record.key, undefined, { force: true });
    if (cached.state !== "found" || cached.record.version <= record.version) return;
    const command = { ...this.#entry(record, readAt), expect: cached.record.version };
    await this.#cache.write([command], { force: true });
  }

  /** Makes the copy of a record that has moved into the cookie read as absent. */
  async release(key: string, version: number): Promise<void> {
    await this.#cache.write([release(key, version, now())]);
  }

  /**
   * Makes the copy of a record that the database has not read as absent, whatever its version: a failover has lost the row,
   * or its end did not reach the cache. A tombstone stays. No tombstone is put, since a replica that lags may have been asked.
   */
  async drop(key: string): Promise<void> {
    await this.#cache.write([release(key, TOMBSTONE_VERSION - 2, now())]);
  }

  /**
   * Puts a tombstone in the place of a copy, to outlive every other; also over a tombstone whose row could not be deleted.
   * @throws {SessionStoreError} when the cache has none afterwards: its clock, or this one, is wrong by more than clocks may
   *   differ.
   */
  async putTombstone(key: string, text: string): Promise<void> {
    // rule: a tombstone outlives every copy
    const command = tombstone(key, text, now() + this.#maxAge + MAX_CLOCK_SKEW);
    // rule: a tombstone is put in the place of a copy
    const isThere = (await this.#cache.write([command], { force: true })).includes(true) || text === TOMBSTONE_PENDING;
    if (!isThere) await this.completeTombstone(key);
  }

  /**
   * Says of a tombstone whose row could not be deleted that it has gone now.
   * @throws {SessionStoreError} when the cache has no tombstone.
   */
  async completeTombstone(key: string): Promise<void> {
    const command = tombstone(key, TOMBSTONE, now() + this.#maxAge + MAX_CLOCK_SKEW);
    const complete = { ...command, expect: TOMBSTONE_VERSION } as CacheCommand;
    if ((await this.#cache.write([complete], { force: true })).includes(true)) return;
    throw new SessionStoreError(
      "cache",
      "The cache did not keep the end of a session: compare its clock with this one.",
    );
  }

  #entry(record: SessionRecord, readAt: number): Extract<CacheCommand, { type: "put" }> {
    // rule: a copy in the cache ends with the read behind it (its deadline)
    const expiresAt = new Date(readAt + this.#maxAge);
    const value = recordText(record, readAt);
    return { type: "put", key: record.key, version: record.version, value, expiresAt };
  }
}
