/**
 * How quickly cleanup takes expired rows from a real PostgreSQL, next to live ones that are being written.
 *
 * `npm run bench:cleanup -- 1000000` (rows that have expired; default 100,000; a tenth as many are live)
 */

import { setTimeout as pause } from "node:timers/promises";
import { prismaStore } from "../../src/stores/prisma.js";
import { postgresDatabase } from "../support/databases.js";
import { startService } from "../support/service.js";

/** What one call of a cleanup route deletes at once. */
const BATCH = 10_000;

const megabytes = () => Math.round(process.memoryUsage().rss / 1_048_576);
const whole = (count: number) => Math.round(count).toLocaleString("en");

const expired = Number(process.argv[2] ?? 100_000);
if (!Number.isSafeInteger(expired) || expired < 1) throw new Error("The argument is a number of rows, as 1000000.");
const live = Math.ceil(expired / 10);

const server = await startService("postgres-durable");
try {
  await measure();
} finally {
  await server.stop();
}

async function measure(): Promise<void> {
  const { client, log, drop } = await postgresDatabase(server.url);
  const store = prismaStore(client.session);

  const seed = async (count: number, name: string, deadline: string) => {
    process.stdout.write(`Insert ${whole(count)} ${name} rows … `);
    const started = performance.now();
    await client.$executeRawUnsafe(`INSERT INTO "Session"
      SELECT '${name}' || i, md5('${name}' || i), NULL, NULL, NULL, CASE WHEN i % 3 = 0 THEN 'user' || i % 9999 END,
        repeat(md5(i::text), 30), 1, 'mark', at, at, at, ${deadline}, 'Mozilla/5.0', '192.0.2.1'
      FROM generate_series(1, ${count}) AS i, LATERAL (SELECT now() AT TIME ZONE 'UTC' - random() * interval '40 days' AS at) AS t`);
    console.log(`${whole(performance.now() - started)} ms`);
  };
  await seed(expired, "expired", "now() AT TIME ZONE 'UTC' - interval '1 hour' * (1 + random())");
  await seed(live, "live", "now() AT TIME ZONE 'UTC' + interval '1 hour' * (1 + random())");
  await client.$executeRawUnsafe('ANALYZE "Session"');

  let cleaning = true;
  const commits: number[] = [];
  const writer = (async () => {
    for (let i = 1; cleaning; i = (i % live) + 1) {
      const started = performance.now();
      const row = await store.get(`live${i}`);
      if (!row || !(await store.update(row, { data: `changed ${i}`, seenAt: new Date() }))) {
        throw new Error("A live row was taken, or a commit lost to nobody.");
      }
      commits.push(performance.now() - started);
      await pause(2);
    }
  })();

  const memoryBefore = megabytes();
  let memoryMost = memoryBefore;
  let gone = 0;
  const started = performance.now();
  for (let batch = BATCH; batch === BATCH; gone += batch) {
    batch = await store.deleteBatch("expired", BATCH);
    log.clear();
    memoryMost = Math.max(memoryMost, megabytes());
    const rate = (gone + batch) / ((performance.now() - started) / 1_000);
    process.stdout.write(`\rDeleted ${whole(gone + batch)} of ${whole(expired)}, ${whole(rate)} a second `);
  }
  const seconds = (performance.now() - started) / 1_000;
  cleaning = false;
  await writer;
  commits.sort((a, b) => a - b);
  const percentile = (share: number) => (commits[Math.floor((commits.length - 1) * share)] ?? 0).toFixed(1);
  console.log(`\n${whole(gone / seconds)} rows a second (goal 20,000), ${seconds.toFixed(1)} s in all`);
  console.log(
    `live rows deleted: ${live - (await client.session.count())} of ${whole(live)}, rows left over: ${expired - gone}`,
  );
  console.log(
    `${whole(commits.length)} commits meanwhile: median ${percentile(0.5)} ms, p99 ${percentile(0.99)} ms, slowest ${percentile(1)} ms`,
  );
  console.log(`memory: ${memoryBefore} MB before, at most ${memoryMost} MB`);
  await drop();
}
