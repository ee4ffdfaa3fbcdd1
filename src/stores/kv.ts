/** The cache on Vercel KV, or on any other Redis that Upstash's clients reach over HTTP. */

import { SessionStoreError } from "../errors.js";
import type { SessionCache } from "../tiers/cache.js";
import { type Duration, milliseconds } from "../util/expiry.js";
import { CHECKED_ELSEWHERE, checkShape, OBJECT, type Shape, TEXT } from "../util/option-shape.js";
import { refuseNone } from "./client-given.js";
import { type Environment, overHttp } from "./kv-connection.js";
import { cacheOnRedis, type RedisCacheOptions } from "./redis/cache-on-redis.js";
import { arrivingTogether, fromUpstash, type UpstashReply } from "./redis/runner.js";
import type { RedisCommand } from "./redis/scripts.js";

/** What {@link kvCache} needs of a client's pipeline. */
export interface KvPipeline {
  get(key: string): unknown;
  hgetall(key: string): unknown;
  zrange(key: string, min: number, max: "+inf", options: { byScore: true }): unknown;
  zrem(key: string, member: string): unknown;
  eval(script: string, keys: string[], args: string[]): unknown;
  /** Answers each command by itself; clients before 1.34.4 know no `keepErrors`, and reject when one command fails. */
  exec(options?: { keepErrors: true }): Promise<unknown[]>;
}

/** What {@link kvCache} needs of a client: `Redis` of `@upstash/redis`, `kv` or `createClient()` of `@vercel/kv`. */
export interface KvClient {
  pipeline(): KvPipeline;
}

/** Options of {@link kvCache}. */
export type KvCacheOptions = RedisCacheOptions;

function openPipeline(client: KvClient): KvPipeline {
  try {
    return client.pipeline();
  } catch {
    throw new SessionStoreError(
      "cache",
      "The KV client cannot be used. Is it configured? `kv` of @vercel/kv needs the environment variables KV_REST_API_URL and KV_REST_API_TOKEN.",
    );
  }
}

function add(pipeline: KvPipeline, command: RedisCommand): unknown {
  switch (command[0]) {
    case "GET":
      return pipeline.get(command[1]);
    case "HGETALL":
      return pipeline.hgetall(command[1]);
    case "ZRANGE":
      return pipeline.zrange(command[1], Number(command[2]), command[3], { byScore: true });
    case "ZREM":
      return pipeline.zrem(command[1], command[2]);
    case "EVAL": {
      const [, script, , key, ...args] = command;
      return pipeline.eval(script, [key], args);
    }
  }
}

/** What a client that knows `keepErrors` answers for one command. No reply of ours looks like it. */
const isKept = (reply: unknown): reply is UpstashReply =>
  typeof reply === "object" && reply !== null && "result" in reply;

/**
 * Keeps sessions in Upstash Redis or Vercel KV. Every call is one HTTP request, whatever it holds; values come back byte
 * for byte, also through a client that parses replies as JSON.
 *
 * ```ts
 * import { kv } from "@vercel/kv";
 * import { kvCache } from "spillway/stores/kv";
 * const cache = kvCache(kv);
 * ```
 *
 * The client is touched at the first use, not before: a build without the variables succeeds. Its own retries and
 * timeouts stay as they are. By default it has no time limit and tries six times; no request waits for that, but the
 * work goes on behind it. So build it with `signal: () => AbortSignal.timeout(1_000)` (the function, not a signal, which
 * would make a timed-out command resolve to null) and with `retry: false`, which leaves it a second attempt at once, for
 * a connection that died while it was idle; the limit holds for both together. In Next, add `cache: "no-store"`.
 *
 * @param client any client of that shape.
 * @param options the prefix of the keys, default `spillway:`.
 * @returns a cache whose methods throw `SessionStoreError` (tier `"cache"`) when KV fails, without keys and values in it.
 */
export function kvCache(client: KvClient, options?: KvCacheOptions): SessionCache {
  refuseNone(
    "kvCache",
    client,
    "Give it `kv` of `@vercel/kv`, or a client of `@upstash/redis`; or use kvCache.fromEnv().",
  );
  const run = arrivingTogether(async (commands) => {
    const pipeline = openPipeline(client);
    for (const command of commands) add(pipeline, command);
    const replies = await pipeline.exec({ keepErrors: true });
    return replies.map((reply) => fromUpstash(isKept(reply) ? reply : { result: reply }));
  });
  return cacheOnRedis(run, options);
}

/** Options of {@link kvCache.fromEnv}. */
export interface KvEnvironmentOptions extends KvCacheOptions {
  /** Where the variables are. Default `process.env`; a Worker hands in its own. */
  readonly env?: Environment;
  /**
   * How long a call may take, both of its attempts together. Default `"1s"`, which is four times what a request waits for a
   * cache (`cacheTimeout`). Raise it with `storeTimeout` where KV holds the sessions by itself and is far away.
   */
  readonly timeout?: Duration;
}

/** What each option may be; the duration is read with its limits. */
const SHAPE: Shape<KvEnvironmentOptions> = { env: OBJECT, timeout: CHECKED_ELSEWHERE, prefix: TEXT };

export namespace kvCache {
  /**
   * The same without a client: by the address that is in the environment as `KV_REST_API_URL` and `KV_REST_API_TOKEN`
   * (Vercel), or `UPSTASH_REDIS_REST_URL` and `UPSTASH_REDIS_REST_TOKEN`, with limits that suit a cache. It speaks to KV
   * over `fetch`, so that no package is needed, at the edge either. The variables are read at the first use.
   *
   * ```ts
   * import { kvCache } from "spillway/stores/kv";
   * const cache = kvCache.fromEnv();
   * ```
   *
   * @param given the prefix of the keys, where the variables are, and how long a call may take.
   * @returns a cache as {@link kvCache} gives it.
   * @throws {SessionConfigError} naming the option that is unknown or of another type; `kvCache.timeout`, when it is no duration.
   */
  export function fromEnv(given: KvEnvironmentOptions = {}): SessionCache {
    checkShape("", given, SHAPE);
    const { env, timeout = "1s", ...options } = given;
    const environment = () => env ?? (typeof process === "object" ? process.env : {});
    return cacheOnRedis(overHttp(environment, milliseconds("kvCache.timeout", timeout)), options);
  }
}
