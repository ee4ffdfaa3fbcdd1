/** The tiers of a deployment: a database with or without a cache in front of it, or a cache alone. */

import { SessionStoreError } from "../errors.js";
import type { CacheCommand, SessionCache } from "./cache.js";
import { type CachedRecord, cachedStore, readEntry, release, tombstone } from "./cached-store.js";
import { now } from "./clock.js";
import type { Emit } from "./events.js";
import { ROW_GRACE } from "./expiry.js";
import { Guard } from "./guard.js";
import { recordText, TOMBSTONE, TOMBSTONE_PENDING, TOMBSTONE_VERSION } from "./record-text.js";
import type { ServerSettings } from "./server-settings.js";
import type { BatchFilter, SessionChange, SessionRecord, SessionStore } from "./store.js";

/** What a reader needs of a record. */
export interface Wanted {
  /** The lowest version that may be answered: an older entry of the cache is a miss. Default 0. */
  readonly atLeast?: number;
  /** Ask the arbiter, not the cache. Default false. */
  readonly fresh?: boolean;
  /** Fetch the quick values under this key in the same round trip. */
  readonly quickKey?: string | undefined;
  /** When the reference was sealed: what is missing shortly after that is lag, not absence. */
  readonly sealedAt?: number;
}

/** What a read found. `revoked`: a tombstone stands there. */
export interface Found {
  readonly record: SessionRecord | undefined;
  readonly revoked: boolean;
  readonly cached: boolean;
  readonly quick: Readonly<Record<string, string>>;
}

/** How long after sealing a miss may be replication lag (milliseconds). */
const LAG = 10_000;

const NONE: Readonly<Record<string, string>> = Object.freeze({});

/**
 * All access to what the server keeps. Reads go through the cache and refill it; writes go to the arbiter (the
 * database, else the cache itself) and are then published; a removal is acknowledged when both tiers have it.
 */
export class Tiered {
  /** Whether a database arbitrates; otherwise the cache does. */
  readonly durable: boolean;
  readonly #store: SessionStore;
  readonly #cache: SessionCache | undefined;
  readonly #storeGuard: Guard;
  readonly #cacheGuard: Guard;
  readonly #cacheMaxAge: number;
  readonly #emit: Emit;

  constructor(server: Pick<ServerSettings, "store" | "cache" | "cacheMaxAge" | "guards">, emit: Emit) {
    const { store, cache, cacheMaxAge, guards } = server;
    this.durable = store !== undefined;
    this.#cache = cache;
    this.#cacheMaxAge = cacheMaxAge;
    this.#emit = emit;
    this.#storeGuard = new Guard(this.durable ? "store" : "cache", guards.store, emit);
    this.#cacheGuard = new Guard("cache", this.durable ? guards.cache : guards.store, emit);
    if (store) this.#store = store;
    else if (cache) this.#store = cachedStore(cache, cacheMaxAge + ROW_GRACE, now);
    else throw new TypeError("Tiers need a store or a cache.");
  }

