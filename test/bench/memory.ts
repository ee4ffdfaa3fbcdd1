/** Part "memory": what a process keeps in mind does not grow with its visitors. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { defineSession } from "spillway";
import { memoryStore } from "spillway/stores/memory";
import { createSessions } from "spillway/web";
import { type BenchSession, benchSession, nextVisits } from "./payload.js";
import type { Part } from "./report.js";

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

  const heaps: number[] = [];
  const each = VISITORS[effort] / STEPS;
  for (let step = 1; step <= STEPS; step++) {
    for (let visitor = 0; visitor < each; visitor++) await serve(step * each + visitor);
    heaps.push(heapBytes());
    progress(step / STEPS);
  }
  const growth = ((heaps.at(-1) ?? 0) - (heaps[SETTLED - 1] ?? 0)) / ((STEPS - SETTLED) * each);
  return [
    {
      title: `The heap while ${VISITORS[effort].toLocaleString("en")} visitors come, sign in and come back`,
      unit: "MB",
      rows: heaps.map((bytes, index) => ({
        name: `after ${((index + 1) * each).toLocaleString("en")}`,
        value: bytes / 1_000_000,
      })),
      goals: [
        {
          text: `bytes that remain of each visitor, once the bounded memory is full: at most ${BYTES_A_VISITOR}`,
          figure: growth,
          met: growth <= BYTES_A_VISITOR,
        },
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
