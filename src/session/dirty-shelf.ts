/** The shelf: where dirty data lies in the cache, under its own keys, until the database has it. */

import { SessionStoreError } from "../errors.js";
import type { CacheCommand, SessionCache } from "./cache.js";
import { now } from "./clock.js";
import { type Dirty, dirtyText, parseDirty } from "./dirty.js";
import type { Emit } from "./events.js";
import { MAX_LIFETIME, ROW_GRACE } from "./expiry.js";
import type { Guard } from "./guard.js";
import { RELEASED } from "./record-text.js";
import { settle } from "./settled.js";

/** What lies under a key: dirty data or none, and the version that the next write there has to find. */
export interface Shelved {
  readonly dirty: Dirty | undefined;
  /** 0 when there is no entry. */
  readonly version: number;
}

/** The set of the keys under which there may be dirty data: what the cleanup goes by. */
const KEYS = "dirty";

/** Dirty data in one cache. Each entry is written only over the version that the writer has seen. */
export class DirtyShelf {
  readonly #cache: SessionCache;
  readonly #guard: Guard;
  readonly #emit: Emit;

  constructor(cache: SessionCache, guard: Guard, emit: Emit) {
    this.#cache = cache;
    this.#guard = guard;
    this.#emit = emit;
  }

  /**
   * What lies there.
   * @param insist asks the cache even where it has failed a moment ago: nothing else knows.
   * @throws {SessionStoreError} when the cache fails, or what lies there cannot be read. It is left as it is.
   */
  async read(key: string, insist = false): Promise<Shelved> {
    const { entry } = await this.#guard.run(() => this.#cache.read(nameOf(key)), insist);
    if (!entry || entry.value === RELEASED) return { dirty: undefined, version: entry?.version ?? 0 };
    const dirty = parseDirty(key, entry.version, entry.value);
    if (dirty) return { dirty, version: entry.version };
    this.#emit("corrupt", { tier: "cache", handle: key });
    throw new SessionStoreError("cache", "A deferred write in the session cache cannot be read. It was left as it is.");
  }

  /** What lies there for one who only reads: nothing, when the cache fails or it cannot be read. */
  async peek(key: string): Promise<Dirty | undefined> {
    let shelved = await settle(this.read(key));
    if (!shelved.ok && this.#guard.isSlow) shelved = await settle(this.read(key, true));
    return shelved.ok ? shelved.value.dirty : undefined;
  }

  /**
   * Stores dirty data, over what `found` says lies there.
   * @param expiresAt when the session's row may be deleted.
   * @returns the data as it lies there now; undefined when another write came first.
   */
  async put(dirty: Omit<Dirty, "version">, found: Shelved, expiresAt: Date): Promise<Dirty | undefined> {
    const { key } = dirty;
    // By the clock, so that no later data of this key ever has a version that an earlier writer has seen; and never the
    // next one, which says that what was found was taken away.
    const version = Math.max(found.version + 2, now());
    const value = dirtyText(dirty);
    const answers = await this.#guard.run(
      () =>
        this.#cache.write([
          { type: "join", key: KEYS, member: key, expiresAt },
          { type: "put", key: nameOf(key), version, value, expiresAt, expect: found.version },
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
  async drop({ key, version }: Dirty): Promise<boolean | undefined> {
    const commands = [emptied(key, version, version + 1), emptied(key, version + 1, version + 1)];
    const dropped = await settle(this.#guard.run(() => this.#cache.write(commands)));
    return dropped.ok ? dropped.value.includes(true) : undefined;
  }

  /** Takes away whatever lies there, for a session that has ended: at best, since its row is gone too. */
  async forget(key: string): Promise<void> {
    await settle(this.#guard.run(() => this.#cache.write([{ type: "remove", key: nameOf(key) }])));
  }

  /** The keys under which there may be dirty data. */
  keys(): Promise<string[]> {
    return this.#guard.run(() => this.#cache.members(KEYS), true);
  }

  /**
   * Takes a key out of the set when nothing lies there, and puts it back when something does: what was read may have been
   * a replica's answer, what is written over an exact version is not.
   */
  async strike(key: string, { version }: Shelved): Promise<void> {
    const leave: CacheCommand = { type: "leave", key: KEYS, member: key };
    const empty = emptied(key, version, Math.max(version + 1, now()));
    const answers = await this.#guard.run(() => this.#cache.write([leave, empty]), true);
    if (answers[1]) return;
    const expiresAt = new Date(now() + MAX_LIFETIME);
    await this.#guard.run(() => this.#cache.write([{ type: "join", key: KEYS, member: key, expiresAt }]), true);
  }
}

/** What is left in the place of the data of this version. */
function emptied(key: string, expect: number, version: number): CacheCommand {
  const expiresAt = new Date(now() + ROW_GRACE);
  return { type: "put", key: nameOf(key), version, value: RELEASED, expiresAt, expect };
}

function nameOf(key: string): string {
  return `dirty:${key}`;
}
