/**
 * Whether simulations find what they are for: `npm run simulate:mutations -- [runs [rule]]` breaks each rule of the
 * protocol in turn (those whose name holds `rule`) and prints at which seed that is found, and by which invariant. Exits 1
 * when one is not found within so many runs (default 5,000).
 */

import { carryOut, type Order } from "./fleet.js";
import type { Mutation } from "./mutations/mutation.js";
import { MUTATIONS } from "./mutations.js";

const [runs = "5000", rule = ""] = process.argv.slice(2);
const count = Number(runs);
if (!Number.isSafeInteger(count) || count < 1)
  throw new TypeError("Usage: npm run simulate:mutations -- [runs [rule]]");

const row = (seed: string, name: string, found: string) =>
  console.log(`${seed.padStart(9)}  ${name.padEnd(70)}  ${found}`);

const chosen = MUTATIONS.filter((mutation) => mutation.rule.includes(rule));
const waiting = chosen.map((mutation): Order & { mutation: Mutation } => {
  return { mutation, rule: mutation.rule, first: 0, count, untilFailure: true };
});
const missed: string[] = [];
row("seed", "broken rule", "what does not hold");
await carryOut(
  () => waiting.shift(),
  ({ mutation }, { failures: [failure] }) => {
    if (!failure) missed.push(mutation.rule);
    const [violation = ""] = failure?.violation.replace("Violation: ", "").split("\n") ?? [];
    row(failure ? String(failure.seed) : "NOT FOUND", mutation.rule, violation);
  },
);
console.log(`${chosen.length - missed.length} of ${chosen.length} mutations found within ${count} runs`);
process.exitCode = missed.length === 0 ? 0 : 1;
