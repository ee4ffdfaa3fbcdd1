/**
 * Simulations on all cores, from seeds:
 *
 * `npm run simulate -- [count [first seed]]` (default 100,000 from 0) runs so many seeds; `npm run simulate -- seed <seed>`
 * runs one and tells all that happens. A seed that fails is printed, shrunk to a smaller plan that still fails, and what
 * happens in that is told. Exits 1 when an invariant did not hold.
 */

import { added, type Failure, NOTHING, runBatch, summary } from "./batch.js";
import { drawPlan } from "./draw.js";
import { carryOut, type Order } from "./fleet.js";
import { loadLibrary } from "./load-library.js";
import type { Plan } from "./plan.js";
import { shrink } from "./shrink.js";
import { simulate } from "./simulate.js";

/** So many seeds are given to a process at a time. */
const BATCH = 50;

/** So many failures are enough: no more seeds are tried. */
const ENOUGH = 10;

/** How often progress is shown (milliseconds). */
const PACE = 5000;

const MINUTE = 60_000;

const [what = "100000", which] = process.argv.slice(2);
if (what === "seed") await replay(whole(which));
else await runSeeds(whole(what), whole(which ?? "0"));

async function runSeeds(count: number, first: number): Promise<void> {
  let tally = NOTHING;
  let given = 0;
  const begun = performance.now();
  const shown = setInterval(() => {
    const left = ((performance.now() - begun) / tally.runs) * (count - tally.runs);
    const estimate = Number.isFinite(left) ? `, some ${Math.ceil(left / MINUTE)} min left` : "";
    console.log(`${summary(tally)}; ${tally.runs} of ${count}${estimate}`);
  }, PACE);
  const next = (): Order | undefined => {
    if (given >= count || tally.failures.length >= ENOUGH) return undefined;
    const order = { first: first + given, count: Math.min(BATCH, count - given), untilFailure: false };
    given += BATCH;
    return order;
  };
  await carryOut(next, (_, one) => {
    tally = added(tally, one);
    for (const { seed, violation } of one.failures) console.log(`seed ${seed}: ${firstLine(violation)}`);
  });
  clearInterval(shown);
  const [worst] = [...tally.failures].sort((a, b) => a.seed - b.seed);
  if (worst) await explain(worst);
  console.log(summary(tally));
}

/** Shrinks a seed that failed, and tells what happens in what is left. */
async function explain({ seed }: Failure): Promise<void> {
  const library = await loadLibrary();
  const plan = drawPlan(seed);
  const smaller = await shrink(plan, library);
  console.log(`\nseed ${seed}, shrunk from ${plan.items.length} items to ${smaller.items.length}:`);
  await tell(smaller);
}

async function replay(seed: number): Promise<void> {
  await tell(drawPlan(seed));
  const { failures } = await runBatch(await loadLibrary(), seed, 1);
  for (const failure of failures) await explain(failure);
}

/** Runs a plan, and tells all that happens. */
async function tell(plan: Plan): Promise<void> {
  const { trace, violation } = await simulate(plan, await loadLibrary(), true);
  for (const item of plan.items) console.log(JSON.stringify(item));
  for (const line of trace) console.log(line);
  console.log(violation ?? "all invariants hold");
  if (violation !== undefined) process.exitCode = 1;
}

function whole(text: string | undefined): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new TypeError("Usage: npm run simulate -- [count [first seed]], or npm run simulate -- seed <seed>");
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
