/**
 * Load with figures, on a real PostgreSQL and a real Redis that are started for it:
 *
 * `npm run load -- increments [count [clients]]`, `npm run load -- tabs [commits]`.
 */

import { Redis } from "ioredis";
import { prismaStore } from "spillway/stores/prisma";
import { redisCache } from "spillway/stores/redis";
import { postgresDatabase } from "../../support/databases.js";
import { Goals, progress, whole } from "../../support/goals.js";
import { startService } from "../../support/service.js";
import { type IncrementLoad, runIncrements } from "./increments.js";
import { runTabs } from "./tabs.js";

const [what = "increments", given, clients = "64"] = process.argv.slice(2);
const count = Number(given ?? (what === "tabs" ? 1000 : 100_000));
if (!["increments", "tabs"].includes(what) || !(count > 0) || !(Number(clients) > 0)) {
  console.error("Give a part and numbers: npm run load -- increments 100000 64 (or: tabs 1000)");
  process.exit(2);
}
const goals = new Goals();

/** All from one process; and a tenth from two, whose requests do not take turns but meet at the row. */
async function increments(name: string, options: IncrementLoad["options"]): Promise<void> {
  await incrementsOf(name, { options, clients: Number(clients), increments: count });
  const tenth = { options, clients: Number(clients), increments: Math.ceil(count / 10), servers: 2 };
  await incrementsOf(`${name}, two servers`, tenth);
}

async function incrementsOf(name: string, load: IncrementLoad): Promise<void> {
  const tell = (acknowledged: number) => progress(`${name}: ${whole(acknowledged)} of ${whole(load.increments)}`);
  const report = await runIncrements({ ...load, progress: tell });
  progress();
  const { acknowledged, conflicts, seconds } = report;
  const writers = Math.min(load.increments, load.clients);
  console.log(
    `${name}: ${clients} clients, ${whole(acknowledged)} increments of one session in ${seconds.toFixed(1)} s, ` +
      `${whole(acknowledged / seconds)} a second; ${conflicts} requests were told of a conflict and repeated`,
  );
  goals.none(`${name}: lost of ${whole(acknowledged)} increments`, acknowledged - report.count);
  const { keysKept } = report;
  goals.hold(
    `${name}: keys of single clients kept, each written beside the count`,
    keysKept,
    writers,
    keysKept === writers,
  );
}

goals.begin();
const redis = await startService("redis");
const cache = new Redis(redis.url);
if (what === "increments") {
  console.log("PostgreSQL does not wait for the disk here (fsync=off), as in the tests.");
  const postgres = await startService("postgres");
  const { client, log, drop } = await postgresDatabase(postgres.url);
  const keepLogEmpty = setInterval(() => log.clear(), 1000);
  await increments("PostgreSQL", { store: prismaStore(client.session) });
  clearInterval(keepLogEmpty);
  await drop();
  await postgres.stop();
  await increments("Redis alone", { cache: redisCache(cache) });
} else {
  const { commits, logouts, lost, refused } = await runTabs(redisCache(cache), count, Math.random);
  console.log(`Redis alone: two tabs, ${whole(commits)} commits, their Set-Cookie headers delivered in random order`);
  goals.none("Redis alone: requests that found themselves signed out", logouts);
  goals.none("Redis alone: commits lost", lost);
  goals.none("Redis alone: cookies that a browser would refuse", refused);
}
cache.disconnect();
await redis.stop();
process.exitCode = goals.end();
