/** Looking up a record: what a reader asks for, and what it is told. */

import type { SessionRecord } from "../store.js";

/** What a reader needs of a record. */
export interface Wanted {
  /** The lowest version that may be answered: an older entry of the cache is a miss. Default 0. */
  readonly atLeast?: number;
  /** Ask the arbiter, not the cache. Default false. */
  readonly fresh?: boolean;
  /** Fetch the quick values under this key in the same round trip. */
  readonly quickKey?: string | undefined;
  /** When the reference was sealed (milliseconds since 1970): what is missing shortly after that is lag, not absence. */
  readonly sealedAt?: number;
  /** When `atLeast` was known to be there; default `sealedAt`. */
  readonly knownAt?: number;
}

/** What a read found. */
export interface Found {
  readonly record: SessionRecord | undefined;
  /** Whether the key holds a tombstone: the session was ended. */
  readonly revoked: boolean;
  /** Whether the cache answered. */
  readonly cached: boolean;
  readonly quick: Readonly<Record<string, string>>;
}

/** What is found where no quick values are looked for. */
export const NO_QUICK_VALUES: Found["quick"] = Object.freeze({});
