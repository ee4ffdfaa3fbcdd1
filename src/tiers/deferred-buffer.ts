/** The deferred buffer: where writes wait in the cache, under keys of their own, until the database has them. */

import { SessionStoreError } from "../errors.js";
import type { Emit } from "../events.js";
import { now } from "../util/clock.js";
import { MAX_CLOCK_SKEW } from "../util/expiry.js";
import { settle } from "../util/outcome.js";
import type { CacheCommand } from "./cache.js";
import { RELEASED } from "./cache-entry.js";
import { type DeferredWrite, deferredText, parseDeferred } from "./deferred-write.js";
import type { CallOptions, ProtectedCache } from "./protected-cache.js";

/** What the buffer holds of a session, and the version that the next write there has to find. */
export interface Buffered {
  readonly write: DeferredWrite | undefined;
  /** 0 when there is no entry. */
  readonly version: number;
}

/** A member of the index: the buffer may hold this version of this session's deferred write. */
export interface Pending {
  readonly key: string;
  readonly version: number;
}

/** Writes that wait for the database. Where none ever does (`onStoreDown: "throw"`), {@link NO_DEFERRED_WRITES}. */
export interface DeferredWrites {
  /** Whether a write may wait at all. */
  readonly isOn: boolean;
  /**
   * What waits for a session. `force` asks the cache even where it has failed a moment ago: nothing else knows.
   * @throws {SessionStoreError} when the cache fails, or the entry cannot be read. It is left as it is.
   */
  read(key: string, options?: CallOptions): Promise<Buffered>;
  /** What waits for a session, for a request that only reads: nothing, when the cache fails or the entry cannot be read. */
  peek(key: string): Promise<DeferredWrite | undefined>;
  /**
   * Stores a deferred write over what `found` says the buffer holds.
   * @param expiresAt when the session's row may be deleted.
   * @returns the write as the buffer now holds it; undefined when another came first.
   */
  put(write: Omit<DeferredWrite, "version">, found: Buffered, expiresAt: Date): Promise<DeferredWrite | undefined>;
  /**
   * Discards a deferred write that the database has, or that has lost, unless more has been added to it. What is left
   * reads as absent and expires 15 minutes later, since clocks may differ by as much.
   * @returns whether it is gone, also when another request, or a command that the client sent twice, came first;
   *   undefined when the cache did not say.
   */
  discard(write: DeferredWrite): Promise<boolean | undefined>;
  /** Removes whatever waits for a session that has ended: with best effort, since its row is gone, too. */
  remove(key: string): Promise<void>;
  /** The index: all that may wait. */
  pending(): Promise<Pending[]>;
  /** Removes one version from the index of deferred writes; a newer version has a member of its own. */
  removeFromIndex(pending: Pending): Promise<void>;
}

/** The deferred writes of a deployment that defers none. */
export const NO_DEFERRED_WRITES: DeferredWrites = {
  isOn: false,
  read: async () => ({ write: undefined, version: 0 }),
  peek: async () => undefined,
  put: async () => undefined,
  discard: async () => undefined,
  remove: async () => {},
  pending: async () => [],
  removeFromIndex: async () => {},
};

/**
 * The set of all deferred writes that may wait, which the cleanup goes by. Every version of a session's write is a member
 * of its own, so that removing one, however late that arrives, removes no other.
 */
const INDEX = "deferred";

/** The deferred writes in one cache. Each entry is written only over the version that the writer has seen. */
export class DeferredBuffer implements DeferredWrites {
  readonly isOn = true;
  readonly #cache: ProtectedCache;
  readonly #emit: Emit;

  constructor(cache: ProtectedCache, emit: Emit) {
    this.#cache = cache;
    this.#emit = emit;
  }

  async read(key: string, options?: CallOptions): Promise<Buffered> {
    const entry = await this.#cache.read(nameOf(key), options);
    if (!entry || entry.value === RELEASED) return { write: undefined, version: entry?.version ?? 0 };
    const write = parseDeferred(key, entry.version, entry.value);
    if (write) return { write, version: entry.version };
    this.#emit("corrupt", { tier: "cache", handle: key });
    throw new SessionStoreError("cache", "A deferred write in the session cache cannot be read. It was left as it is.");
  }

  async peek(key: string): Promise<DeferredWrite | undefined> {
    let found = await settle(this.read(key));
    if (!found.ok && this.#cache.isSlow) found = await settle(this.read(key, { force: true }));
    return found.ok ? found.value.write : undefined;
  }

  async put(
    write: Omit<DeferredWrite, "version">,
    found: Buffered,
    expiresAt: Date,
  ): Promise<DeferredWrite | undefined> {
    const { key } = write;
    // By the clock, which the cleanup goes by, so that no later write of this session ever has a version that an earlier
    // writer has seen; and never the next one, which says that what was found was discarded.
    const version = Math.max(found.version + 2, now());
    const text = deferredText(write);
    // The index comes first: a member too many is harmless, and a write without one is found by no cleanup.
    await this.#cache.write([{ type: "join", key: INDEX, member: memberOf(key, version), expiresAt }], { force: true });
    const [stored] = await this.#cache.write(
      // rule: deferred writes are built on one another
      [{ type: "put", key: nameOf(key), version, value: text, expiresAt, expect: found.version }],
      { force: true },
    );
    // Whether that was stored or not, what was found is no longer there.
    await settle(this.#cache.write([{ type: "leave", key: INDEX, member: memberOf(key, found.version) }]));
    return stored ? { ...write, version } : undefined;
  }

  async discard({ key, version }: DeferredWrite): Promise<boolean | undefined> {
    const commands = [emptied(key, version, version + 1), emptied(key, version + 1, version + 1)];
    // rule: what is discarded is what was looked at
    const discarded = await settle(this.#cache.write(commands));
    return discarded.ok ? discarded.value.includes(true) : undefined;
  }

  async remove(key: string): Promise<void> {
    await settle(this.#cache.write([{ type: "remove", key: nameOf(key) }]));
  }

  async pending(): Promise<Pending[]> {
    const members = await this.#cache.members(INDEX, { force: true });
    return members.flatMap((member) => {
      const [version, key] = member.split(" ");
      return key === undefined ? [] : [{ key, version: Number(version) }];
    });
  }

  async removeFromIndex({ key, version }: Pending): Promise<void> {
    await this.#cache.write([{ type: "leave", key: INDEX, member: memberOf(key, version) }], { force: true });
  }
}

function memberOf(key: string, version: number): string {
  return `${version} ${key}`;
}

/** What is left in the place of the write of this version. */
function emptied(key: string, expect: number, version: number): CacheCommand {
  const expiresAt = new Date(now() + MAX_CLOCK_SKEW);
  return { type: "put", key: nameOf(key), version, value: RELEASED, expiresAt, expect };
}

function nameOf(key: string): string {
  return `deferred:${key}`;
}
