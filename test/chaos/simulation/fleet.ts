/** A fleet: simulations on all cores of the machine. */

import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { Tally } from "./batch.js";

/** What a process is to do. */
export interface Order {
  /** The rule that the library breaks; none when it is as it is. */
  readonly rule?: string | undefined;
  /** The first seed, and how many. */
  readonly first: number;
  readonly count: number;
  /** Stop at the first seed that fails. */
  readonly untilFailure: boolean;
}

/**
 * Carries orders out, as many at a time as there are cores.
 *
 * @param next the next order; undefined when there is none left.
 * @param done told what became of each, in the order in which they end.
 * @throws when a process fails, as it does when a change cannot be made.
 */
export async function carryOut<Kind extends Order>(
  next: () => Kind | undefined,
  done: (order: Kind, tally: Tally) => void,
): Promise<void> {
  await Promise.all(Array.from({ length: availableParallelism() }, () => workThrough(next, done)));
}

async function workThrough<Kind extends Order>(
  next: () => Kind | undefined,
  done: (order: Kind, tally: Tally) => void,
): Promise<void> {
  // A process, not a thread: whatever makes TypeScript run in this one is passed on to it.
  const process = fork(fileURLToPath(new URL("./fleet-process.ts", import.meta.url)));
  try {
    for (let order = next(); order; order = next()) done(order, await answer(process, order));
  } finally {
    process.kill();
  }
}

function answer(process: ChildProcess, order: Order): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`A process of the fleet ended (${code}).`));
    process.once("exit", ended);
    process.once("message", (tally) => {
      process.off("exit", ended);
      resolve(tally as Tally);
    });
    process.send(order);
  });
}
