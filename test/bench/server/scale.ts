/** Part "scale": the same requests among 10³ to 10⁵ other sessions; with `--million` among 10⁶ as well. */

import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "../../../generated/postgresql/client.js";
import { median } from "../measure.js";
import { benchSession, nextVisits } from "../payload.js";
import type { Part, Report, Row } from "../report.js";
import { type ServerContender, serverContenders, type Visitor } from "./contenders.js";
import { type Services, startServices } from "./services.js";

const EFFORT = {
  full: { counts: [1_000, 10_000, 100_000], visitors: 50, rounds: 200 },
  quick: { counts: [100, 1_000], visitors: 2, rounds: 2 },
} as const;

/** How many sessions there are with `--million`, which takes some minutes and two gigabytes. */
const MILLION = 1_000_000;

const BYTES = 1_000;
/** How many are put in at a time. */
const BATCH = 10_000;

/** Measures a read and a write of sessions among many, in both servers. */
export const benchScale: Part = async (effort, progress) => {
  const { counts, visitors, rounds } = EFFORT[effort];
  const all = process.argv.includes("--million") ? [...counts, MILLION] : counts;
  const services = await startServices();
  const contenders = await serverContenders(services);
  const database = new PrismaClient({ adapter: new PrismaPg({ connectionString: services.postgresUrl }) });
  try {
    const crowds = new Map<ServerContender, Visitor[]>();
    for (const contender of contenders) {
      const crowd: Visitor[] = [];
      while (crowd.length < visitors) crowd.push(await contender.begin(benchSession(BYTES)));
      crowds.set(contender, crowd);
    }
    const reads: Row[] = [];
    const writes: Row[] = [];
    let filled = 0;
    for (const count of all) {
      for (; filled < count; filled = Math.min(filled + BATCH, count)) {
        await fill(services, database, filled + 1, Math.min(filled + BATCH, count));
        progress(filled / Math.max(...all));
      }
      for (const [contender, crowd] of crowds) {
        const name = `${contender.name}, among ${count.toLocaleString("en")}`;
        reads.push({ name, value: await timed(crowd, rounds, (visitor) => visitor.read()) });
        writes.push({ name, value: await timed(crowd, rounds, (visitor) => visitor.write(nextVisits())) });
      }
    }
    progress(1);
    const report = (title: string, rows: readonly Row[]): Report => ({
      title: `${title} ${BYTES.toLocaleString("en")} bytes on the server, among so many other sessions`,
      unit: "µs",
      rows,
      goals: [],
    });
    return [report("Read", reads), report("Read, change and save", writes)];
  } finally {
    await database.$disconnect();
    for (const contender of contenders) await contender.close();
    await services.stop();
  }
};

/** Puts copies of one row into the table, and as many texts of its size into Redis. */
async function fill({ redis }: Services, database: PrismaClient, from: number, to: number): Promise<void> {
  await database.$executeRawUnsafe(
    `INSERT INTO "Session"
     SELECT (jsonb_populate_record(one, jsonb_build_object('key', md5(n::text), 'idHash', md5(n::text)))).*
     FROM "Session" one, generate_series(${from}, ${to}) n WHERE one.key = (SELECT min(key) FROM "Session" WHERE data IS NOT NULL)`,
  );
  await redis.eval(
    "for n = ARGV[1], ARGV[2] do redis.call('SET', 'other:' .. n, ARGV[3]) end",
    0,
    from,
    to,
    JSON.stringify(benchSession(BYTES)),
  );
}

/** The median of so many requests, in microseconds; visitors take turns. */
async function timed(crowd: readonly Visitor[], rounds: number, request: (visitor: Visitor) => Promise<unknown>) {
  const samples: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    await request(crowd[round % crowd.length] as Visitor);
    samples.push((performance.now() - started) * 1000);
  }
  return median(samples);
}
