/** Part "clients": 1 to 256 browsers at a time on a real Redis and PostgreSQL, each with a session of its own. */

import { benchSession, nextVisits } from "../payload.js";
import type { Part, Row } from "../report.js";
import { type ServerContender, serverContenders, type Visitor } from "./contenders.js";
import { startServices } from "./services.js";

const EFFORT = {
  full: { clients: [1, 4, 16, 64, 256], sliceMs: 500, rounds: 3 },
  quick: { clients: [1, 4], sliceMs: 30, rounds: 1 },
} as const;

const BYTES = 20_000;
/** Every so many requests one saves. */
const WRITE_EVERY = 4;

/** Measures requests a second and how long the slowest of a hundred takes; contenders take turns. */
export const benchClients: Part = async (effort, progress) => {
  const { clients, sliceMs, rounds } = EFFORT[effort];
  const services = await startServices();
  const contenders = await serverContenders(services);
  try {
    const visitors = new Map<ServerContender, Visitor[]>();
    for (const contender of contenders) visitors.set(contender, await beginAll(contender, Math.max(...clients)));
    const rates: Row[] = [];
    const slowest: Row[] = [];
    for (const [done, count] of clients.entries()) {
      const latencies = new Map(contenders.map((contender) => [contender, [] as number[]]));
      const seconds = new Map(contenders.map((contender) => [contender, 0]));
      for (let round = 0; round < rounds; round++) {
        for (const contender of contenders) {
          const crowd = visitors.get(contender)?.slice(0, count) ?? [];
          const started = performance.now();
          latencies.get(contender)?.push(...(await serve(crowd, sliceMs)));
          seconds.set(contender, (seconds.get(contender) ?? 0) + (performance.now() - started) / 1000);
        }
      }
      for (const contender of contenders) {
        const mine = (latencies.get(contender) ?? []).sort((a, b) => a - b);
        const name = `${contender.name}, ${count} ${count === 1 ? "client" : "clients"}`;
        rates.push({ name, value: mine.length / (seconds.get(contender) || Number.NaN) });
        slowest.push({ name, value: mine[Math.floor(mine.length * 0.99)] ?? Number.NaN });
      }
      progress((done + 1) / clients.length);
    }
    const what = `${BYTES.toLocaleString("en")} bytes on the server, every ${WRITE_EVERY}th request saves`;
    return [
      { title: `${what}: requests a second`, unit: "/s", rows: rates, goals: [] },
      { title: `${what}: 99 of 100 are answered within`, unit: "ms", rows: slowest, goals: [] },
    ];
  } finally {
    for (const contender of contenders) await contender.close();
    await services.stop();
  }
};

async function beginAll(contender: ServerContender, count: number): Promise<Visitor[]> {
  const visitors: Visitor[] = [];
  while (visitors.length < count) visitors.push(await contender.begin(benchSession(BYTES)));
  return visitors;
}

/** Each visitor sends one request after the other. Gives how long each took, in milliseconds. */
async function serve(visitors: readonly Visitor[], sliceMs: number): Promise<number[]> {
  const latencies: number[] = [];
  const until = performance.now() + sliceMs;
  await Promise.all(
    visitors.map(async (visitor, index) => {
      for (let turn = index; performance.now() < until; turn++) {
        const started = performance.now();
        await (turn % WRITE_EVERY === 0 ? visitor.write(nextVisits()) : visitor.read());
        latencies.push(performance.now() - started);
      }
    }),
  );
  return latencies;
}
