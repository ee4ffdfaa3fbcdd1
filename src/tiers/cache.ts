/** The contract of a cache (KV): entries where the higher version wins, quick values, and sets. */

import { SessionStoreError } from "../errors.js";

/** One entry. Only key, version and deadline mean something to the cache. */
export interface CacheEntry {
  readonly key: string;
  /** A whole number, at most `Number.MAX_SAFE_INTEGER`. */
  readonly version: number;
  /** Opaque text. */
  readonly value: string;
}

/**
 * One command of a batch. All that expires does so at an absolute moment, so that a process that was frozen cannot
 * bring anything back late; a deadline that has passed stores nothing.
 */
export type CacheCommand =
  /**
   * Stores an entry: only over a lower version or none; with `expect`, only over exactly that version (0: only where
   * there is none). Answers whether it was stored.
   */
  | {
      readonly type: "put";
      readonly key: string;
      readonly version: number;
      readonly value: string;
      readonly expiresAt: Date;
      readonly expect?: number;
    }
  /** Removes an entry, a set or a hash of quick values, whatever its version. Answers true. */
  | { readonly type: "remove"; readonly key: string }
  /** Adds quick values to a hash of their own. Answers true. */
  | {
      readonly type: "quick";
      readonly key: string;
      readonly values: Readonly<Record<string, string>>;
      readonly expiresAt: Date;
    }
  /** Takes quick values away where they still are as given (they were folded into a commit). Answers true. */
  | { readonly type: "fold"; readonly key: string; readonly values: Readonly<Record<string, string>> }
  /**
   * Adds a member to a set until a deadline, or takes it away. A deadline, of a member or of the set, only ever moves
   * later. Members whose deadline has passed leave the set at the latest when the next one joins. Answers true.
   */
  | { readonly type: "join"; readonly key: string; readonly member: string; readonly expiresAt: Date }
  | { readonly type: "leave"; readonly key: string; readonly member: string };

/**
 * What a call rejects with that the cache has refused for what it carries: a value that is too large, or more than there
 * is room for. The cache itself is well, and goes on to be asked.
 */
export class CacheRefusalError extends SessionStoreError {
  constructor(message: string, outcome: "failed" | "unknown" = "failed", options?: ErrorOptions) {
    super("cache", message, outcome, options);
  }
}

/**
 * What a read rejects with when a key holds something that no command of this contract has put there. This is told as
 * `corrupt`, and where there is a database, that answers and its record takes the place.
 */
export class ForeignEntryError extends CacheRefusalError {}

/** What one read found. */
export interface CacheRead {
  /** Undefined when there is none, or its deadline has passed. */
  readonly entry: CacheEntry | undefined;
  /** Empty when there are none, when none were asked for, or when they cannot be read: they may be lost. */
  readonly quick: Readonly<Record<string, string>>;
}

/** What a cache reports about its server. What it cannot report, or may not, is undefined. */
export interface CacheServer {
  /** The server's time. */
  readonly now: Date | undefined;
  /** What it forgets when its memory is full: `noeviction`, `allkeys-lru` and so on. */
  readonly evictionPolicy: string | undefined;
  /** The memory that it may take, in bytes; 0: as much as the machine has. */
  readonly maxMemory: number | undefined;
}

/**
 * A store that may forget at any time. Absence is an answer; an error means that the cache failed. Each method is one
 * round trip. What was stored is returned byte for byte.
 */
export interface SessionCache {
  /** An entry, and the quick values under `quickKey` when that is given. */
  read(key: string, quickKey?: string): Promise<CacheRead>;
  /**
   * Runs the commands: those of one key in order, those of different keys in any. The answers come in the order of the
   * commands. Rejects when one of them fails, whatever became of the others.
   */
  write(commands: readonly CacheCommand[]): Promise<boolean[]>;
  /** The members of a set, in any order; empty when there is none. Those whose deadline has long passed are left out. */
  members(key: string): Promise<string[]>;
  /** What its server is like, for diagnosis. A cache that has no server need not have it. */
  describe?(): Promise<CacheServer>;
}
