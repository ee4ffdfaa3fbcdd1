/**
 * Faults with figures, on a real Redis and a real PostgreSQL that are started for it:
 *
 * `npm run faults -- cache [requests [which]]`, `npm run faults -- database [requests]`,
 * `npm run faults -- cleanup [rows]`, `npm run faults -- servers [requests]`. `which` is a part of a fault's name: `stalled`.
 */

import { type Running, startService } from "../support/service.js";
import { CACHE_FAULTS, type CacheReport, visitUnderFault } from "./cache-faults.js";
import { runCleanup } from "./cleanup-run.js";
import type { ServerUrls } from "./describe-with-both.js";
import { runServers } from "./servers-run.js";
import { STORE_FAULTS, visitUnderStoreFault } from "./store-faults.js";
import type { Visit } from "./visitors.js";

const VISITORS = 20;

/** How long a visitor thinks between two requests (milliseconds), so that the machine is not what is measured. */
const THINK = 20;

const whole = (count: number) => Math.round(count).toLocaleString("en");

function percentile(values: readonly number[], share: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1);
}

const times = (visits: readonly Visit[]) => visits.map(({ milliseconds }) => milliseconds);
const errors = (visits: readonly Visit[]) => visits.filter(({ error }) => error !== undefined).length;

function row(cells: readonly unknown[], widths: readonly number[]): void {
  console.log(
    cells
      .map((cell, i) => (i === 0 ? String(cell).padEnd(widths[i] ?? 0) : String(cell).padStart(widths[i] ?? 0)))
      .join("  "),
  );
}

let failures = 0;

async function cache(urls: ServerUrls, requests: number, which: string): Promise<void> {
  const traffic = { visitors: VISITORS, each: Math.ceil(requests / VISITORS / 2), think: THINK };
  const widths = [46, 9, 7, 9, 7, 7, 8, 9, 11];
  console.log(
    `${VISITORS} visitors; per fault half of the requests from its first moment, half when it has lasted. Times in ms.`,
  );
  row(["cache", "requests", "errors", "findings", "median", "p99", "slowest", "p99 later", "back after"], widths);
  const tell = (name: string, { during, later, findings, recovered }: CacheReport) => {
    const visits = [...during, ...later];
    failures += errors(visits) + findings.length;
    const figures = [0.5, 0.99, 1].map((share) => percentile(times(during), share));
    const back = recovered === 0 ? "" : recovered.toFixed(0);
    row(
      [name, visits.length, errors(visits), findings.length, ...figures, percentile(times(later), 0.99), back],
      widths,
    );
  };
  tell(
    "none: the database alone, healthy",
    await visitUnderFault({ ...urls, transport: undefined }, undefined, traffic),
  );
  for (const transport of ["kv", "redis"] as const) {
    tell(`${transport}: healthy`, await visitUnderFault({ ...urls, transport }, undefined, traffic));
    for (const fault of CACHE_FAULTS.filter(
      ({ name, transports }) => name.includes(which) && transports.includes(transport),
    )) {
      tell(`${transport}: ${fault.name}`, await visitUnderFault({ ...urls, transport }, fault, traffic));
    }
  }
  console.log(
    "Goals: 0 errors, 0 findings; p99 at most that of the database alone + 120 ms, later (breaker open) + 5 ms.",
  );
}

async function database(urls: ServerUrls, requests: number): Promise<void> {
  const traffic = { visitors: VISITORS, each: Math.ceil(requests / VISITORS) };
  const widths = [46, 6, 12, 7, 14, 13, 9, 11];
  console.log(`${VISITORS} visitors. A finding is a false "saved", a lost write, or somebody signed out.`);
  row(
    ["database", "reads", "reads failed", "writes", "writes refused", "lost replies", "findings", "back after"],
    widths,
  );
  for (const fault of STORE_FAULTS) {
    const { visits, findings, lostReplies, after, recovered } = await visitUnderStoreFault(
      { ...urls, transport: "redis" },
      fault,
      traffic,
    );
    const reads = visits.filter(({ errand }) => errand === "read");
    const writes = visits.filter(({ errand }) => errand !== "read");
    failures += errors(reads) + findings.length + errors(after);
    row(
      [
        fault.name,
        reads.length,
        errors(reads),
        writes.length,
        errors(writes),
        lostReplies,
        findings.length,
        recovered.toFixed(0),
      ],
      widths,
    );
  }
}

async function cleanup({ postgresUrl }: ServerUrls, expired: number): Promise<void> {
  console.log(
    `${whole(expired)} expired rows and ${whole(expired / 10)} live ones; one cleanup that stops early, then two at once.`,
  );
  const started = performance.now();
  const progress = (deleted: number) => {
    const seconds = ((performance.now() - started) / 1_000).toFixed(0);
    process.stdout.write(`\r${whole(deleted)} deleted, ${seconds} s `);
  };
  const report = await runCleanup({ postgresUrl, expired, live: Math.ceil(expired / 10), progress });
  const { commitsBefore, commitsMeanwhile, heap, ...rest } = report;
  console.log();
  console.log(rest);
  const commits = (values: readonly number[]) =>
    `${whole(values.length)}: median ${percentile(values, 0.5)} ms, p99 ${percentile(values, 0.99)} ms, slowest ${percentile(values, 1)} ms`;
  console.log(`${whole(report.deleted / report.seconds)} rows a second (goal 20,000)`);
  console.log(`commits before:    ${commits(commitsBefore)}`);
  console.log(`commits meanwhile: ${commits(commitsMeanwhile)}`);
  console.log(`heap after each tenth, in MB: ${heap.join(", ")}`);
  failures += report.liveLost + report.writesLost + report.prolongedLost + report.leftOver;
}

async function servers(urls: ServerUrls, requests: number): Promise<void> {
  const { failed, findings, ...figures } = await runServers(urls, { requests, kills: 4 });
  console.log({ ...figures, failed: failed.length, findings: findings.length });
  for (const what of [...failed, ...findings].slice(0, 10)) console.error(what);
  failures += failed.length + findings.length;
}

const PARTS = {
  cache: { run: cache, size: 2_000 },
  database: { run: database, size: 200 },
  cleanup: { run: cleanup, size: 100_000 },
  servers: { run: servers, size: 4_000 },
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
const services: Running[] = [];
try {
  for (const service of ["postgres-durable", "redis"] as const) services.push(await startService(service));
  const [postgres, redis] = services as [Running, Running];
  await part.run({ postgresUrl: postgres.url, redisUrl: redis.url }, size, which);
} finally {
  await Promise.all(services.map((service) => service.stop()));
}
if (failures > 0) console.error(`${failures} of what must not be.`);
process.exit(failures > 0 ? 1 : 0);
