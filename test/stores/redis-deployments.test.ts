import { Cluster, Redis } from "ioredis";
import { createCluster, createSentinel } from "redis";
import { redisCache } from "spillway/stores/redis";
import { describe, expect, test } from "vitest";
import type { CacheCommand } from "../../src/tiers/cache.js";
import { describeWith } from "../support/describe-with.js";
import { describeCache } from "../tiers/cache-suite.js";

const at = (url: string) => {
  const { hostname: host, port } = new URL(url.replace("skipped:", "redis://skipped:1"));
  return { host, port: Number(port) };
};

const put = (key: string, version = 1): CacheCommand => ({
  type: "put",
  key,
  version,
  value: "value",
  expiresAt: new Date(Date.now() + 60_000),
});

const openNodeCluster = async (url: string) => {
  const client = createCluster({ rootNodes: [{ url }] });
  client.on("error", () => {});
  await client.connect();
  return client;
};

const openNodeSentinel = async (url: string) => {
  const client = createSentinel({ name: "main", sentinelRootNodes: [at(url)] });
  client.on("error", () => {});
  await client.connect();
  return client;
};

await describeWith("redis-cluster", "redisCache in a cluster", (url) => {
  describeCache("over a cluster of ioredis", async () => {
    const client = new Cluster([at(url)]);
    return { cache: redisCache(client), drop: async () => client.disconnect() };
  });

  describeCache("over a cluster of redis", async () => {
    const client = await openNodeCluster(url);
    return { cache: redisCache(client), drop: async () => client.destroy() };
  });

  test("a write that has to wait for replicas asks the node of its key, and is unknown where there is none", async () => {
    const clients = [new Cluster([at(url)]), await openNodeCluster(url)] as const;
    for (const client of clients) {
      const cache = redisCache(client, { wait: { replicas: 1, timeout: 0.02 } });
      const key = `waited ${Math.random()}`;
      await expect(cache.write([put(key)])).rejects.toMatchObject({ tier: "cache", outcome: "unknown" });
      expect((await cache.read(key)).entry?.version).toBe(1);
    }
    clients[0].disconnect();
    clients[1].destroy();
  });
});

await describeWith("redis-sentinel", "redisCache behind a sentinel", (url) => {
  const sentinels = () => new Redis({ sentinels: [at(url)], name: "main" });

  describeCache("over ioredis", async () => {
    const client = sentinels();
    return { cache: redisCache(client), drop: async () => client.disconnect() };
  });

  describeCache("over redis", async () => {
    const client = await openNodeSentinel(url);
    return { cache: redisCache(client), drop: async () => client.destroy() };
  });

  describe("with `wait`", () => {
    test("a write succeeds when as many replicas have it, and is unknown when there are fewer", async () => {
      const clients = [sentinels(), await openNodeSentinel(url)] as const;
      for (const client of clients) {
        const key = `waited ${Math.random()}`;
        const waiting = redisCache(client, { wait: { replicas: 1, timeout: "5s" } });
        expect(await waiting.write([put(key), { type: "leave", key: `${key}:set`, member: "m" }])).toEqual([
          true,
          true,
        ]);
        const vain = redisCache(client, { wait: { replicas: 2, timeout: 0.02 } });
        await expect(vain.write([put(key, 2)])).rejects.toMatchObject({ tier: "cache", outcome: "unknown" });
        await expect(vain.write([put(key, 3)])).rejects.toThrow(/1 of 2 replicas/);
      }
      clients[0].disconnect();
      clients[1].destroy();
    });

    test("a number that is none is refused by its name", () => {
      const client = { sendCommand: async () => null };
      expect(() => redisCache(client, { wait: { replicas: 0 } })).toThrow(/`wait.replicas`/);
      expect(() => redisCache(client, { wait: { replicas: 1, timeout: 0 } })).toThrow(/`wait.timeout`/);
    });
  });
});
