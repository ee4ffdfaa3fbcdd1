/** The cache on a Redis over TCP, for those who host Next themselves. */

import type { SessionCache } from "../tiers/cache.js";
import { cacheOnRedis, type RedisCacheOptions, type RedisCommand } from "./commands.js";
import type { IoRedisClient, NodeRedisClient } from "./redis-client.js";
import { clientOf } from "./redis-connection.js";

export type { IoRedisClient, NodeRedisClient } from "./redis-client.js";

/** Where Redis is, for a cache that makes its own client. */
export interface RedisConnection extends RedisCacheOptions {
  /** As `redis://user:password@host:6379`, or `rediss:` for TLS. Without it, the first use is an error that says so. */
  readonly url: string | undefined;
}

/**
 * Keeps sessions in Redis 7 or later (or Valkey). Told where it is, the cache connects at its first use, with the package
 * `ioredis` or `redis`, whichever is installed, and with limits that suit a cache; the bundles of one process share the
 * connection. The commands of one call leave in one tick, so they share a round trip.
 *
 * ```ts
 * import { redisCache } from "spillway/stores/redis";
 * const cache = redisCache({ url: process.env.REDIS_URL });
 * ```
 *
 * @param connection the url, and the prefix of the keys, default `spillway:`.
 * @returns a cache whose methods throw `SessionStoreError` (tier `"cache"`) when Redis fails, without keys and values in it.
 */
export function redisCache(connection: RedisConnection): SessionCache;
/**
 * The same through a client of your own.
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
 */
export function redisCache(client: NodeRedisClient | IoRedisClient, options?: RedisCacheOptions): SessionCache;
export function redisCache(
  from: NodeRedisClient | IoRedisClient | RedisConnection,
  options?: RedisCacheOptions,
): SessionCache {
  if (isClient(from)) return overClient(() => from, options);
  return overClient(() => clientOf(from.url), from);
}

function isClient(from: object): from is NodeRedisClient | IoRedisClient {
  return "call" in from || "sendCommand" in from;
}

function overClient(
  client: () => NodeRedisClient | IoRedisClient | Promise<NodeRedisClient | IoRedisClient>,
  options?: RedisCacheOptions,
): SessionCache {
  return cacheOnRedis(async (commands) => {
    const connected = await client();
    const run = ([name, ...args]: RedisCommand) =>
      "call" in connected ? connected.call(name, ...args) : connected.sendCommand([name, ...args]);
    return Promise.all(commands.map(run));
  }, options);
}
