/** Telling replication lag from loss: when an answer that is older than what a browser was promised stands. */

import { SessionStoreError } from "../../errors.js";
import { now, type Stopwatch } from "../../util/clock.js";
import { MAX_CLOCK_SKEW } from "../../util/expiry.js";
import type { Wanted } from "./lookup.js";

/**
 * How long what is missing may be replication lag (milliseconds). A replica that is further behind is broken, and what a
 * failover has lost does not come back.
 */
const LAG = 10_000;

/** How many keys are watched. One that is forgotten is watched anew. */
const WATCHED = 1_000;

/** An answer that was older than wanted, and since when it has been the same. */
interface Late {
  readonly version: number;
  readonly atLeast: number;
  readonly since: Stopwatch;
  /** Since it was last met. */
  readonly met: Stopwatch;
  isTold: boolean;
}

/** What this process has met of answers that were older than wanted, by key. */
export class LagWatch {
  readonly #late = new Map<string, Late>();

  /**
   * Judges an answer. An older one stands when this process has met nothing else for 10 seconds, by a clock that cannot be
   * set, or when it is older than clocks may differ.
   *
   * @param version the version that was found, -1 when none was.
   * @param asked since when the answer was waited for: it is of no later time, though this process may have slept since.
   * @param durable whether a database answered.
   * @returns `current`: it is as new as wanted. `older`: it is older and stands, since the newer one was lost. `known`: the
   *   same, and this process has been told so before.
   * @throws {SessionStoreError} when it may be lag.
   */
  judge(
    key: string,
    version: number,
    wanted: Wanted,
    asked: Stopwatch,
    durable: boolean,
  ): "current" | "older" | "known" {
    const { atLeast = 0, sealedAt, knownAt = sealedAt } = wanted;
    if (version >= atLeast || sealedAt === undefined || knownAt === undefined) {
      if (version >= (this.#late.get(key)?.atLeast ?? 0)) this.#late.delete(key);
      return "current";
    }
    const late = this.#meet(key, version, atLeast, asked);
    const askedAt = now() - asked.elapsed;
    const isOld = version < 0 ? askedAt - sealedAt > LAG : askedAt - knownAt > MAX_CLOCK_SKEW;
    // rule: what replicas do not have yet is lag, and no absence
    if (isOld || late.since.elapsed - asked.elapsed > LAG) {
      const verdict = late.isTold ? "known" : "older";
      late.isTold = true;
      return verdict;
    }
    throw new SessionStoreError(
      durable ? "store" : "cache",
      "The session was committed a moment ago and cannot be seen yet (replication lag). Try the request again.",
    );
  }

  /** Has an older answer judged anew: what followed from it could not be done. */
  forget(key: string): void {
    const late = this.#late.get(key);
    if (late) late.isTold = false;
  }

  #meet(key: string, version: number, atLeast: number, met: Stopwatch): Late {
    const before = this.#late.get(key);
    // What was lost stays lost, however far the older state has gone on since.
    const isSame =
      before?.atLeast === atLeast && (before.version === version || (before.isTold && before.version < version));
    // What was met once and then long not again tells nothing of the time between.
    const since = isSame && before.met.elapsed - met.elapsed <= MAX_CLOCK_SKEW ? before.since : met;
    const late = { version, atLeast, since, met, isTold: isSame && before.isTold };
    this.#late.delete(key);
    this.#late.set(key, late);
    if (this.#late.size > WATCHED) this.#late.delete(this.#late.keys().next().value as string);
    return late;
  }
}
