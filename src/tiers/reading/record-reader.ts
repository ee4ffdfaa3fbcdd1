/** Reading a record: from the cache when it may answer, else from the arbiter, which then refills the cache. */

import { SessionStoreError } from "../../errors.js";
import type { Emit } from "../../events.js";
import { now, Stopwatch } from "../../util/clock.js";
import { settle, unwrap } from "../../util/outcome.js";
import type { Arbiter } from "../arbiter.js";
import { type CachedRecord, TOMBSTONE_PENDING } from "../cache-entry.js";
import type { ProtectedCache } from "../protected-cache.js";
import type { RowCache } from "../row-cache.js";
import type { SessionRecord } from "../store.js";
import { LagWatch } from "./lag-watch.js";
import { type Found, NO_QUICK_VALUES, type Wanted } from "./lookup.js";

/** Reads records for one deployment's {@link Tiers}. */
export class RecordReader {
  readonly #arbiter: Arbiter;
  readonly #cache: ProtectedCache | undefined;
  readonly #rowCache: RowCache | undefined;
  readonly #emit: Emit;
  readonly #lag = new LagWatch();

  constructor(
    arbiter: Arbiter,
    cache: ProtectedCache | undefined,
    /** Undefined where there is one tier alone. */
    rowCache: RowCache | undefined,
    emit: Emit,
  ) {
    this.#arbiter = arbiter;
    this.#cache = cache;
    this.#rowCache = rowCache;
    this.#emit = emit;
  }

  /** The record under `key`. Absence is an answer; @throws {SessionStoreError} when nothing is known. */
  async load(key: string, wanted: Wanted): Promise<Found> {
    const { durable } = this.#arbiter;
    if (!this.#cache || (wanted.fresh && durable)) return this.#fromArbiter(key, wanted, NO_QUICK_VALUES);
    const cache = this.#cache;
    const asked = new Stopwatch();
    let read = await settle(cache.record(key, wanted.quickKey));
    if (!read.ok && durable) {
      const stored = await settle(this.#fromArbiter(key, wanted, NO_QUICK_VALUES));
      if (stored.ok || cache.isDown) return unwrap(stored);
      // The cache may be avoided for being slow, and is all there is now.
      read = await settle(cache.record(key, wanted.quickKey, { force: true }));
      if (!read.ok) return unwrap(stored);
    }
    const { cached, quick } = unwrap(read);
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
    return durable ? this.#refill(key, wanted, cached, quick) : this.#missing(key, cached, wanted, asked, quick);
  }

  /**
   * Reads the row of a copy whose values cannot be read, and puts it in the copy's place unless it is no better.
   * Undefined when it is gone.
   */
  async correct(copy: SessionRecord): Promise<SessionRecord | undefined> {
    const readAt = now();
    const { record } = await this.#fromArbiter(copy.key, {}, NO_QUICK_VALUES);
    if (record && record.data !== copy.data) {
      this.#emit("corrupt", { tier: "cache", handle: copy.key });
      await settle(Promise.resolve(this.#rowCache?.refill(record, readAt, copy.version)));
    }
    return record;
  }

  async #fromArbiter(key: string, wanted: Wanted, quick: Found["quick"]): Promise<Found> {
    const readAt = now();
    const asked = new Stopwatch();
    // rule: a store that fails does not mean that there is nothing
    const record = await this.#arbiter.get(key);
    const verdict = record && this.#lag.judge(key, record.version, wanted, asked, true);
    if (record && verdict === "older") await this.#rollBack(record, readAt);
    return { record, revoked: false, cached: false, quick };
  }

  /** A miss: the database answers, and the cache learns it, with the time at which the reading began. */
  async #refill(key: string, wanted: Wanted, cached: CachedRecord, quick: Found["quick"]): Promise<Found> {
    const readAt = now();
    const found = await this.#fromArbiter(key, wanted, quick);
    const expect = cached.state === "corrupt" ? cached.version : undefined;
    if (found.record && this.#rowCache) await settle(this.#rowCache.refill(found.record, readAt, expect));
    if (!found.record && cached.state === "found" && this.#rowCache) await settle(this.#rowCache.drop(key));
    return found;
  }

  /** Nothing usable in the cache, and no database behind it. */
  #missing(key: string, cached: CachedRecord, wanted: Wanted, asked: Stopwatch, quick: Found["quick"]): Found {
    if (cached.state === "corrupt") {
      throw new SessionStoreError("cache", "An entry of the session cache cannot be read. It was left as it is.");
    }
    const record = cached.state === "found" ? cached.record : undefined;
    const isReleased = cached.state === "released";
    const verdict = isReleased ? "current" : this.#lag.judge(key, record?.version ?? -1, wanted, asked, false);
    if (record && verdict === "older") this.#emit("rolledBack", { handle: key });
    return { record, revoked: false, cached: true, quick };
  }

  /**
   * The store has lost what it had acknowledged, and the older row stands. A newer copy in the cache would be taken for the
   * next commit that gets its version: the row stands only once that copy is gone.
   * @throws {SessionStoreError} when the cache does not acknowledge that.
   */
  async #rollBack(record: SessionRecord, readAt: number): Promise<void> {
    const replaced = await settle(Promise.resolve(this.#rowCache?.replaceNewer(record, readAt)));
    if (!replaced.ok) this.#lag.forget(record.key);
    unwrap(replaced);
    this.#emit("rolledBack", { handle: record.key });
  }

  /** Deletes the row that a tombstone says was left behind. */
  async #finishRemoval(key: string): Promise<void> {
    const row = await settle(this.#arbiter.delete(key));
    if (row.ok && this.#rowCache) await settle(this.#rowCache.completeTombstone(key));
  }
}
