import type { Command } from "./command.js";
import { OK, ReplyError } from "./reply.js";

// What follows each of these, in milliseconds, and whether it counts from now.
const TIMES: Record<string, { readonly unit: number; readonly fromNow: boolean }> = {
  EX: { unit: 1_000, fromNow: true },
  PX: { unit: 1, fromNow: true },
  EXAT: { unit: 1_000, fromNow: false },
  PXAT: { unit: 1, fromNow: false },
};

/** `SET key value [NX | XX] [GET] [EX | PX | EXAT | PXAT time | KEEPTTL]`. */
export const setCommand: Command = {
  least: 2,
  run(space, key = "", value = "", ...words) {
    const options = new Set<string>();
    const before = space.find(key);
    let deadline: number | undefined;
    for (let i = 0; i < words.length; i++) {
      const word = (words[i] ?? "").toUpperCase();
      const time = TIMES[word];
      if (time) deadline = toDeadline(words[++i], time);
      else if (["NX", "XX", "GET", "KEEPTTL"].includes(word)) options.add(word);
      else throw new ReplyError("ERR syntax error");
    }
    if (options.has("KEEPTTL")) deadline = before?.deadline;
    const previous = options.has("GET") ? (space.text(key) ?? null) : OK;
    if ((options.has("NX") && before) || (options.has("XX") && !before)) return options.has("GET") ? previous : null;
    space.put(key, value, deadline);
    return previous;
  },
};

function toDeadline(text: string | undefined, { unit, fromNow }: { unit: number; fromNow: boolean }): number {
  const amount = Number(text ?? Number.NaN);
  if (!Number.isSafeInteger(amount)) throw new ReplyError("ERR value is not an integer or out of range");
  if (amount <= 0) throw new ReplyError("ERR invalid expire time in 'set' command");
  return amount * unit + (fromNow ? Date.now() : 0);
}
