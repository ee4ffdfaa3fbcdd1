/** Sends visitors to an engine while it fails, and counts what they see. */

import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { defineSession } from "spillway";
import { createSessions } from "spillway/web";
import type { Failure, RunningEngine } from "./engine.js";
import { type Counts, newCounts } from "./tally.js";
import { type Basket, REVOCATION_DELAY, type Server, Visitor } from "./visitor.js";

/** How many visit at once. */
const VISITORS = 24;

/** How many servers there are, each with connections and a memory of its own. */
const SERVERS = 2;

/** How long all may take to be well again after a failure (milliseconds). */
const PATIENCE = 60_000;

/** What is well may take its time on a busy machine; what has failed is noticed. */
const TIMES = { storeTimeout: "10s", cacheTimeout: "2s", breaker: { failures: 5, pause: "1s" } } as const;

/** What was asked for, and what is told meanwhile. */
export interface Drive {
  readonly engine: RunningEngine;
  readonly failure: Failure;
  /** So many writes are acknowledged at least. */
  readonly writes: number;
  /** Told how many are, every now and then. */
  readonly progress?: (written: number) => void;
}

/** Drives an engine through one failure. It strikes when a third is written. */
export async function drive({ engine, failure, writes, progress }: Drive): Promise<Counts> {
  const counts = newCounts();
  const connections = [];
  for (let i = 0; i < SERVERS; i++) connections.push(await engine.connect());
  const secrets = connections.map(() => randomBytes(32).toString("base64url"));
  const servers: Server[] = connections.map(({ store, cache }, i) => {
    // Each opens what the others seal. What a process remembers goes by the first secret: each has a memory of its own.
    const definition = defineSession<Basket>({ secret: [...secrets.slice(i), ...secrets.slice(0, i)] });
    const tiers = { ...(store && { store }), ...(cache && { cache }) };
    return createSessions(definition, {
      ...tiers,
      ...TIMES,
      cookieThreshold: 0,
      revocationDelay: REVOCATION_DELAY / 1000,
    });
  });
  let struckAt = Number.POSITIVE_INFINITY;
  const mayBeLost = (moment: number) => failure.losesWrites === true && moment >= struckAt;
  const visitors = Array.from({ length: VISITORS }, (_, i) => new Visitor(servers, i, counts, mayBeLost));

  let isStruck = false;
  const striking = (async () => {
    while (counts.written < writes / 3) await pause(20);
    struckAt = performance.now();
    await failure.strike();
    isStruck = true;
  })();
  const visiting = visitors.map(async (visitor) => {
    while (counts.written < writes || !isStruck) {
      if (!(await visitor.visit())) await pause(20);
      progress?.(counts.written);
    }
  });
  try {
    await Promise.all([striking, ...visiting]);
    await Promise.all(visitors.map((visitor) => visitor.settle(PATIENCE)));
  } finally {
    for (const connection of connections) await connection.close();
  }
  return counts;
}
