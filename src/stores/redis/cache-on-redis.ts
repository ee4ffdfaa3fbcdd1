/** What the caches over KV and over Redis share: a cache on anything that runs Redis commands. */

import type { SessionCache } from "../../tiers/cache.js";
import { now, pause } from "../../util/clock.js";
import { MAX_CLOCK_SKEW } from "../../util/expiry.js";
import { checkShape, TEXT } from "../../util/option-shape.js";
import { type Settled, unwrap } from "../../util/outcome.js";
import { cacheFailure, isAnswer, isFlagRefused } from "./failures.js";
import { toEntry, toMembers, toQuick, toServer } from "./replies.js";
import type { RedisRunner } from "./runner.js";
import { describing, KEY_LOCKING, type RedisCommand, toRedis } from "./scripts.js";

/** Options of a cache on Redis. */
export interface RedisCacheOptions {
  /** What every key starts with, so that other data can share the database. Default `spillway:`. */
  readonly prefix?: string;
}

/** How long quick values may come later than the entry, where a cluster keeps them elsewhere (milliseconds). */
const QUICK_DELAY = 50;

/** Sends a batch of writes, each script with the flag by which Upstash locks one key alone, until a server refuses that. */
function batching(run: RedisRunner): (commands: readonly RedisCommand[]) => Promise<Settled<unknown>[]> {
  let isRefused = false;
  return async (commands) => {
    if (isRefused) return Promise.all(run(commands));
    const replies = await Promise.all(run(commands.map(flagged)));
    const refused = commands.filter((_, i) => isFlagRefusedBy(replies[i]));
    if (refused.length === 0) return replies;
    isRefused = true;
    const again = await Promise.all(run(refused));
    return replies.map((reply) => (isFlagRefusedBy(reply) ? (again.shift() as Settled<unknown>) : reply));
  };
}

function flagged(command: RedisCommand): RedisCommand {
  if (command[0] !== "EVAL") return command;
  const [name, source, ...rest] = command;
  return [name, KEY_LOCKING + source, ...rest];
}

function isFlagRefusedBy(reply: Settled<unknown> | undefined): boolean {
  return reply?.ok === false && isFlagRefused(reply.error);
}

/**
 * A cache on anything that runs Redis commands (7.0 or later, for `PEXPIRETIME`).
 *
 * @param run sends commands.
 * @param options the prefix of the keys.
 * @returns a {@link SessionCache}. Its methods throw `SessionStoreError` of the tier `"cache"`, with an `outcome` of
 *   `"unknown"` when a write may have happened; the error's text and cause hold no key and no value.
 */
export function cacheOnRedis(run: RedisRunner, options: RedisCacheOptions = {}): SessionCache {
  checkShape<RedisCacheOptions>("", options, { prefix: TEXT });
  const { prefix = "spillway:" } = options;
  const send = batching(run);
  return {
    async read(key, quickKey) {
      const commands: RedisCommand[] = [["GET", prefix + key]];
      if (quickKey !== undefined) commands.push(["HGETALL", prefix + quickKey]);
      const [entry, quick] = run(commands);
      const found = toEntry(key, answerOf(await entry));
      return { entry: found, quick: quick ? await quickOf(quick) : {} };
    },
    async write(commands) {
      if (commands.length === 0) return [];
      const replies = await send(commands.map((command) => toRedis(command, prefix)));
      const failures = replies.flatMap((reply) => (reply.ok ? [] : [reply.error]));
      if (failures.length > 0) {
        // Where one command of a batch took effect, or may have, the batch as a whole was not refused.
        const isRefused = failures.length === replies.length && failures.every(isAnswer);
        throw cacheFailure(failures[0], isRefused ? "failed" : "unknown");
      }
      return commands.map((command, i) => command.type !== "put" || unwrap(replies[i] as Settled<unknown>) === 1);
    },
    async members(key) {
      // Clocks may differ: members leave the list a while after their deadline.
      const from = String(now() - MAX_CLOCK_SKEW);
      const [reply] = run([["ZRANGE", prefix + key, from, "+inf", "BYSCORE"]]);
      return toMembers(answerOf(await reply));
    },
    async describe() {
      const [reply] = await send([describing(prefix)]);
      return toServer(answerOf(reply));
    },
  };
}

function answerOf(reply: Settled<unknown> | undefined): unknown {
  if (reply?.ok === false) throw cacheFailure(reply.error, "failed");
  return reply?.value;
}

/** Quick values may be lost, and nothing durable waits for them or fails because of them. */
async function quickOf(asked: Promise<Settled<unknown>>): Promise<Record<string, string>> {
  const reply = await Promise.race([asked, pause(QUICK_DELAY)]);
  try {
    return reply?.ok ? toQuick(reply.value) : {};
  } catch {
    return {};
  }
}
