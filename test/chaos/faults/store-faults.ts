/** What can go wrong with the database, and visits meanwhile. */

import { setTimeout as pause } from "node:timers/promises";
import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "../../../generated/postgresql/client.js";
import type { Fault } from "./fault-proxy.js";
import { arrive, findings, type Visit, visitAll } from "./visitors.js";
import { openWorld, type World, type WorldOptions } from "./world.js";

/** One way for a database to fail. */
export interface StoreFault {
  readonly name: string;
  /** Whether calls are not answered, or too late: only then is a short time limit needed, to have quick tests. */
  readonly isSilent: boolean;
  /** Whether the database takes no write while it lasts. */
  readonly refusesWrites: boolean;
  begin(world: World, options: WorldOptions): Promise<void>;
  end(world: World, options: WorldOptions): Promise<void>;
}

function onTheLine(name: string, fault: Fault): StoreFault {
  const begin = ({ storeLine }: World) => storeLine.set(fault);
  const isSilent = fault.type === "stall" || fault.type === "delay";
  return { name, isSilent, refusesWrites: true, begin, end: ({ storeLine }) => storeLine.set() };
}

/** Connections from now on can only read, as to a standby that has not been promoted yet. */
async function setReadOnly({ storeLine }: World, { postgresUrl }: WorldOptions, readOnly: boolean): Promise<void> {
  const server = new PrismaClient({ adapter: new PrismaPg({ connectionString: postgresUrl }) });
  const name = new URL(storeLine.url).pathname.slice(1);
  await server.$executeRawUnsafe(`ALTER DATABASE ${name} SET default_transaction_read_only = ${readOnly}`);
  await server.$disconnect();
  storeLine.cut();
}

const readOnly: StoreFault = {
  name: "read-only",
  isSilent: false,
  refusesWrites: true,
  begin: (world, options) => setReadOnly(world, options, true),
  end: (world, options) => setReadOnly(world, options, false),
};

/** How often the next reply to a write is lost (milliseconds). */
const LOSE_EVERY = 5;

function losingReplies(): StoreFault {
  let losing: NodeJS.Timeout;
  return {
    name: "losing replies to what it has committed",
    isSilent: false,
    refusesWrites: false,
    async begin({ storeLine }) {
      losing = setInterval(() => storeLine.loseReplies('UPDATE "public"."Session"'), LOSE_EVERY);
    },
    async end({ storeLine }) {
      clearInterval(losing);
      storeLine.loseReplies("", 0);
    },
  };
}

/** What is well may take its time on a busy machine. */
const PATIENT = "10s";

/** A database that is slower than this (milliseconds) has failed; far below the default, to have quick tests. */
export const STORE_TIMEOUT = 600;

/** All of them. */
export const STORE_FAULTS: readonly StoreFault[] = [
  onTheLine("stopped", { type: "refuse" }),
  onTheLine("stalled, and doing later what it was asked", { type: "stall" }),
  onTheLine("slower than `storeTimeout`", { type: "delay", milliseconds: 2 * STORE_TIMEOUT }),
  onTheLine("cut off in the middle of replies", { type: "truncate" }),
  readOnly,
  losingReplies(),
];

/** What happened under a fault. */
export interface StoreReport {
  readonly visits: readonly Visit[];
  readonly findings: readonly string[];
  /** How many replies were lost. */
  readonly lostReplies: number;
  /** The visits after the fault, until every visitor had written. */
  readonly after: readonly Visit[];
  /** After how many milliseconds without the fault that was done. */
  readonly recovered: number;
}

/** Visits while the database fails, and after. */
export async function visitUnderStoreFault(
  options: WorldOptions,
  fault: StoreFault,
  traffic: { readonly visitors: number; readonly each: number },
): Promise<StoreReport> {
  const storeTimeout = fault.isSilent ? STORE_TIMEOUT / 1000 : PATIENT;
  const server = { storeTimeout, cacheTimeout: PATIENT, ...options.server } as const;
  const world = await openWorld({ ...options, server });
  try {
    const visitors = await arrive(world, traffic.visitors);
    await visitAll(visitors, 10);
    await fault.begin(world, options);
    const visits = await visitAll(visitors, traffic.each);
    await fault.end(world, options);
    const ended = performance.now();
    const after: Visit[] = [];
    for (const visitor of visitors) {
      for (let tries = 0; tries < 100 && (await visitor.visit("write")).error !== undefined; tries++) await pause(50);
      after.push(await visitor.visit("read"), visitor.visits.at(-2) as Visit);
    }
    const { lostReplies } = world.storeLine;
    return { visits, findings: findings(visitors), lostReplies, after, recovered: performance.now() - ended };
  } finally {
    await fault.end(world, options);
    await world.close();
  }
}
