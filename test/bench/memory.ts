/** Part "memory": what a process keeps in mind does not grow with its visitors. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { defineSession } from "spillway";
import { memoryStore } from "spillway/stores/memory";
import { createSessions } from "spillway/web";
import { type BenchSession, benchSession, nextVisits } from "./payload.js";
import { atMost, type Part } from "./report.js";

const VISITORS = { full: 100_000, quick: 200 } as const;
/** How often the heap is looked at. */
const STEPS = 10;
/** By this step all that is bounded is full: the library remembers 10,000 checked sessions. */
const SETTLED = 2;

/** The most that may remain of a visitor, in bytes: a twentieth of the shortest thing that could be kept of one. */
const BYTES_A_VISITOR = 5;

/** Serves distinct visitors, each signed in once and coming back once, and looks at the heap in between. */
export const benchMemory: Part = async (effort, progress) => {
  const store = memoryStore();
  const sessions = createSessions(defineSession<BenchSession>({ secret: crypto.randomUUID() }), { store });
  const data = benchSession();
  const each = VISITORS[effort] / STEPS;

  async function serve(visitor: number): Promise<void> {
    const first = await sessions.open(new Headers());
    await first.session.set(data);
    await first.session.login(`user ${visitor}`);
    const cookies = new Map(first.setCookies.map((cookie) => [cookie.split("=")[0], cookie.split(";")[0]]));
    const again = await sessions.open(new Headers({ cookie: [...cookies.values()].join("; ") }));
    if (again.session.userId !== `user ${visitor}`) throw new Error("A visitor is not signed in.");
    await again.session.set("visits", nextVisits());
    // As cleanup would: the rows are the database's, and not what is measured.
    await store.delete(again.session.handle ?? "");
  }

  // What the first visitors have compiled and filled is not of the visitors.
  for (let visitor = 0; visitor < each / 10; visitor++) await serve(-visitor);
  const heaps = [heapBytes()];
  for (let step = 0; step < STEPS; step++) {
    for (let visitor = 0; visitor < each; visitor++) await serve(step * each + visitor);
    heaps.push(heapBytes());
    progress((step + 1) / STEPS);
  }
  const grown = (from: number) => (heaps.at(-1) ?? 0) - (heaps[from] ?? 0);
  return [
    {
      title: `The heap while ${VISITORS[effort].toLocaleString("en")} visitors come, sign in and come back`,
      unit: "MB",
      rows: heaps.map((bytes, step) => ({
        name: `after ${(step * each).toLocaleString("en")}`,
        value: bytes / 1_000_000,
      })),
      goals: [
        atMost(
          `heap after ${VISITORS[effort].toLocaleString("en")} distinct sessions: MB more`,
          8,
          grown(0) / 1_000_000,
        ),
        atMost(
          "bytes that remain of each visitor, once the bounded memory is full",
          BYTES_A_VISITOR,
          grown(SETTLED) / ((STEPS - SETTLED) * each),
        ),
      ],
    },
  ];
};

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
