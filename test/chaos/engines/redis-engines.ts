/** Redis and its kin, as a cache alone: what is lost there is lost. */

import { setTimeout as pause } from "node:timers/promises";
import { Cluster, Redis } from "ioredis";
import { createClient, createCluster, createSentinel } from "redis";
import type { SessionCache } from "spillway";
import { redisCache } from "spillway/stores/redis";
import type { Program } from "../../support/debian.js";
import type { Engine, Failure } from "./engine.js";
import {
  isWhole,
  leads,
  moveSlots,
  type RedisServer,
  redis8Program,
  redisProgram,
  startCluster,
  startRedis,
  until,
  valkeyProgram,
} from "./servers.js";

/** How often connections are cut, and how long between (milliseconds). */
const CUTS = 10;
const BETWEEN_CUTS = 200;

/** A client that notices a silent connection, and comes back at once. */
const CLIENT = { socketTimeout: 2_000, maxRetriesPerRequest: 1, retryStrategy: () => 100 } as const;

/** A write is acknowledged once a replica has it, so that the one that takes over has it, too. */
const WAIT = { wait: { replicas: 1, timeout: "1s" } } as const;

const versionOf = async ({ client }: RedisServer) => {
  const told = String(await client.info("server"));
  return (
    /(?:valkey|redis)_version:(\S+)/.exec(told.replace(/redis_version:7\.2\.4\r\n(?=.*valkey_version)/s, ""))?.[1] ??
    "?"
  );
};

const connectionsCut = ({ client }: RedisServer): Failure => ({
  name: "connections cut",
  async strike() {
    for (let i = 0; i < CUTS; i++) {
      await client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
      await pause(BETWEEN_CUTS);
    }
  },
});

const frozen = ({ client }: RedisServer): Failure => ({
  name: "frozen for three seconds",
  async strike() {
    await client.call("DEBUG", "SLEEP", "3");
  },
});

/** A client of a server, and what ends it. */
interface Connected {
  readonly cache: SessionCache;
  close(): Promise<void>;
}

/** What node-redis is told about connections: to notice a silent one, and to come back at once. */
const SOCKET = { socketTimeout: 2_000, reconnectStrategy: () => 100 } as const;

/** Connects to one server by ioredis. */
async function byIoredis({ port }: RedisServer): Promise<Connected> {
  const client = new Redis(port, "127.0.0.1", CLIENT);
  client.on("error", () => {});
  return { cache: redisCache(client), close: async () => client.disconnect() };
}

/** Connects to one server by node-redis. */
async function byNodeRedis({ port }: RedisServer): Promise<Connected> {
  const client = createClient({ socket: { host: "127.0.0.1", port, ...SOCKET }, disableOfflineQueue: true });
  client.on("error", () => {});
  await client.connect();
  return { cache: redisCache(client), close: async () => client.destroy() };
}

/** One server. */
function alone(name: string, program: () => Program, by: "ioredis" | "redis" = "ioredis"): Engine {
  return {
    name,
    client: by,
    promise: "A cache alone keeps every acknowledged write, as long as the server keeps its memory.",
    async start() {
      const server = await startRedis(program());
      return {
        version: await versionOf(server),
        failures: [connectionsCut(server), frozen(server)],
        connect: () => (by === "redis" ? byNodeRedis : byIoredis)(server),
        stop: () => server.stop(),
      };
    },
  };
}

async function clusterByIoredis(nodes: readonly RedisServer[]): Promise<Connected> {
  const client = new Cluster(
    nodes.map(({ port }) => ({ host: "127.0.0.1", port })),
    { redisOptions: { ...CLIENT }, clusterRetryStrategy: () => 100, retryDelayOnFailover: 100 },
  );
  client.on("error", () => {});
  return { cache: redisCache(client, WAIT), close: async () => client.disconnect() };
}

async function clusterByNodeRedis(nodes: readonly RedisServer[]): Promise<Connected> {
  const client = createCluster({
    rootNodes: nodes.map(({ port }) => ({ socket: { host: "127.0.0.1", port } })),
    defaults: { socket: SOCKET },
  });
  client.on("error", () => {});
  await client.connect();
  return { cache: redisCache(client, WAIT), close: async () => client.destroy() };
}

