/**
 * The benchmark: `npm run bench` runs all of it, `npm run bench -- cookie memory` some parts, `--quick` only shows that
 * they run. Tables go to the standard output, progress to the other. `--json=FILE` keeps the results; `--docs` keeps them in
 * test/bench/results.json and makes the tables and plots of docs/performance.md of them.
 */

import { benchChecks } from "./checks.js";
import { benchCookie } from "./cookie.js";
import { writeDocumentation } from "./document.js";
import { benchMemory } from "./memory.js";
import { benchNext } from "./next.js";
import { format, type Part } from "./report.js";
import { machine, type PartResults, RESULTS, writeResults } from "./results.js";
import { benchSpill } from "./spill.js";

const PARTS: Readonly<Record<string, Part>> = {
  cookie: benchCookie,
  next: benchNext,
  spill: benchSpill,
  checks: benchChecks,
  memory: benchMemory,
};

const words = process.argv.slice(2);
const effort = words.includes("--quick") ? "quick" : "full";
const asked = words.filter((word) => !word.startsWith("--"));
const unknown = asked.find((word) => !(word in PARTS));
if (unknown !== undefined) {
  console.error(`There is no part "${unknown}". Parts: ${Object.keys(PARTS).join(", ")}.`);
  process.exit(2);
}

const { node, cpu } = machine();
console.log(`Node ${node}, ${cpu}\n`);
const results: Record<string, PartResults> = {};
let missed = 0;
for (const [name, part] of Object.entries(PARTS)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const on = machine();
  const reports = await part(effort, (share) => process.stderr.write(`\r${name} ${Math.round(share * 100)} % `));
  process.stderr.write(`\r${" ".repeat(20)}\r`);
  results[name] = { ...on, reports };
  for (const report of reports) {
    console.log(format(report));
    missed += report.goals.filter(({ met }) => !met).length;
  }
}
if (missed > 0) console.log(`${missed} goals were missed. On a busy machine, try again: medians need quiet rounds.`);
const file = words.find((word) => word.startsWith("--json="))?.slice("--json=".length);
if (file) writeResults(file, results);
if (words.includes("--docs")) {
  writeResults(RESULTS, results);
  writeDocumentation();
}
