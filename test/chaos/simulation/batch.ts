/** Batches: the runs of consecutive seeds, and what became of them. */

import { drawPlan } from "./draw.js";
import type * as Library from "./library.js";
import { simulate } from "./simulate.js";

/** A run in which an invariant did not hold. */
export interface Failure {
  readonly seed: number;
  readonly violation: string;
}

/** What became of runs, together. */
export interface Tally {
  readonly runs: number;
  /** Events, requests answered, and how many of these with an error. */
  readonly steps: number;
  readonly answered: number;
  readonly errors: number;
  readonly failures: readonly Failure[];
}

export const NOTHING: Tally = { runs: 0, steps: 0, answered: 0, errors: 0, failures: [] };

/** Two tallies as one. */
export function added(one: Tally, other: Tally): Tally {
  return {
    runs: one.runs + other.runs,
    steps: one.steps + other.steps,
    answered: one.answered + other.answered,
    errors: one.errors + other.errors,
    failures: [...one.failures, ...other.failures],
  };
}

/** Runs so many seeds from the first one on, one after the other; with `untilFailure`, no more once one has failed. */
export async function runBatch(
  library: typeof Library,
  first: number,
  count: number,
  untilFailure = false,
): Promise<Tally> {
  let tally = NOTHING;
  for (let seed = first; seed < first + count; seed++) {
    const { violation, steps, answered, errors } = await simulate(drawPlan(seed), library);
    const failures = violation === undefined ? [] : [{ seed, violation }];
    tally = added(tally, { runs: 1, steps, answered, errors, failures });
    if (untilFailure && violation !== undefined) break;
  }
  return tally;
}

/** One line that says it all. */
export function summary({ runs, steps, answered, errors, failures }: Tally): string {
  const whole = (count: number) => count.toLocaleString("en");
  return `${whole(runs)} runs, ${whole(steps)} steps, ${whole(answered)} requests answered (${whole(errors)} with an error), ${whole(failures.length)} violations`;
}
