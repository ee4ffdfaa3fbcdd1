/** What can go wrong with the cache while a database stands behind it, and visits meanwhile. */

import { setTimeout as pause } from "node:timers/promises";
import type { Fault } from "./fault-proxy.js";
import { arrive, findings, type Visit, type Visitor, visitAll } from "./visitors.js";
import { openWorld, type Transport, type World, type WorldOptions } from "./world.js";

/** One way for a cache to fail. */
export interface CacheFault {
  readonly name: string;
  /** Whether the cache is out of use meanwhile, or only forgets. */
  readonly isOutage: boolean;
  /** Over which transports it can be had. */
  readonly transports: readonly Transport[];
  begin(world: World): Promise<void>;
  end(world: World): Promise<void>;
  /** Whether it was really there: a fault that nobody met shows nothing. */
  met(world: World): Promise<boolean>;
}

const BOTH = ["kv", "redis"] as const;

function onTheLine(name: string, fault: Fault, transports: readonly Transport[] = BOTH): CacheFault {
  return {
    name,
    isOutage: true,
    transports,
    begin: ({ cacheLine }) => cacheLine.set(fault),
    end: ({ cacheLine }) => cacheLine.set(),
    met: async ({ events }) => events.some(([event]) => event === "unavailable"),
  };
}

const HTML = "<!doctype html><title>502</title><h1>Bad gateway</h1>";
const LIMIT = '{"error":"ERR max requests limit exceeded. Limit: 500000, Usage: 500000."}';

function httpAnswer(status: string, type: string, body: string): Fault {
  const head = `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\nConnection: close`;
  return { type: "answer", bytes: `${head}\r\n\r\n${body}` };
}

/** How often something is done to the cache while it is in use (milliseconds). */
const EVERY = 5;

/** Something that is done to Redis again and again until the fault ends. */
function again(name: string, work: (world: World) => Promise<unknown>, met: CacheFault["met"]): CacheFault {
  let ended: AbortController | undefined;
  let working: Promise<void> | undefined;
  return {
    name,
    isOutage: false,
    transports: BOTH,
    async begin(world) {
      ended = new AbortController();
      const { signal } = ended;
      working = (async () => {
        for (; !signal.aborted; await pause(EVERY)) await work(world);
      })();
    },
    async end({ redis }) {
      ended?.abort();
      await working;
      await redis.config("SET", "maxmemory", "0");
    },
    met,
  };
}

/** A number from what Redis tells of itself. */
async function told({ redis }: World, section: string, name: string): Promise<number> {
  return Number(new RegExp(`${name}:(\\d+)`).exec(await redis.info(section))?.[1]);
}

function flushing(): CacheFault {
  let lost = 0;
  const flush = async ({ redis }: World) => {
    lost += await redis.dbsize();
    await redis.flushall();
  };
  return again("flushed again and again", flush, async () => lost > 10);
}

/** So much memory is left when eviction begins, and so much is written each time: nothing stays for long. */
const ROOM = 64 * 1024;

/** Others fill the cache, so that what was not used a moment ago has to go. */
const evicting = again(
  "evicting (allkeys-lru)",
  async (world) => {
    const { redis } = world;
    if ((await redis.config("GET", "maxmemory").then((pair) => (pair as string[])[1])) === "0") {
      await redis.config("SET", "maxmemory-policy", "allkeys-lru");
      await redis.config("SET", "maxmemory", String((await told(world, "memory", "used_memory")) + ROOM));
    }
    const others = redis.pipeline();
    for (let i = 0; i < 10; i++) others.set(`other ${Math.random()}`, "x".repeat(ROOM / 10));
    await others.exec();
  },
  async (world) => (await told(world, "stats", "evicted_keys")) > 100,
);

/** All of them. Those that need a Redis of their own spoil it for others meanwhile. */
export const CACHE_FAULTS: readonly CacheFault[] = [
  onTheLine("stopped", { type: "refuse" }),
  onTheLine("stalled (tarpit)", { type: "stall" }),
  onTheLine("slow, 80 ms", { type: "delay", milliseconds: 80 }),
  onTheLine("slow, 200 ms", { type: "delay", milliseconds: 200 }),
  onTheLine("cut off in the middle of replies", { type: "truncate" }),
  onTheLine("answering 429", httpAnswer("429 Too Many Requests", "application/json", LIMIT), ["kv"]),
  onTheLine("answering 502 with HTML", httpAnswer("502 Bad Gateway", "text/html", HTML), ["kv"]),
  onTheLine("answering 200 with HTML", httpAnswer("200 OK", "text/html", HTML), ["kv"]),
  onTheLine("answering 200 with null", httpAnswer("200 OK", "application/json", '{"result":null}'), ["kv"]),
  flushing(),
  evicting,
];

/** How many visit, how often each, and how long they think between two requests (milliseconds). */
export interface Traffic {
  readonly visitors: number;
  readonly each: number;
  readonly think: number;
}

/** What happened under a fault. */
export interface CacheReport {
  /** From shortly before the fault began. */
  readonly during: readonly Visit[];
  /** When the fault had been there for a while, and the breaker was open. */
  readonly later: readonly Visit[];
  readonly findings: readonly string[];
  /** Whether the fault was met at all. */
  readonly met: boolean;
  /** After how many milliseconds without the fault a read was answered by the cache again. */
  readonly recovered: number;
}

/** Visits while the cache fails, and after. A fault of undefined is none, to compare with. */
export async function visitUnderFault(
  options: WorldOptions,
  fault: CacheFault | undefined,
  traffic: Traffic,
): Promise<CacheReport> {
  const world = await openWorld(options);
  try {
    const visitors = await arrive(world, traffic.visitors);
    await visitAll(visitors, 10);
    const visiting = visitAll(visitors, traffic.each, traffic.think);
    await pause(20);
    await fault?.begin(world);
    const during = await visiting;
    const later = await visitAll(visitors, traffic.each, traffic.think);
    await fault?.end(world);
    const recovered = options.transport === undefined ? 0 : await untilCached(world, visitors[0] as Visitor);
    await visitAll(visitors, 4);
    return { during, later, findings: findings(visitors), met: (await fault?.met(world)) ?? false, recovered };
  } finally {
    await fault?.end(world);
    await world.close();
  }
}

/** Reads until the cache answers: until a read takes no statement. Returns how long that took (milliseconds). */
export async function untilCached(world: World, visitor: Visitor): Promise<number> {
  const started = performance.now();
  for (let tries = 0; tries < 500; tries++, await pause(20)) {
    world.statements.length = 0;
    const { error } = await visitor.visit("read");
    if (error === undefined && world.statements.length === 0) return performance.now() - started;
  }
  throw new Error("The cache is back, but ten seconds later every read still asks the database.");
}
