import type { Command } from "./command.js";
import { type Keyspace, SortedSet } from "./keyspace.js";
import { ReplyError } from "./reply.js";

/** A bound of scores: `-inf`, `+inf`, a number, or one after `(` that is not part of it. */
function bound(text = ""): { readonly score: number; readonly isOpen: boolean } {
  const isOpen = text.startsWith("(");
  const score = Number(text.replace(/^\(/, "").replace("inf", "Infinity"));
  if (Number.isNaN(score)) throw new ReplyError("ERR min or max is not a float");
  return { score, isOpen };
}

/** The members with scores between two bounds, lowest first. */
function between(space: Keyspace, key: string, min: string | undefined, max: string | undefined): string[] {
  const [from, to] = [bound(min), bound(max)];
  return [...(space.sortedSet(key) ?? [])]
    .filter(([, score]) => (from.isOpen ? score > from.score : score >= from.score))
    .filter(([, score]) => (to.isOpen ? score < to.score : score <= to.score))
    .sort(([one, a], [other, b]) => a - b || (one < other ? -1 : 1))
    .map(([member]) => member);
}

/** Sets whose members have scores: those of `ZADD` (with `GT`), and of ranges by score. */
export const sortedSetCommands: Record<string, Command> = {
  ZADD: {
    least: 3,
    run(space, key = "", ...words) {
      const isGreater = words[0]?.toUpperCase() === "GT";
      const pairs = isGreater ? words.slice(1) : words;
      if (pairs.length % 2 === 1) throw new ReplyError("ERR syntax error");
      const set = space.sortedSet(key) ?? new SortedSet();
      const before = set.size;
      for (let i = 0; i < pairs.length; i += 2) {
        const member = pairs[i + 1] ?? "";
        const { score } = bound(pairs[i]);
        if (!isGreater || score > (set.get(member) ?? Number.NEGATIVE_INFINITY)) set.set(member, score);
      }
      space.put(key, set, space.find(key)?.deadline);
      return set.size - before;
    },
  },
  ZREM: {
    least: 2,
    run(space, key = "", ...members) {
      const gone = members.filter((member) => space.sortedSet(key)?.delete(member)).length;
      space.dropEmpty(key);
      return gone;
    },
  },
  ZRANGE: {
    least: 3,
    run(space, key = "", min, max, ...options) {
      if (options.length !== 1 || options[0]?.toUpperCase() !== "BYSCORE") {
        throw new ReplyError("ERR only ranges by score are served here");
      }
      return between(space, key, min, max);
    },
  },
  ZREMRANGEBYSCORE: {
    least: 3,
    run(space, key = "", min, max) {
      const gone = between(space, key, min, max);
      for (const member of gone) space.sortedSet(key)?.delete(member);
      space.dropEmpty(key);
      return gone.length;
    },
  },
};
