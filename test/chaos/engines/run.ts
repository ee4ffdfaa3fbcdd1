/**
 * Every engine, under each of its failures, with what visitors saw:
 *
 * `npm run engines -- [writes] [--only "Redis 8, redis"] [--failure "connections cut"] [--docs]`: so many acknowledged
 * writes for each engine and failure (10,000), of the engines in whose name and client `--only` occurs, and of the failures
 * that are called so. With `--docs` each row is written into docs/engines.md as it is finished.
 */

import { parseArgs } from "node:util";
import { Goals, progress, whole } from "../../support/goals.js";
import { countCommands } from "./command-counts.js";
import { writeRow } from "./docs-table.js";
import { drive } from "./drive.js";
import { type Engine, NONE, type RunningEngine } from "./engine.js";
import { REDIS_ENGINES } from "./redis-engines.js";
import { cellsOf, isClean, type Skipped, tableOf } from "./report.js";
import { SQL_ENGINES } from "./sql-engines.js";

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string", default: "" },
    failure: { type: "string" },
    docs: { type: "boolean", default: false },
  },
});
const [given = "10000"] = positionals;
const writes = Number(given);
if (!Number.isSafeInteger(writes) || writes < 1) {
  console.error("Give a number of writes, and a part of a row's name: npm run engines -- 10000 --only MariaDB");
  process.exit(2);
}
const goals = new Goals();
const rows: string[][] = [];
const skipped: Skipped[] = [];
const all = [...REDIS_ENGINES, ...SQL_ENGINES];

const isAsked = ({ name, client }: Engine) => `${name}, ${client}`.includes(options.only);

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
    if (options.failure !== undefined && failure.name !== options.failure) continue;
    const title = `${engine.name}, ${engine.client}, failure: ${failure.name}`;
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
    rows.push(cellsOf(row));
    if (options.docs) writeRow(row, all);
    const { written, lost, signedOut, letIn, revoked, stuck, refused } = counts;
    const told = `${whole(written)} writes in ${seconds.toFixed(0)} s, ${lost} lost${losesWrites ? " (allowed)" : ""}, ${signedOut} signed out, ${letIn} of ${revoked} revoked let in, ${stuck} stuck; ${refused} errors`;
    goals.hold(title, told, "none lost, signed out, let in or stuck", isClean(row));
  }
}

goals.begin();
for (const engine of all.filter(isAsked)) {
  const running = await begin(engine);
  if (!running) continue;
  try {
    await driveAll(engine, running);
  } finally {
    await running.stop();
  }
}
if (options.only === "" && options.failure === undefined) await countCommands(goals);
console.log(`\n${tableOf(rows)}`);
const isMissing = skipped.length > 0 && process.env.CI === "true";
if (isMissing) console.error("With CI=true every engine has to be there.");
process.exit(isMissing ? 1 : goals.end());
