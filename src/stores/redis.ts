/** The cache on a Redis over TCP, where Next is hosted beside one. */

import { SessionConfigError, SessionStoreError } from "../errors.js";
import type { SessionCache } from "../tiers/cache.js";
import { type Duration, milliseconds } from "../util/expiry.js";
import { CHECKED_ELSEWHERE, checkShape, type Shape, shaped, TEXT } from "../util/option-shape.js";
import { settle } from "../util/outcome.js";
import { refuseNone } from "./client-given.js";
import { cacheOnRedis, type RedisCacheOptions } from "./redis/cache-on-redis.js";
import { type RedisClient, type RedisSender, senderOf } from "./redis/clients.js";
import { clientOf } from "./redis/connection.js";
import type { RedisRunner } from "./redis/runner.js";
import type { RedisCommand } from "./redis/scripts.js";

export type {
  IoRedisClient,
  NodeRedisClient,
  NodeRedisCluster,
  NodeRedisSentinel,
  NodeRedisSentinelLease,
  RedisClient,
} from "./redis/clients.js";

/** Options of {@link redisCache}. */
export interface RedisServerCacheOptions extends RedisCacheOptions {
  /**
   * A write succeeds only when this many replicas have it, too (`WAIT`), so that a failover to one of them loses
   * nothing; where they do not answer within `timeout`, its outcome is unknown. For a cache without a database behind it;
   * beside one, a write that the cache lost costs a read. Default: none.
   */
  readonly wait?: {
    /** How many replicas, from 1. */
    readonly replicas: number;
    /** How long they may take, at least a millisecond; no longer than `storeTimeout` makes sense. Default 1 s. */
    readonly timeout?: Duration;
  };
}

/** Where Redis is, for a cache that makes its own client. */
export interface RedisConnection extends RedisServerCacheOptions {
  /** As `redis://user:password@host:6379`, or `rediss:` for TLS. Without it, the first use is an error that says so. */
  readonly url: string | undefined;
}

/** Sends a command, and after a write waits until replicas have what was written. */
function performing(
  wait: RedisServerCacheOptions["wait"],
): (sender: RedisSender, command: RedisCommand) => Promise<unknown> {
  if (!wait) return (sender, command) => sender.send(command);
  const { replicas, timeout = "1s" } = wait;
  if (!Number.isSafeInteger(replicas) || replicas < 1) {
    throw new SessionConfigError("wait.replicas", "must be a whole number from 1.");
  }
  const words = [String(replicas), String(milliseconds("wait.timeout", timeout))];
  return async (sender, command) => {
    if (!isWrite(command)) return sender.send(command);
    const [reply, acknowledged] = await sender.sendAndWait(command, words);
    if (Number(acknowledged) >= replicas) return reply;
    throw new SessionStoreError(
      "cache",
      `The cache has the write, but only ${Number(acknowledged)} of ${replicas} replicas acknowledged it in time (\`wait\`).`,
      "unknown",
    );
  };
}

function isWrite([name]: RedisCommand): boolean {
  return name === "EVAL" || name === "ZREM";
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
 * @param connection the url; the prefix of the keys, default `spillway:`; and how many replicas to wait for, default none.
 * @returns a cache whose methods throw `SessionStoreError` (tier `"cache"`) when Redis fails, without keys and values in it.
 * @throws {SessionConfigError} naming the option that is unknown or of another type.
 */
export function redisCache(connection: RedisConnection): SessionCache;
/**
 * The same through a client of your own: for one server, for a cluster, or by sentinels. Each command names one key, and in
 * a cluster goes where that is.
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
 * @param client the client; the application connects and closes it. With `redis`, call `connect()` first.
 * @param options the prefix of the keys, default `spillway:`; and how many replicas to wait for, default none.
 */
export function redisCache(client: RedisClient, options?: RedisServerCacheOptions): SessionCache;
export function redisCache(from: RedisClient | RedisConnection, options?: RedisServerCacheOptions): SessionCache {
  refuseNone("redisCache", from, "Give it `{ url }`, or a client of `ioredis` or `redis`.");
  if (isClient(from)) {
    const sender = senderOf(from);
    return overSender(async () => sender, options);
  }
  checkShape<Pick<RedisConnection, "url">>("", { url: from.url }, { url: TEXT });
  const { url, ...rest } = from;
  return overSender(async () => senderOf(await clientOf(url)), rest);
}

function isClient(from: unknown): from is RedisClient {
  return typeof from === "object" && from !== null && ("call" in from || "sendCommand" in from);
}

/** What each option may be, numbers and durations aside. */
const SHAPE: Shape<RedisServerCacheOptions> = {
  prefix: TEXT,
  wait: shaped<NonNullable<RedisServerCacheOptions["wait"]>>({
    replicas: CHECKED_ELSEWHERE,
    timeout: CHECKED_ELSEWHERE,
  }),
};

function overSender(connected: () => Promise<RedisSender>, options: RedisServerCacheOptions = {}): SessionCache {
  checkShape("", options, SHAPE);
  const { prefix } = options;
  const perform = performing(options.wait);
  const run: RedisRunner = (commands) => {
    const sender = connected();
    return commands.map((command) => settle(sender.then((one) => perform(one, command))));
  };
  return cacheOnRedis(run, prefix === undefined ? {} : { prefix });
}
