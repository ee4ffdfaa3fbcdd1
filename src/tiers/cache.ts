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
  /** Removes an entry or a set, whatever its version. Answers true. */
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
  /** Adds a member to a set, or takes it away. The set's deadline only ever moves later. Answers true. */
  | { readonly type: "join"; readonly key: string; readonly member: string; readonly expiresAt: Date }
  | { readonly type: "leave"; readonly key: string; readonly member: string };

/**
 * What a read rejects with when something lies under the key that no command of this contract has put there. The cache
 * itself is well: this is told as `corrupt`, and where there is a database, that answers and its record takes the place.
 */
export class ForeignEntryError extends SessionStoreError {
  constructor(message: string) {
    super("cache", message);
  }
}

/** What one read found. */
export interface CacheRead {
  /** Undefined when there is none, or its deadline has passed. */
  readonly entry: CacheEntry | undefined;
  /** Empty when there are none, or when none were asked for. */
  readonly quick: Readonly<Record<string, string>>;
}

/** What a cache tells of its server. What it cannot tell, or may not, is undefined. */
export interface CacheServer {
  /** The server's time. */
  readonly now: Date | undefined;
  /** What it forgets when its memory is full: `noeviction`, `allkeys-lru` and so on. */
  readonly evictionPolicy: string | undefined;
}

/**
 * A store that may forget at any time. Absence is an answer; an error means that the cache failed. Each method is one
 * round trip. What was stored is returned byte for byte.
 */
export interface SessionCache {
  /** An entry, and the quick values under `quickKey` when that is given. */
  read(key: string, quickKey?: string): Promise<CacheRead>;
  /** Runs the commands in order. The answers come in the same order. */
  write(commands: readonly CacheCommand[]): Promise<boolean[]>;
  /** The members of a set, in any order; empty when there is none. */
  members(key: string): Promise<string[]>;
  /** What its server is like, for diagnosis. A cache that has no server need not have it. */
  describe?(): Promise<CacheServer>;
}
