/** What the caches over KV and over Redis send: one command, or one script, on one key. */

import type { CacheCommand } from "../../tiers/cache.js";

/** One Redis command as it goes over the wire. Each names one key, so that it runs in a cluster. */
export type RedisCommand =
  | readonly [name: "GET" | "HGETALL", key: string]
  | readonly [name: "ZRANGE", key: string, min: string, max: "+inf", by: "BYSCORE"]
  | readonly [name: "ZREM", key: string, member: string]
  | readonly [name: "EVAL", script: string, keys: "1", key: string, ...args: string[]];

/**
 * Without this first line Upstash locks the whole database while a script runs; with it, the one key. Redis and Valkey
 * refuse the flag, and scripts go there without it.
 */
export const KEY_LOCKING = "#!lua flags=allow-key-locking\n";

// An entry is kept as `v<version>:<value>`, of which the script needs only the first 18 bytes: "v", at most 16 digits
// (2^53 - 1), ":". Lua's numbers are doubles, so the comparison is exact up to there. What an account may not do is asked
// for before anything is written: a script that fails has then changed nothing.
const PUT = `local held = -1
if redis.call("EXISTS", KEYS[1]) == 1 then
  held = tonumber(string.match(redis.call("GETRANGE", KEYS[1], 0, 17), "^v(%d+):")) or -1
end
local expect = tonumber(ARGV[4])
if expect then
  if held ~= expect then return 0 end
elseif held >= tonumber(ARGV[1]) then
  return 0
end
redis.call("SET", KEYS[1], ARGV[2], "PXAT", ARGV[3])
return redis.call("EXISTS", KEYS[1])`;

// A cluster's client may route the command DEL by rules of its own; a script goes where its key is.
const REMOVE = `redis.call("DEL", KEYS[1])
return 1`;

// A deadline only ever moves later, and nothing joins what lives on when its own deadline has passed. Scripts are
// asked not to read the clock (some servers refuse TIME in them), but what a key has left tells what time it is.
const adding = (add: string) => `local held = redis.call("PEXPIRETIME", KEYS[1])
local deadline = tonumber(ARGV[1])
local time = held >= 0 and held - redis.call("PTTL", KEYS[1])
if time and deadline <= time then return 1 end
${add}
if deadline > held then redis.call("PEXPIREAT", KEYS[1], ARGV[1]) end
return 1`;

const QUICK = adding(`for i = 2, #ARGV, 2 do redis.call("HSET", KEYS[1], ARGV[i], ARGV[i + 1]) end`);

// Members whose deadline has passed leave, now that the set has one that has not: an empty set would lose its deadline.
const JOIN = adding(`redis.call("ZADD", KEYS[1], "GT", ARGV[1], ARGV[2])
if time then redis.call("ZREMRANGEBYSCORE", KEYS[1], "-inf", time) end`);

const FOLD = `for i = 1, #ARGV, 2 do
  if redis.call("HGET", KEYS[1], ARGV[i]) == ARGV[i + 1] then redis.call("HDEL", KEYS[1], ARGV[i]) end
end
return 1`;

// What a server does not have, or an account may not ask, is an empty text.
const DESCRIBE = `local function ask(...)
  local reply = redis.pcall(...)
  return not (type(reply) == "table" and reply.err) and reply
end
local time = ask("TIME")
local memory = ask("INFO", "memory")
return { time and time[1] .. string.format("%06d", time[2]) or "", memory and string.match(memory, "maxmemory_policy:(%S+)") or "", memory and string.match(memory, "maxmemory:(%d+)") or "" }`;

/** Every command that is sent, and every one that a script needs: what an account has to be allowed. */
export const NEEDED_COMMANDS = [
  ...["GET", "HGETALL", "ZRANGE", "ZREM", "EVAL"],
  ...["EXISTS", "GETRANGE", "SET", "DEL", "PEXPIRETIME", "PTTL", "PEXPIREAT"],
  ...["HSET", "HGET", "HDEL", "ZADD", "ZREMRANGEBYSCORE"],
] as const;

/** KV clients parse replies as JSON unless told otherwise. What starts with "=" is never JSON, so it comes back as it went. */
export const MARK = "=";

const marked = (text: string) => `${MARK}${text}`;

const pairs = (values: Readonly<Record<string, string>>) => Object.entries(values).flat().map(marked);

/** The scripts go out whole each time: a hash would need a second round trip whenever the server had forgotten it. */
const script = (source: string, key: string, ...args: string[]): RedisCommand => ["EVAL", source, "1", key, ...args];

/** Asks a server for its time and for what it forgets when it is full. */
export function describing(prefix: string): RedisCommand {
  return script(DESCRIBE, `${prefix}~describe`);
}

/** A command of the cache as a command of Redis. */
export function toRedis(command: CacheCommand, prefix: string): RedisCommand {
  const key = prefix + command.key;
  switch (command.type) {
    case "put": {
      const { version, value, expiresAt, expect } = command;
      const held = expect === undefined ? "" : expect === 0 ? "-1" : String(expect);
      return script(PUT, key, String(version), `v${version}:${value}`, String(expiresAt.getTime()), held);
    }
    case "remove":
      return script(REMOVE, key);
    case "quick":
      return script(QUICK, key, String(command.expiresAt.getTime()), ...pairs(command.values));
    case "fold":
      return script(FOLD, key, ...pairs(command.values));
    case "join":
      return script(JOIN, key, String(command.expiresAt.getTime()), marked(command.member));
    case "leave":
      return ["ZREM", key, marked(command.member)];
  }
}
