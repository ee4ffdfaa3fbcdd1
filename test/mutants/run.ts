/**
 * Mutation testing: `npm run mutants -- [room…]` (default: all of {@link ROOMS}) changes the sources of a room in every small
 * way, one at a time, runs the room's tests, and names the changes that none of them notices. Exits 1 when a room's score is
 * below 90 %. A room takes from minutes (`cookie`) to hours (`session`); `npm run mutants -- session/token cookie/jar` takes a
 * folder and a file.
 */

import { statSync } from "node:fs";
import { relative } from "node:path";
import { Stryker } from "@stryker-mutator/core";
import { ROOMS, TESTS, testsOf } from "./rooms.js";

/** The score below which a room fails, in percent. */
const GOAL = 90;

/** What notices a change is killed or times out; what no test runs, or none notices, is left. */
const KILLED = ["Killed", "Timeout"];
const LEFT = ["Survived", "NoCoverage"];

const chosen = process.argv.slice(2);
let isMet = true;
for (const room of chosen.length > 0 ? chosen : Object.keys(ROOMS).filter((name) => !name.includes("/"))) {
  const tests = testsOf(room);
  if (!tests) throw new TypeError(`Usage: npm run mutants -- [${Object.keys(ROOMS).join(" | ")}]…`);
  process.env[TESTS] = tests.join(",");
  const results = await new Stryker({
    mutate: [isFolder(`src/${room}`) ? `src/${room}/**/*.ts` : `src/${room}*.ts`],
    testRunner: "vitest",
    plugins: ["@stryker-mutator/vitest-runner"],
    vitest: { configFile: "test/mutants/vitest.config.ts", related: false },
    coverageAnalysis: "perTest",
    // What is made once, while a module is loaded, would need all tests again for each change.
    ignoreStatic: true,
    ignorePatterns: ["docs", "dist", ".next", ".spillway", "test/{fixtures,shapes,e2e}"],
    // Stryker rewrites it by an API that TypeScript 7 does not have. Nothing here reads it.
    tsconfigFile: "none",
    tempDirName: ".spillway/mutants",
    reporters: ["progress-append-only"],
    // On a busy machine as well: a test that is slow has not noticed anything.
    timeoutMS: 60_000,
    dryRunTimeoutMinutes: 60,
  }).runMutationTest();
  const counted = (statuses: readonly string[]) => results.filter(({ status }) => statuses.includes(status));
  const left = counted(LEFT);
  const killed = counted(KILLED).length;
  for (const { fileName, location, mutatorName, replacement, status } of left) {
    const { line, column } = location.start;
    console.log(
      `${relative(process.cwd(), fileName)}:${line + 1}:${column + 1}  ${status}  ${mutatorName}: ${replacement?.replaceAll(/\s+/g, " ").slice(0, 80)}`,
    );
  }
  const score = (100 * killed) / Math.max(killed + left.length, 1);
  console.log(`${room}: ${killed} of ${killed + left.length} mutants found, ${score.toFixed(1)} %`);
  isMet &&= score >= GOAL;
}
process.exitCode = isMet ? 0 : 1;

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
