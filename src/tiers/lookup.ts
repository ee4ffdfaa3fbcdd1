/** Looking up a record: what a reader asks for, what it is told, and when a miss is lag rather than absence. */

import { SessionStoreError } from "../errors.js";
import { now } from "../util/clock.js";
import { MAX_CLOCK_SKEW } from "../util/expiry.js";
import type { SessionRecord } from "./store.js";

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
  /** Whether a tombstone stands under the key: the session was ended. */
  readonly revoked: boolean;
  /** Whether the cache answered. */
  readonly cached: boolean;
  readonly quick: Readonly<Record<string, string>>;
}

/** What is found where no quick values are looked for. */
export const NO_QUICK_VALUES: Found["quick"] = Object.freeze({});

/** How long after sealing a miss may be replication lag (milliseconds). */
const LAG = 10_000;

/**
 * Refuses an answer that is older than what the browser was promised a moment ago.
 * @param version the version that was found, -1 when none was. An older one is lag for longer than none is: for as long as
 *   the clocks of two servers may differ.
 * @param durable whether a database answered.
 * @throws {SessionStoreError} when it may be lag.
 */
export function rejectLag(version: number, wanted: Wanted, durable: boolean): void {
  const { atLeast = 0, sealedAt, knownAt = sealedAt } = wanted;
  if (version >= atLeast || sealedAt === undefined || knownAt === undefined) return;
  const at = now();
  // rule: what replicas do not have yet is lag, and no absence
  if (version < 0 ? at - sealedAt > LAG : at - knownAt > MAX_CLOCK_SKEW) return;
  throw new SessionStoreError(
    durable ? "store" : "cache",
    "The session was committed a moment ago and cannot be seen yet (replication lag). Try the request again.",
  );
}
