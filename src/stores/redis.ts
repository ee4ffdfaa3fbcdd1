/** The cache on a Redis over TCP, for those who host Next themselves. */

import type { SessionCache } from "../tiers/cache.js";
import { cacheOnRedis, type RedisCacheOptions, type RedisCommand } from "./commands.js";

/** What {@link redisCache} needs of a client of the package `redis` (node-redis). */
export interface NodeRedisClient {
  sendCommand(args: string[]): Promise<unknown>;
}

/** What {@link redisCache} needs of a client of the package `ioredis`. */
export interface IoRedisClient {
  call(command: string, ...args: string[]): Promise<unknown>;
}

/**
 * Keeps sessions in Redis 7 or later (or Valkey), through a connected client of `redis` or `ioredis`. The commands of one
 * call leave in one tick, so they share a round trip.
 *
 * ```ts
 * import { Redis } from "ioredis";
 * import { redisCache } from "spillway/stores/redis";
 * const cache = redisCache(new Redis("redis://localhost:6379", { socketTimeout: 5_000 }));
 * ```
 *
 * Without `socketTimeout`, a connection that died in silence (a failover, a frozen machine) is kept for a quarter of an
 * hour, and the cache is left out for as long. `redis` has to be told more: `pingInterval: 2_000` and
 * `socket: { socketTimeout: 5_000, reconnectStrategy: () => 100 }`, since it gives up for good otherwise.
 *
 * @param client the client; who connects it, and closes it, is the caller. With `redis`, call `connect()` first.
 * @param options the prefix of the keys, default `spillway:`.
 * @returns a cache whose methods throw `SessionStoreError` (tier `"cache"`) when Redis fails, without keys and values in it.
 */
export function redisCache(client: NodeRedisClient | IoRedisClient, options?: RedisCacheOptions): SessionCache {
  const run = ([name, ...args]: RedisCommand) =>
    "call" in client ? client.call(name, ...args) : client.sendCommand([name, ...args]);
  return cacheOnRedis((commands) => Promise.all(commands.map(run)), options);
}
