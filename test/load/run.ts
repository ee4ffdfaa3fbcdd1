/**
 * Load with figures, on a real PostgreSQL and a real Redis that are started for it:
 *
 * `npm run load -- increments [count [clients]]`, `npm run load -- tabs [commits]`.
 */

import { Redis } from "ioredis";
import { prismaStore } from "spillway/stores/prisma";
import { redisCache } from "spillway/stores/redis";
import { postgresDatabase } from "../support/databases.js";
import { startService } from "../support/service.js";
import { type IncrementLoad, runIncrements } from "./increments.js";
import { runTabs } from "./tabs.js";

const [what = "increments", count, clients = "64"] = process.argv.slice(2);

async function increments(name: string, options: IncrementLoad["options"]): Promise<number> {
  const asked = Number(count ?? 100_000);
  const progress = (acknowledged: number) => console.log(`${name}: ${acknowledged} of ${asked}`);
  const report = await runIncrements({ options, clients: Number(clients), increments: asked, progress });
  const lost = report.acknowledged - report.count;
  console.log(
    `${name}: ${report.acknowledged} increments by ${clients} clients, ${lost} lost, ${report.keysKept} of their own keys kept, ` +
      `${report.conflicts} conflicts repeated, ${report.seconds.toFixed(1)} s`,
  );
  return lost;
}

const redis = await startService("redis");
const cache = new Redis(redis.url);
let failures = 0;
if (what === "increments") {
  const postgres = await startService("postgres");
  const { client, log, drop } = await postgresDatabase(postgres.url);
  const keepLogEmpty = setInterval(() => log.clear(), 1000);
  failures += await increments("PostgreSQL", { store: prismaStore(client.session) });
  clearInterval(keepLogEmpty);
  await drop();
  await postgres.stop();
  failures += await increments("Redis alone", { cache: redisCache(cache) });
} else {
  const { commits, logouts, lost } = await runTabs(redisCache(cache), Number(count ?? 1000), Math.random);
  console.log(`Redis alone, two tabs: ${commits} commits, ${logouts} logouts, ${lost} lost`);
  failures += logouts + lost;
}
cache.disconnect();
await redis.stop();
process.exitCode = failures === 0 ? 0 : 1;