const cluster = (by: "ioredis" | "redis"): Engine => ({
  name: "Redis Cluster",
  client: by,
  promise:
    "A cache alone with `wait: { replicas: 1 }` keeps every acknowledged write when a primary dies or slots move.",
  async start() {
    const nodes = await startCluster(redisProgram());
    const [first, second, third] = nodes as [RedisServer, RedisServer, RedisServer];
    return {
      version: await versionOf(first),
      failures: [
        {
          name: "a primary killed",
          async strike() {
            await first.kill();
            await until(() => leads(nodes[3] as RedisServer));
            await first.start();
            await until(() => isWhole(nodes));
          },
        },
        { name: "resharding", strike: () => moveSlots(nodes, second, third, 400) },
      ],
      connect: () => (by === "redis" ? clusterByNodeRedis : clusterByIoredis)(nodes),
      async stop() {
        await Promise.all(nodes.map((node) => node.stop()));
      },
    };
  },
});

async function sentinelByIoredis(sentinels: readonly RedisServer[]): Promise<Connected> {
  const at = sentinels.map(({ port }) => ({ host: "127.0.0.1", port }));
  const client = new Redis({ sentinels: at, name: "main", ...CLIENT, sentinelRetryStrategy: () => 100 });
  client.on("error", () => {});
  return { cache: redisCache(client, WAIT), close: async () => client.disconnect() };
}

async function sentinelByNodeRedis(sentinels: readonly RedisServer[]): Promise<Connected> {
  const client = createSentinel({
    name: "main",
    sentinelRootNodes: sentinels.map(({ port }) => ({ host: "127.0.0.1", port })),
    nodeClientOptions: { socket: SOCKET },
    sentinelClientOptions: { socket: SOCKET },
    // Without a scan, a primary that changed is noticed by what sentinels publish alone.
    scanInterval: 500,
  });
  client.on("error", () => {});
  await client.connect();
  return { cache: redisCache(client, WAIT), close: async () => client.destroy() };
}

const sentinel = (by: "ioredis" | "redis"): Engine => ({
  name: "Redis behind Sentinel",
  client: by,
  promise: "A cache alone with `wait: { replicas: 1 }` keeps every acknowledged write when the primary dies.",
  async start() {
    const primary = await startRedis(redisProgram());
    const replicas: RedisServer[] = [];
    const sentinels: RedisServer[] = [];
    const follow = { replicaof: `127.0.0.1 ${primary.port}`, "repl-diskless-sync-delay": 0 };
    for (let i = 0; i < 2; i++) replicas.push(await startRedis(redisProgram(), follow));
    await until(
      async () => (String(await primary.client.info("replication")).match(/state=online/g) ?? []).length === 2,
    );
    for (let i = 0; i < 3; i++) {
      const watch = {
        "sentinel monitor main": `127.0.0.1 ${primary.port} 2`,
        "sentinel down-after-milliseconds main": 1_000,
        "sentinel failover-timeout main": 5_000,
      };
      sentinels.push(await startRedis(redisProgram(), watch, "sentinel"));
    }
    const knowsAll = async ({ client }: RedisServer) => {
      const told = String(await client.info("sentinel"));
      return told.includes("slaves=2") && told.includes("sentinels=3");
    };
    for (const one of sentinels) await until(() => knowsAll(one));
    const all = [primary, ...replicas];
    return {
      version: await versionOf(primary),
      failures: [
        {
          name: "the primary killed",
          async strike() {
            await primary.kill();
            await until(async () => (await Promise.all(replicas.map(leads))).includes(true));
          },
        },
      ],
      connect: () => (by === "redis" ? sentinelByNodeRedis : sentinelByIoredis)(sentinels),
      async stop() {
        await Promise.all([...sentinels, ...all].map((one) => one.stop()));
      },
    };
  },
});

/** All of them. */
export const REDIS_ENGINES: readonly Engine[] = [
  alone("Redis", redisProgram),
  alone("Redis 8", redis8Program),
  alone("Redis 8", redis8Program, "redis"),
  alone("Valkey", valkeyProgram),
  alone("Valkey", valkeyProgram, "redis"),
  cluster("ioredis"),
  cluster("redis"),
  sentinel("ioredis"),
  sentinel("redis"),
];
