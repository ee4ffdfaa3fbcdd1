/**
 * The benchmark: `npm run bench` runs all of it, `npm run bench -- cookie memory` some parts, `--quick` only shows that
 * they run, `--million` goes up to 10⁶ sessions. Tables go to the standard output, progress to the other. `--json=FILE` adds
 * the results to a file; `--docs` adds them to test/bench/results.json and makes the tables and plots of docs/performance.md of
 * all that stands there: parts may be run one by one.
 */

import { benchChecks } from "./checks.js";
import { benchCookie } from "./cookie.js";
import { writeDocumentation } from "./document.js";
import { benchMemory } from "./memory.js";
import { benchNext } from "./next.js";
import { format, formatGoals, type Goal, type Part } from "./report.js";
import { machine, type PartResults, RESULTS, writeResults } from "./results.js";
import { benchClients } from "./server/clients.js";
import { benchScale } from "./server/scale.js";
import { benchServer } from "./server/sizes.js";
import { benchSizes } from "./sizes.js";
import { benchSpill } from "./spill.js";
import { benchStart } from "./start.js";

const PARTS: Readonly<Record<string, Part>> = {
  sizes: benchSizes,
  start: benchStart,
  cookie: benchCookie,
  next: benchNext,
  spill: benchSpill,
  server: benchServer,
  clients: benchClients,
  scale: benchScale,
  checks: benchChecks,
  memory: benchMemory,
};

const words = process.argv.slice(2);
const effort = words.includes("--quick") ? "quick" : "full";
const file = words.find((word) => word.startsWith("--json="))?.slice("--json=".length);
const asked = words.filter((word) => !word.startsWith("--"));
const unknown = asked.find((word) => !(word in PARTS));
if (unknown !== undefined) {
  console.error(`There is no part "${unknown}". Parts: ${Object.keys(PARTS).join(", ")}.`);
  process.exit(2);
}

const { node, cpu } = machine();
console.log(`Node ${node}, ${cpu}\n`);
const goals: Goal[] = [];
for (const [name, part] of Object.entries(PARTS)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const on = machine();
  const started = performance.now();
  const reports = await part(effort, (share) => process.stderr.write(`\r${name} ${Math.round(share * 100)} % `));
  process.stderr.write(`\r${name} took ${Math.round((performance.now() - started) / 1000)} s\n`);
  const results: Record<string, PartResults> = { [name]: { ...on, reports } };
  // At once: what stops a later part loses nothing of this one.
  for (const kept of [file, words.includes("--docs") ? RESULTS : undefined]) if (kept) writeResults(kept, results);
  for (const report of reports) console.log(format(report));
  goals.push(...reports.flatMap((report) => report.goals));
}
console.log(formatGoals(goals));
if (goals.some(({ met }) => !met))
  console.log("On a busy machine, try what was missed again: medians need quiet rounds.");
if (words.includes("--docs")) writeDocumentation();
