/** The shelf: where dirty data lies in the cache, under its own keys, until the database has it. */

import { SessionStoreError } from "../errors.js";
import type { CacheCommand, SessionCache } from "./cache.js";
import { now } from "../util/clock.js";
import { type DeferredWrite, deferredText, parseDeferred } from "./deferred-write.js";
import type { Emit } from "../events.js";
import { MAX_CLOCK_SKEW } from "../util/expiry.js";
import type { CircuitBreaker } from "./circuit-breaker.js";
import { RELEASED } from "./cache-entry.js";
import { settle } from "../util/outcome.js";

/** What lies under a key: dirty data or none, and the version that the next write there has to find. */
export interface Shelved {
  readonly dirty: DeferredWrite | undefined;
  /** 0 when there is no entry. */
  readonly version: number;
}

/** Data that may lie there: of this session, in this version. */
export interface Waiting {
  readonly key: string;
  readonly version: number;
}

/**
 * The set of all data that may lie there, which the cleanup goes by. Every version of a session's data is a member of its
 * own, so that forgetting one, however late that arrives, forgets no other.
 */
const ALL = "dirty";

/** DeferredWrite data in one cache. Each entry is written only over the version that the writer has seen. */
export class DeferredBuffer {
  readonly #cache: SessionCache;
  readonly #breaker: CircuitBreaker;
  readonly #emit: Emit;

  constructor(cache: SessionCache, guard: CircuitBreaker, emit: Emit) {
    this.#cache = cache;
    this.#breaker = guard;
    this.#emit = emit;
  }

  /**
   * What lies there.
   * @param insist asks the cache even where it has failed a moment ago: nothing else knows.
   * @throws {SessionStoreError} when the cache fails, or what lies there cannot be read. It is left as it is.
   */
  async read(key: string, insist = false): Promise<Shelved> {
    const { entry } = await this.#breaker.run(() => this.#cache.read(nameOf(key)), insist);
    if (!entry || entry.value === RELEASED) return { dirty: undefined, version: entry?.version ?? 0 };
    const dirty = parseDeferred(key, entry.version, entry.value);
    if (dirty) return { dirty, version: entry.version };
    this.#emit("corrupt", { tier: "cache", handle: key });
    throw new SessionStoreError("cache", "A deferred write in the session cache cannot be read. It was left as it is.");
  }

  /** What lies there for one who only reads: nothing, when the cache fails or it cannot be read. */
  async peek(key: string): Promise<DeferredWrite | undefined> {
    let shelved = await settle(this.read(key));
    if (!shelved.ok && this.#breaker.isSlow) shelved = await settle(this.read(key, true));
    return shelved.ok ? shelved.value.dirty : undefined;
  }

  /**
   * Stores dirty data, over what `found` says lies there.
   * @param expiresAt when the session's row may be deleted.
   * @returns the data as it lies there now; undefined when another write came first.
   */
  async put(
    dirty: Omit<DeferredWrite, "version">,
    found: Shelved,
    expiresAt: Date,
  ): Promise<DeferredWrite | undefined> {
    const { key } = dirty;
    // By the clock, which repairAll() goes by, so that no later data of this key ever has a version that an earlier writer
    // has seen; and never the next one, which says that what was found was taken away.
    const version = Math.max(found.version + 2, now());
    const value = deferredText(dirty);
    const answers = await this.#breaker.run(
      () =>
        this.#cache.write([
          { type: "join", key: ALL, member: memberOf(key, version), expiresAt },
          // rule: deferred writes are built on one another
          { type: "put", key: nameOf(key), version, value, expiresAt, expect: found.version },
          // Whether that was stored or not: what was found lies there no longer.
          { type: "leave", key: ALL, member: memberOf(key, found.version) },
        ]),
      true,
    );
    return answers[1] ? { ...dirty, version } : undefined;
  }

  /**
   * Takes dirty data away, unless more has been added to it. What is left reads as absent and is gone 15 minutes later,
   * since clocks may differ by as much. Returns whether it is gone, also when another, or a command that the client has
   * sent twice, came first; undefined when the cache did not say.
   */
  async drop({ key, version }: DeferredWrite): Promise<boolean | undefined> {
    const commands = [emptied(key, version, version + 1), emptied(key, version + 1, version + 1)];
    // rule: what is discarded is what was looked at
    const dropped = await settle(this.#breaker.run(() => this.#cache.write(commands)));
    return dropped.ok ? dropped.value.includes(true) : undefined;
  }

  /** Takes away whatever lies there, for a session that has ended: at best, since its row is gone too. */
  async forget(key: string): Promise<void> {
    await settle(this.#breaker.run(() => this.#cache.write([{ type: "remove", key: nameOf(key) }])));
  }

  /** What may lie there. */
  async waiting(): Promise<Waiting[]> {
    const members = await this.#breaker.run(() => this.#cache.members(ALL), true);
    return members.flatMap((member) => {
      const [version, key] = member.split(" ");
      return key === undefined ? [] : [{ key, version: Number(version) }];
    });
  }

  /** Forgets of data that it may lie there. Of what was put over it that is told apart. */
  async strike({ key, version }: Waiting): Promise<void> {
    await this.#breaker.run(
      () => this.#cache.write([{ type: "leave", key: ALL, member: memberOf(key, version) }]),
      true,
    );
  }
}

function memberOf(key: string, version: number): string {
  return `${version} ${key}`;
}

/** What is left in the place of the data of this version. */
function emptied(key: string, expect: number, version: number): CacheCommand {
  const expiresAt = new Date(now() + MAX_CLOCK_SKEW);
  return { type: "put", key: nameOf(key), version, value: RELEASED, expiresAt, expect };
}

function nameOf(key: string): string {
  return `dirty:${key}`;
}
