/** Servers of the Redis family, alone and together, each in a process that can be killed and started again. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Redis } from "ioredis";
import { type ChildServer, startChild } from "../../support/child-server.js";
import { anyProgram, type Program, unpackedProgram } from "../../support/debian.js";
import { freePort } from "../../support/free-port.js";

const REDIS = { name: "redis-server", suite: "bookworm" } as const;
const VALKEY = { name: "valkey-server", suite: "trixie" } as const;

/** Redis 7 or later: the system's, else Debian's. */
export const redisProgram = (): Program => anyProgram("redis-server", REDIS);

/** Redis 8: Debian's, since no release has it that most machines run. */
export const redis8Program = (): Program => unpackedProgram("redis-server", { ...REDIS, suite: "trixie" });

/** Valkey 8: Debian's, since it comes with releases that are newer than most machines. */
export const valkeyProgram = (): Program => unpackedProgram("valkey-server", VALKEY);

/** What redis.conf says beside what every server is started with. */
export type Options = Readonly<Record<string, string | number>>;

/** A server that keeps its port and its folder when it is started again. */
export interface RedisServer {
  readonly port: number;
  readonly client: Redis;
  /** A crash. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts one server. */
export async function startRedis(program: Program, options: Options = {}, mode?: "sentinel"): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), "spillway-redis-"));
  const port = await freePort();
  const memory = mode === undefined ? { save: '""', appendonly: "no", "enable-debug-command": "local" } : {};
  const lines = Object.entries({ port, bind: "127.0.0.1", dir: folder, ...memory, ...options });
  const file = join(folder, "server.conf");
  writeFileSync(file, lines.map(([name, value]) => `${name} ${value}\n`).join(""));
  let child: ChildServer;
  const start = async () => {
    child = await startChild(program, [file, ...(mode ? [`--${mode}`] : [])], {
      isReady: (log) => /Ready to accept connections|Sentinel ID is/.test(log),
    });
  };
  await start();
  const client = new Redis(port, "127.0.0.1", { retryStrategy: () => 50, maxRetriesPerRequest: null });
  client.on("error", () => {});
  return {
    port,
    client,
    start,
    kill: () => child.stop("SIGKILL"),
    async stop() {
      client.disconnect();
      await child.stop("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until something holds. */
export async function until(holds: () => Promise<boolean> | boolean, seconds = 60): Promise<void> {
  for (const since = performance.now(); !(await holds()); await pause(50)) {
    if (performance.now() - since > seconds * 1_000) throw new Error(`It did not come to that in ${seconds} seconds.`);
  }
}

const SLOTS = 16_384;

/** A cluster of three primaries with a replica each: the first three servers, and then their replicas in that order. */
export async function startCluster(program: Program): Promise<RedisServer[]> {
  const nodes: RedisServer[] = [];
  try {
    for (let i = 0; i < 6; i++) {
      const options = { "cluster-enabled": "yes", "cluster-node-timeout": 2_000, "cluster-port": await freePort() };
      nodes.push(await startRedis(program, { ...options, "repl-diskless-sync-delay": 0 }));
    }
    const [first, ...others] = nodes as [RedisServer, ...RedisServer[]];
    for (const { client, port } of others) {
      const bus = /@(\d+)/.exec(String(await client.call("CLUSTER", "NODES")))?.[1] ?? "";
      await first.client.call("CLUSTER", "MEET", "127.0.0.1", String(port), bus);
    }
    for (let i = 0; i < 3; i++) {
      const [from, to] = [Math.ceil((i * SLOTS) / 3), Math.ceil(((i + 1) * SLOTS) / 3) - 1];
      await nodes[i]?.client.call("CLUSTER", "ADDSLOTSRANGE", String(from), String(to));
    }
    for (let i = 3; i < 6; i++) {
      const primary = String(await nodes[i - 3]?.client.call("CLUSTER", "MYID"));
      const replica = nodes[i] as RedisServer;
      await until(async () => String(await replica.client.call("CLUSTER", "NODES")).includes(primary));
      await replica.client.call("CLUSTER", "REPLICATE", primary);
    }
    await until(() => isWhole(nodes));
    return nodes;
  } catch (error) {
    await Promise.all(nodes.map((node) => node.stop()));
    throw error;
  }
}

/** Whether every node serves, and every replica follows. */
export async function isWhole(nodes: readonly RedisServer[]): Promise<boolean> {
  for (const { client } of nodes) {
    if (!String(await client.call("CLUSTER", "INFO")).includes("cluster_state:ok")) return false;
    const role = String(await client.info("replication"));
    if (role.includes("role:slave") && !role.includes("master_link_status:up")) return false;
  }
  const [{ client }] = nodes as [RedisServer];
  const told = String(await client.call("CLUSTER", "NODES"));
  return (told.match(/\bslave\b/g) ?? []).length === 3 && !told.includes("fail");
}

/** Whether a server leads, and follows nobody. */
export async function leads({ client }: RedisServer): Promise<boolean> {
  return String(await client.info("replication")).includes("role:master");
}

/** Moves so many slots from one primary to another, keys and all, as `redis-cli --cluster reshard` does. */
export async function moveSlots(
  nodes: readonly RedisServer[],
  from: RedisServer,
  to: RedisServer,
  count: number,
): Promise<void> {
  const idOf = async ({ client }: RedisServer) => String(await client.call("CLUSTER", "MYID"));
  const [source, target] = [await idOf(from), await idOf(to)];
  const told = (await from.client.call("CLUSTER", "SLOTS")) as [number, number, [string, number, string]][];
  const owned = told.filter(([, , [, , id]]) => id === source).flatMap(([first, last]) => range(first, last));
  const others: RedisServer[] = [];
  for (const node of nodes) if (node !== from && node !== to && (await leads(node))) others.push(node);
  for (const slot of owned.slice(0, count)) {
    const setSlot = ({ client }: RedisServer, ...words: string[]) =>
      client.call("CLUSTER", "SETSLOT", String(slot), ...words);
    await setSlot(to, "IMPORTING", source);
    await setSlot(from, "MIGRATING", target);
    for (;;) {
      const keys = (await from.client.call("CLUSTER", "GETKEYSINSLOT", String(slot), "100")) as string[];
      if (keys.length === 0) break;
      await from.client.call("MIGRATE", "127.0.0.1", String(to.port), "", "0", "5000", "REPLACE", "KEYS", ...keys);
    }
    for (const node of [to, from, ...others]) await setSlot(node, "NODE", target);
  }
}

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
