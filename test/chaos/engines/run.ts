/**
 * Every engine, under each of its failures, with what visitors saw:
 *
 * `npm run engines -- [writes [which]]`: so many acknowledged writes for each engine and failure (10,000), for the engines
 * in whose name `which` occurs. With `--docs` the table is written into docs/engines.md.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { Goals, progress, whole } from "../../support/goals.js";
import { countCommands } from "./command-counts.js";
import { drive } from "./drive.js";
import { type Engine, NONE, type RunningEngine } from "./engine.js";
import { REDIS_ENGINES } from "./redis-engines.js";
import { isClean, promisesOf, type Row, type Skipped, tableOf } from "./report.js";
import { SQL_ENGINES } from "./sql-engines.js";

const words = process.argv.slice(2);
const [given = "10000", which = ""] = words.filter((word) => !word.startsWith("--"));
const writes = Number(given);
if (!Number.isSafeInteger(writes) || writes < 1) {
  console.error("Give a number of writes, and a part of an engine's name: npm run engines -- 10000 MariaDB");
  process.exit(2);
}
const goals = new Goals();
const rows: Row[] = [];
const skipped: Skipped[] = [];
const engines = [...REDIS_ENGINES, ...SQL_ENGINES].filter(({ name }) => name.includes(which));

async function begin(engine: Engine): Promise<RunningEngine | undefined> {
  progress(`${engine.name}: starting`);
  try {
    return await engine.start();
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    skipped.push({ engine, reason });
    console.log(`- ${engine.name}: skipped, ${reason}`);
    return undefined;
  }
}

async function driveAll(engine: Engine, running: RunningEngine): Promise<void> {
  for (const failure of [NONE, ...running.failures]) {
    const title = `${engine.name}, failure: ${failure.name}`;
    const started = performance.now();
    const counts = await drive({
      engine: running,
      failure,
      writes,
      progress: (written) => progress(`${title}: ${whole(written)} of ${whole(writes)}`),
    });
    progress();
    const losesWrites = failure.losesWrites ?? false;
    const seconds = (performance.now() - started) / 1_000;
    const row = { engine, version: running.version, failure: failure.name, losesWrites, counts, seconds };
    rows.push(row);
    const { written, lost, signedOut, letIn, revoked, stuck, refused } = counts;
    const told = `${whole(written)} writes in ${seconds.toFixed(0)} s, ${lost} lost${losesWrites ? " (allowed)" : ""}, ${signedOut} signed out, ${letIn} of ${revoked} revoked let in, ${stuck} stuck; ${refused} errors`;
    goals.hold(title, told, "none lost, signed out, let in or stuck", isClean(row));
  }
}

goals.begin();
for (const engine of engines) {
  const running = await begin(engine);
  if (!running) continue;
  try {
    await driveAll(engine, running);
  } finally {
    await running.stop();
  }
}
if (which === "") await countCommands(goals);
console.log(`\n${tableOf(rows)}`);
if (words.includes("--docs")) {
  const file = new URL("../../../docs/engines.md", import.meta.url);
  const parts = { table: tableOf(rows), promises: promisesOf(engines) };
  const text = readFileSync(file, "utf8").replace(
    /(<!-- (table|promises) -->\n).*?(<!-- end -->)/gs,
    (_, from, name: keyof typeof parts, to) => `${from}${parts[name]}\n${to}`,
  );
  writeFileSync(file, text);
}
const isMissing = skipped.length > 0 && process.env.CI === "true";
if (isMissing) console.error("With CI=true every engine has to be there.");
process.exit(isMissing ? 1 : goals.end());
