/**
 * Faults with figures, on a real Redis and a real PostgreSQL that are started for it:
 *
 * `npm run faults -- cache [requests [which]]`, `npm run faults -- database [requests [which]]`,
 * `npm run faults -- cleanup [rows [snapshot]]`, `npm run faults -- servers [requests]`. `which` is a part of a fault's name: `stalled`.
 */

import { Goals } from "../../support/goals.js";
import { type Running, startService } from "../../support/service.js";
import { tellOfCache } from "./cache-figures.js";
import { tellOfCleanup } from "./cleanup-figures.js";
import { tellOfServers } from "./servers-figures.js";
import { tellOfStore } from "./store-figures.js";

const PARTS = {
  cache: { tell: tellOfCache, size: 2_000 },
  database: { tell: tellOfStore, size: 200 },
  cleanup: { tell: tellOfCleanup, size: 1_000_000 },
  servers: { tell: tellOfServers, size: 4_000 },
};

const [name, given, which = ""] = process.argv.slice(2);
const part = PARTS[name as keyof typeof PARTS];
const size = given === undefined ? part?.size : Number(given);
if (!part || size === undefined || !Number.isSafeInteger(size) || size < 1) {
  console.error(
    "Give a part and a number: npm run faults -- cache 4000 (or: database 400, cleanup 1000000, servers 10000)",
  );
  process.exit(2);
}
const goals = new Goals();
const services: Running[] = [];
try {
  for (const service of ["postgres-durable", "redis"] as const) services.push(await startService(service));
  const [postgres, redis] = services as [Running, Running];
  goals.begin();
  await part.tell(goals, { postgresUrl: postgres.url, redisUrl: redis.url }, size, which);
} finally {
  await Promise.all(services.map((service) => service.stop()));
}
process.exit(goals.end());
