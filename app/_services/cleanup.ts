/** `npm run cleanup`: deletes the expired sessions of the application's database, and tells how far it is. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import nextEnv from "@next/env";
import ms from "ms";
import type { CleanupOptions, Duration } from "spillway";
import { bold, complain, dim, say } from "./progress.js";
import { localSecrets } from "./secrets.js";
import { LauncherError, readSettings } from "./settings.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** How often it tells, in milliseconds. */
const TELL_EVERY = 1_000;

/** How long a run of the cron route may take, in seconds: the default `budget`. */
const ROUTE_BUDGET = 20;

/** Fewer rows than one batch tell nothing of the pace. */
const TELLING = 1_000;

const whole = (count: number) => Math.round(count).toLocaleString("en");

/** Sets what the launcher would set, where the caller has set nothing else. */
function completeEnvironment(): void {
  nextEnv.loadEnvConfig(ROOT, false, { info: () => {}, error: complain });
  const { env } = process;
  const { databaseUrl, stateFolder, kv } = readSettings("demo", ROOT, env);
  const secrets = localSecrets(join(stateFolder, "secrets.env"));
  env.DATABASE_URL ||= databaseUrl;
  env.SESSION_SECRET ||= secrets.SESSION_SECRET;
  if (!kv) return;
  env.KV_REST_API_URL = `http://127.0.0.1:${kv.port}`;
  env.KV_REST_API_TOKEN = secrets.KV_REST_API_TOKEN;
}

function optionsFrom(words: string[]): { limit: number | undefined; budget: Duration } {
  const { values } = parseArgs({ args: words, options: { limit: { type: "string" }, budget: { type: "string" } } });
  const limit = values.limit === undefined ? undefined : Number(values.limit);
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit > 0)) {
    throw new LauncherError("--limit must be a number of rows, as 100000.");
  }
  const budget = values.budget ?? "1h";
  // A number without its unit would be milliseconds to `ms`, and seconds to Spillway.
  if (!(/[a-z]/i.test(budget) && ms(budget as ms.StringValue) > 0)) {
    throw new LauncherError("--budget must be a duration with its unit, as 10m.");
  }
  return { limit, budget: budget as Duration };
}

async function cleanUp(): Promise<void> {
  const { limit, budget } = optionsFrom(process.argv.slice(2));
  completeEnvironment();
  const { sessions } = await import("../_session/server.js");
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1_000;
  let told = started;
  const onProgress = (deleted: number) => {
    if (performance.now() - told < TELL_EVERY) return;
    told = performance.now();
    say(`${dim("…")} ${whole(deleted)} expired sessions deleted, ${whole(deleted / seconds())} a second`);
  };
  const options: CleanupOptions = { onProgress, budget };
  const { deleted, complete } = await sessions.cleanup(limit === undefined ? options : { ...options, limit });
  say(`${bold(`${whole(deleted)} expired sessions deleted`)} ${dim(`in ${seconds().toFixed(1)} s`)}`);
  if (deleted >= TELLING) {
    const perRun = whole((deleted / seconds()) * ROUTE_BUDGET);
    say(
      `At this pace the cron route deletes ${perRun} in a run of ${ROUTE_BUDGET} s: it has to be called once a day for`,
    );
    say(`every ${perRun} sessions that expire in a day.`);
  }
  if (!complete) say("There may be more: run it again for the rest.");
}

// The database client keeps its connections open; nothing is left to do once this is done.
cleanUp().then(
  () => process.exit(),
  (error: unknown) => {
    const isPlain = error instanceof LauncherError || (error as { code?: unknown }).code === "config";
    complain(isPlain ? (error as Error).message : String(error instanceof Error ? error.stack : error));
    process.exit(1);
  },
);