  /** The record under `key`. Absence is an answer; @throws {SessionStoreError} when nothing is known. */
  async load(key: string, wanted: Wanted = {}): Promise<Found> {
    if (!this.#cache || (wanted.fresh && this.durable)) return this.#fromStore(key, wanted, NONE);
    const cache = this.#cache;
    let found: { cached: CachedRecord; quick: Found["quick"] } | undefined;
    try {
      found = await this.#cacheGuard.run(async () => {
        const { entry, quick } = await cache.read(key, wanted.quickKey);
        return { cached: readEntry(key, entry), quick };
      });
    } catch (error) {
      if (!this.durable) throw error;
    }
    if (!found) return this.#fromStore(key, wanted, NONE);
    const { cached, quick } = found;
    if (cached.state === "ended") {
      if (cached.text === TOMBSTONE_PENDING) await this.#honour(key);
      return { record: undefined, revoked: true, cached: true, quick };
    }
    if (cached.state === "found" && cached.record.version >= (wanted.atLeast ?? 0) && this.#isCurrent(cached.readAt)) {
      return { record: cached.record, revoked: false, cached: true, quick };
    }
    if (cached.state === "corrupt") this.#emit("corrupt", { tier: "cache", handle: key });
    return this.durable ? this.#refill(key, wanted, cached, quick) : this.#missing(cached, wanted, quick);
  }

  /** The quick values under a key, for a session that has no record. None when the cache fails: they may be lost. */
  async quick(quickKey: string): Promise<Found["quick"]> {
    const cache = this.#cache;
    if (!cache) return NONE;
    try {
      return (await this.#cacheGuard.run(() => cache.read(quickKey, quickKey))).quick;
    } catch {
      return NONE;
    }
  }

  /** The record with this id hash, from the arbiter. */
  find(idHash: string): Promise<SessionRecord | undefined> {
    return this.#storeGuard.run(() => this.#store.find(idHash));
  }

  /** Adds a record to the arbiter; false when its key is taken. {@link publish} makes it known. */
  insert(record: SessionRecord): Promise<boolean> {
    return this.#storeGuard.run(() => this.#store.insert(record));
  }

  /** Compare and set in the arbiter; false when another came first. {@link publish} makes it known. */
  update(base: SessionRecord, change: SessionChange): Promise<boolean> {
    return this.#storeGuard.run(() => this.#store.update(base, change));
  }

  /**
   * Makes a committed record known to the cache, and runs `more` in the same round trip. A cache that fails is reported
   * and left behind: the reference in the cookie turns its older entry into a miss.
   */
  async publish(record: SessionRecord | undefined, more: readonly CacheCommand[] = []): Promise<boolean> {
    const cache = this.#cache;
    const commands = record && this.durable ? [this.#entry(record, now()), ...more] : more;
    if (!cache || commands.length === 0) return true;
    try {
      await this.#cacheGuard.run(() => cache.write(commands));
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Ends a record everywhere: the row goes, then a tombstone outlives every copy in the cache.
   * @returns whether there was a row.
   * @throws {SessionStoreError} after having done what could be done, when one of the tiers did not acknowledge it.
   */
  async remove(key: string): Promise<boolean> {
    const row = await settle(this.#storeGuard.run(() => this.#store.delete(key), true));
    if (!this.durable || !this.#cache) return unwrap(row);
    const buried = await settle(this.#bury(key, row.ok ? TOMBSTONE : TOMBSTONE_PENDING));
    const removed = unwrap(row);
    if (!buried.ok) {
      throw new SessionStoreError(
        "cache",
        `The session has ended in the store, but the cache did not acknowledge it: cached copies may answer for at most ${this.#cacheMaxAge / 1000} seconds (\`cacheMaxAge\`).`,
        "unknown",
        { cause: buried.error },
      );
    }
    return removed;
  }

  /**
   * Deletes a record that has moved into the cookie, if it still has that version. No tombstone: an earlier cookie that
   * holds both the data and the reference stays good.
   */
  async release(key: string, version: number): Promise<boolean> {
    const released = await this.#storeGuard.run(() => this.#store.delete(key, version));
    if (released && this.durable) await this.publish(undefined, [release(key, version, now())]);
    return released;
  }

  /** The records of a user, oldest first, without data. */
  list(userId: string): Promise<SessionRecord[]> {
    return this.#storeGuard.run(() => this.#store.list(userId));
  }

  /** Deletes one batch; see {@link SessionStore.deleteBatch}. */
  deleteBatch(filter: BatchFilter, limit: number): Promise<number> {
    return this.#storeGuard.run(() => this.#store.deleteBatch(filter, limit));
  }

  /** Puts a record into the cache, and fails when it cannot: for what a revocation rests on. */
  async publishSurely(record: SessionRecord): Promise<void> {
    const cache = this.#cache;
    if (cache && this.durable) await this.#cacheGuard.run(() => cache.write([this.#entry(record, now())]), true);
  }

  #entry(record: SessionRecord, readAt: number, expect?: number): CacheCommand {
    const expiresAt = new Date(Math.min(readAt + this.#cacheMaxAge, record.expiresAt.getTime()));
    const value = recordText(record, readAt);
    const command = { type: "put", key: record.key, version: record.version, value, expiresAt } as const;
    return expect === undefined ? command : { ...command, expect };
  }

  async #fromStore(key: string, wanted: Wanted, quick: Found["quick"]): Promise<Found> {
    const record = await this.#storeGuard.run(() => this.#store.get(key));
    if (record) this.#refuseLag(record.version, wanted);
    return { record, revoked: false, cached: false, quick };
  }

  /** A miss: the database answers, and the cache learns it, with the time at which the reading began. */
  async #refill(key: string, wanted: Wanted, cached: CachedRecord, quick: Found["quick"]): Promise<Found> {
    const cache = this.#cache as SessionCache;
    const readAt = now();
    const found = await this.#fromStore(key, wanted, quick);
    if (found.record) {
      const expect = cached.state === "corrupt" ? cached.version : undefined;
      const entry = this.#entry(found.record, readAt, expect);
      await settle(this.#cacheGuard.run(() => cache.write([entry])));
    }
    return found;
  }

  /** Nothing usable in the cache, and no database behind it. */
  #missing(cached: CachedRecord, wanted: Wanted, quick: Found["quick"]): Found {
    if (cached.state === "corrupt") {
      throw new SessionStoreError("cache", "An entry of the session cache cannot be read. It was left as it is.");
    }
    this.#refuseLag(-1, wanted);
    return { record: undefined, revoked: false, cached: true, quick };
  }

  #refuseLag(version: number, { atLeast = 0, sealedAt }: Wanted): void {
    if (version >= atLeast || sealedAt === undefined || now() - sealedAt > LAG) return;
    throw new SessionStoreError(
      this.durable ? "store" : "cache",
      "The session was committed a moment ago and cannot be seen yet (replication lag). Try the request again.",
    );
  }

  #isCurrent(readAt: number): boolean {
    return !this.durable || now() - readAt < this.#cacheMaxAge;
  }

  async #bury(key: string, text: string): Promise<void> {
    const cache = this.#cache as SessionCache;
    const command = tombstone(key, text, now() + this.#cacheMaxAge + ROW_GRACE);
    const again = { ...command, expect: TOMBSTONE_VERSION } as CacheCommand;
    await this.#cacheGuard.run(() => cache.write(text === TOMBSTONE ? [command, again] : [command]), true);
  }

  /** Deletes the row that a tombstone says was left behind. */
  async #honour(key: string): Promise<void> {
    const row = await settle(this.#storeGuard.run(() => this.#store.delete(key)));
    if (row.ok) await settle(this.#bury(key, TOMBSTONE));
  }
}

type Settled<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

function settle<T>(work: Promise<T>): Promise<Settled<T>> {
  return work.then(
    (value) => ({ ok: true, value }),
    (error: unknown) => ({ ok: false, error }),
  );
}

function unwrap<T>(settled: Settled<T>): T {
  if (settled.ok) return settled.value;
  throw settled.error;
}
