/**
 * Prints the table of parity: each promise with the tests that meet it. Exits with 1 when one has no passing test.
 *
 * `npm run parity` runs all tests first; `npm run parity -- report.json` reads what
 * `vitest run --reporter=json --outputFile=report.json` wrote.
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { formatTable, parityTable } from "./table.js";

const OUTPUT = ".spillway/tests.json";

function runTests(): string {
  mkdirSync(".spillway", { recursive: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${OUTPUT}`];
  const { error } = spawnSync("npx", ["vitest", "run", ...reporters], { stdio: ["ignore", "inherit", "inherit"] });
  if (error) throw error;
  return OUTPUT;
}

const report = JSON.parse(readFileSync(process.argv[2] ?? runTests(), "utf8"));
const rows = parityTable(report);
console.log(formatTable(rows));
process.exitCode = rows.every(({ isMet }) => isMet) ? 0 : 1;
