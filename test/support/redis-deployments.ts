import { setTimeout as pause } from "node:timers/promises";
import { Redis } from "ioredis";
import { freePort } from "./free-port.js";
import { type RunningRedis, runRedis } from "./redis.js";
import type { Running } from "./service.js";

const SLOTS = 16_384;
const PRIMARIES = 3;

/** Starts a cluster of three primaries. Its URL is that of one of them. */
export async function runRedisCluster(): Promise<Running> {
  return together(async (start) => {
    const nodes: RunningRedis[] = [];
    for (let number = 0; number < PRIMARIES; number++) {
      nodes.push(
        await start({ "cluster-enabled": "yes", "cluster-node-timeout": 2_000, "cluster-port": await freePort() }),
      );
    }
    const clients = nodes.map(({ port }) => new Redis(port, "127.0.0.1"));
    const [first] = clients as [Redis, ...Redis[]];
    const share = Math.ceil(SLOTS / PRIMARIES);
    for (const [number, client] of clients.entries()) {
      const range = [number * share, Math.min((number + 1) * share, SLOTS) - 1].map(String);
      await client.call("CLUSTER", "ADDSLOTSRANGE", ...range);
      const bus = /@(\d+)/.exec(String(await client.call("CLUSTER", "NODES")))?.[1] ?? "";
      if (client !== first) await first.call("CLUSTER", "MEET", "127.0.0.1", String(nodes[number]?.port), bus);
    }
    const isReady = async (client: Redis) => String(await client.call("CLUSTER", "INFO")).includes("cluster_state:ok");
    const knowsAll = async (client: Redis) =>
      String(await client.call("CLUSTER", "NODES"))
        .trim()
        .split("\n").length === PRIMARIES;
    for (const client of clients) await until(async () => (await isReady(client)) && knowsAll(client));
    for (const client of clients) client.disconnect();
    return nodes[0]?.url ?? "";
  });
}

/** Starts a primary with a replica, and a sentinel that calls it `main`. The URL is the sentinel's. */
export async function runRedisSentinel(): Promise<Running> {
  return together(async (start) => {
    const primary = await start({});
    await start({ replicaof: `127.0.0.1 ${primary.port}`, "repl-diskless-sync-delay": 0 });
    const client = new Redis(primary.port, "127.0.0.1");
    await until(async () => String(await client.info("replication")).includes("state=online"));
    client.disconnect();
    const sentinel = await start({ "sentinel monitor": `main 127.0.0.1 ${primary.port} 1` }, "sentinel");
    const asking = new Redis(sentinel.port, "127.0.0.1");
    await until(async () => String(await asking.info("sentinel")).includes("slaves=1"));
    asking.disconnect();
    return sentinel.url;
  });
}

/** Servers that belong together: when one cannot be had, those before it are stopped. */
async function together(startAll: (start: typeof runRedis) => Promise<string>): Promise<Running> {
  const running: Running[] = [];
  const stop = async () => {
    await Promise.all(running.map((one) => one.stop()));
  };
  try {
    const url = await startAll(async (...args) => {
      const one = await runRedis(...args);
      running.push(one);
      return one;
    });
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await pause(50);
}
