import type { Command } from "./command.js";
import { deadlineCommands } from "./deadline-commands.js";
import { glob } from "./glob.js";
import { type Keyspace, SortedSet } from "./keyspace.js";
import { sortedSetCommands } from "./sorted-set-commands.js";
import { type Bytes, OK, type Reply, ReplyError } from "./reply.js";
import { setCommand } from "./set-command.js";

const keyCommands: Record<string, Command> = {
  DEL: { least: 1, run: (space, ...keys) => keys.filter((key) => space.delete(key)).length },
  EXISTS: { least: 1, run: (space, ...keys) => keys.filter((key) => space.find(key)).length },
  TYPE: {
    least: 1,
    run(space, key = "") {
      const value = space.find(key)?.value;
      if (value === undefined) return { ok: "none" };
      if (typeof value === "string") return { ok: "string" };
      return { ok: value instanceof SortedSet ? "zset" : value instanceof Map ? "hash" : "set" };
    },
  },
  KEYS: { least: 1, run: (space, pattern = "") => space.keys().filter(glob(pattern)) },
  SCAN: {
    least: 1,
    // All in one page: a cursor of 0 says that there is no other.
    run(space, _cursor, ...options) {
      const match = options.findIndex((word) => word.toUpperCase() === "MATCH");
      return ["0", space.keys().filter(glob(match < 0 ? "*" : (options[match + 1] ?? "*")))];
    },
  },
  DBSIZE: { least: 0, run: (space) => space.keys().length },
  FLUSHALL: { least: 0, run: (space) => flush(space) },
  FLUSHDB: { least: 0, run: (space) => flush(space) },
  PING: { least: 0, run: (_space, text) => text ?? { ok: "PONG" } },
};

function flush(space: Keyspace): Reply {
  space.clear();
  return OK;
}

const stringCommands: Record<string, Command> = {
  GET: { least: 1, run: (space, key = "") => space.text(key) ?? null },
  SET: setCommand,
  GETRANGE: {
    least: 3,
    run(space, key = "", from, to) {
      const text = space.text(key) ?? "";
      const [start, end] = [from, to].map((index) => (Number(index) < 0 ? text.length + Number(index) : Number(index)));
      return text.slice(Math.max(start ?? 0, 0), (end ?? 0) + 1);
    },
  },
};

const hashCommands: Record<string, Command> = {
  HGET: { least: 2, run: (space, key = "", field = "") => space.hash(key)?.get(field) ?? null },
  HGETALL: { least: 1, run: (space, key = "") => [...(space.hash(key) ?? [])].flat() },
  HSET: {
    least: 3,
    run(space, key = "", ...pairs) {
      if (pairs.length % 2 === 1) throw new ReplyError("ERR wrong number of arguments for 'hset' command");
      const hash = space.hash(key) ?? new Map<Bytes, Bytes>();
      const before = hash.size;
      for (let i = 0; i < pairs.length; i += 2) hash.set(pairs[i] ?? "", pairs[i + 1] ?? "");
      space.put(key, hash, space.find(key)?.deadline);
      return hash.size - before;
    },
  },
  HDEL: {
    least: 2,
    run(space, key = "", ...fields) {
      const gone = fields.filter((field) => space.hash(key)?.delete(field)).length;
      space.dropEmpty(key);
      return gone;
    },
  },
};

const setCommands: Record<string, Command> = {
  SMEMBERS: { least: 1, run: (space, key = "") => [...(space.set(key) ?? [])] },
  SADD: {
    least: 2,
    run(space, key = "", ...members) {
      const set = space.set(key) ?? new Set<Bytes>();
      const before = set.size;
      for (const member of members) set.add(member);
      space.put(key, set, space.find(key)?.deadline);
      return set.size - before;
    },
  },
  SREM: {
    least: 2,
    run(space, key = "", ...members) {
      const gone = members.filter((member) => space.set(key)?.delete(member)).length;
      space.dropEmpty(key);
      return gone;
    },
  },
};

/** The commands that the engine in memory knows, by name. */
export const commands = new Map<string, Command>(
  Object.entries({
    ...keyCommands,
    ...stringCommands,
    ...hashCommands,
    ...setCommands,
    ...sortedSetCommands,
    ...deadlineCommands,
  }),
);
