/** What the caches over KV and over Redis share: the commands, the scripts, and how replies are read. */

import { SessionStoreError } from "../errors.js";
import { type CacheCommand, type CacheEntry, ForeignEntryError, type SessionCache } from "../tiers/cache.js";
import { redact, redactStoreError } from "../util/redact.js";

/** One Redis command as it goes over the wire. */
export type RedisCommand =
  | readonly [name: "GET" | "HGETALL" | "SMEMBERS" | "DEL", key: string]
  | readonly [name: "SREM", key: string, member: string]
  | readonly [name: "EVAL", script: string, keys: "1", key: string, ...args: string[]];

/** Sends commands in order, in one round trip. Replies come in the same order; one that failed rejects the whole. */
export type RedisRunner = (commands: readonly RedisCommand[]) => Promise<readonly unknown[]>;

/** Options of a cache on Redis. */
export interface RedisCacheOptions {
  /** What every key starts with, so that other data can share the database. Default `spillway:`. */
  readonly prefix?: string;
}

// An entry is kept as `v<version>:<value>`, of which the script needs only the first 18 bytes: "v", at most 16 digits
// (2^53 - 1), ":". Lua's numbers are doubles, so the comparison is exact up to there.
const PUT = `local held = tonumber(string.match(redis.call("GETRANGE", KEYS[1], 0, 17), "^v(%d+):")) or -1
local expect = tonumber(ARGV[4])
if expect then
  if held ~= expect then return 0 end
elseif held >= tonumber(ARGV[1]) then
  return 0
end
redis.call("SET", KEYS[1], ARGV[2], "PXAT", ARGV[3])
return redis.call("EXISTS", KEYS[1])`;

// A deadline only ever moves later, and nothing joins what lives on when its own deadline has passed. Scripts are
// asked not to read the clock (some servers refuse TIME in them), but what a key has left tells what time it is.
const adding = (add: string) => `local held = redis.call("PEXPIRETIME", KEYS[1])
local deadline = tonumber(ARGV[1])
if held >= 0 and deadline <= held - redis.call("PTTL", KEYS[1]) then return 1 end
${add}
if deadline > held then redis.call("PEXPIREAT", KEYS[1], ARGV[1]) end
return 1`;

const QUICK = adding(`for i = 2, #ARGV, 2 do redis.call("HSET", KEYS[1], ARGV[i], ARGV[i + 1]) end`);

const JOIN = adding(`redis.call("SADD", KEYS[1], ARGV[2])`);

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
return { time and time[1] .. string.format("%06d", time[2]) or "", memory and string.match(memory, "maxmemory_policy:(%S+)") or "" }`;

// KV clients parse replies as JSON unless told otherwise. What starts with "=" or "v" is never JSON, so it comes back as
// it went; a field `__proto__` becomes an ordinary one, too.
const mark = (text: string) => `=${text}`;

const pairs = (values: Readonly<Record<string, string>>) => Object.entries(values).flat().map(mark);

/** The scripts go out whole each time: a hash would need a second round trip whenever the server had forgotten it. */
const script = (source: string, key: string, ...args: string[]): RedisCommand => ["EVAL", source, "1", key, ...args];

function toRedis(command: CacheCommand, prefix: string): RedisCommand {
  const key = prefix + command.key;
  switch (command.type) {
    case "put": {
      const { version, value, expiresAt, expect } = command;
      const held = expect === undefined ? "" : expect === 0 ? "-1" : String(expect);
      return script(PUT, key, String(version), `v${version}:${value}`, String(expiresAt.getTime()), held);
    }
    case "remove":
      return ["DEL", key];
    case "quick":
      return script(QUICK, key, String(command.expiresAt.getTime()), ...pairs(command.values));
    case "fold":
      return script(FOLD, key, ...pairs(command.values));
    case "join":
      return script(JOIN, key, String(command.expiresAt.getTime()), mark(command.member));
    case "leave":
      return ["SREM", key, mark(command.member)];
  }
}

const foreign = () =>
  new ForeignEntryError(
    "The cache holds something under a session's key that Spillway did not store. Give Spillway a `prefix` of its own.",
  );

function toEntry(key: string, reply: unknown): CacheEntry | undefined {
  if (reply === null) return undefined;
  const head = typeof reply === "string" ? /^v(\d{1,16}):/.exec(reply) : null;
  if (typeof reply !== "string" || !head) throw foreign();
  return { key, version: Number(head[1]), value: reply.slice(head[0].length) };
}

function unmark(text: unknown): string {
  if (typeof text !== "string" || !text.startsWith("=")) throw foreign();
  return text.slice(1);
}

/** A hash comes as a flat list, as an object, as a Map, or (KV, when it is empty) as null, depending on the client. */
function toQuick(reply: unknown): Record<string, string> {
  if (reply === null || typeof reply !== "object") return {};
  if (!Array.isArray(reply)) {
    const entries = reply instanceof Map ? [...reply] : Object.entries(reply);
    return Object.fromEntries(entries.map(([field, value]) => [unmark(field), unmark(value)]));
  }
  const entries: [string, string][] = [];
  for (let i = 0; i < reply.length; i += 2) entries.push([unmark(reply[i]), unmark(reply[i + 1])]);
  return Object.fromEntries(entries);
}

async function send(run: RedisRunner, commands: readonly RedisCommand[], outcome: "failed" | "unknown") {
  let replies: readonly unknown[];
  try {
    replies = await run(commands);
    if (replies.length !== commands.length) throw new RangeError();
  } catch (error) {
    if (error instanceof SessionStoreError) throw redactStoreError(error);
    const cause = redact(error);
    throw new SessionStoreError("cache", `The cache failed (${cause}).`, outcome, { cause });
  }
  return replies;
}

/**
 * A cache on anything that runs Redis commands (7.0 or later, for `PEXPIRETIME`).
 *
 * @param run sends the commands in order, in one round trip.
 * @param options the prefix of the keys.
 * @returns a {@link SessionCache}. Its methods throw {@link SessionStoreError} of the tier `"cache"`, with an `outcome` of
 *   `"unknown"` when a write may have happened; the error's text and cause hold no key and no value.
 */
export function cacheOnRedis(run: RedisRunner, options: RedisCacheOptions = {}): SessionCache {
  const { prefix = "spillway:" } = options;
  return {
    async read(key, quickKey) {
      const commands: RedisCommand[] = [["GET", prefix + key]];
      if (quickKey !== undefined) commands.push(["HGETALL", prefix + quickKey]);
      const [entry, quick] = await send(run, commands, "failed");
      return { entry: toEntry(key, entry), quick: toQuick(quick) };
    },
    async write(commands) {
      if (commands.length === 0) return [];
      const wired = commands.map((command) => toRedis(command, prefix));
      const replies = await send(run, wired, "unknown");
      return commands.map((command, i) => command.type !== "put" || replies[i] === 1);
    },
    async members(key) {
      const [reply] = await send(run, [["SMEMBERS", prefix + key]], "failed");
      if (!Array.isArray(reply) && !(reply instanceof Set)) throw foreign();
      return [...reply].map(unmark);
    },
    async describe() {
      const [reply] = await send(run, [script(DESCRIBE, `${prefix}~describe`)], "failed");
      const [microseconds, policy] = Array.isArray(reply) ? reply : [];
      return {
        now: microseconds ? new Date(Math.floor(Number(microseconds) / 1000)) : undefined,
        evictionPolicy: policy ? String(policy) : undefined,
      };
    },
  };
}
