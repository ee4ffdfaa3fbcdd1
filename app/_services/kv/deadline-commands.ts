import type { Command } from "./command.js";
import { ReplyError } from "./reply.js";

/** Whether a key with this deadline (none: Infinity) takes the new one. */
const CONDITIONS: Record<string, (held: number, deadline: number) => boolean> = {
  NX: (held) => held === Number.POSITIVE_INFINITY,
  XX: (held) => held !== Number.POSITIVE_INFINITY,
  GT: (held, deadline) => deadline > held,
  LT: (held, deadline) => deadline < held,
};

const expire = (unit: number, fromNow: boolean): Command => ({
  least: 2,
  run(space, key = "", time, ...options) {
    const deadline = Number(time) * unit + (fromNow ? Date.now() : 0);
    if (!Number.isSafeInteger(deadline)) throw new ReplyError("ERR value is not an integer or out of range");
    const conditions = options.map((option) => CONDITIONS[option.toUpperCase()]);
    if (conditions.includes(undefined)) throw new ReplyError("ERR Unsupported option");
    const kept = space.find(key);
    const held = kept?.deadline ?? Number.POSITIVE_INFINITY;
    if (!kept || !conditions.every((allows) => allows?.(held, deadline))) return 0;
    kept.deadline = deadline;
    return 1;
  },
});

const tell = (unit: number, fromNow: boolean): Command => ({
  least: 1,
  run(space, key = "") {
    const kept = space.find(key);
    if (!kept) return -2;
    if (kept.deadline === undefined) return -1;
    return Math.round((kept.deadline - (fromNow ? Date.now() : 0)) / unit);
  },
});

/** When keys go: setting it, asking for it, calling it off. */
export const deadlineCommands: Record<string, Command> = {
  EXPIRE: expire(1_000, true),
  PEXPIRE: expire(1, true),
  EXPIREAT: expire(1_000, false),
  PEXPIREAT: expire(1, false),
  TTL: tell(1_000, true),
  PTTL: tell(1, true),
  EXPIRETIME: tell(1_000, false),
  PEXPIRETIME: tell(1, false),
  PERSIST: {
    least: 1,
    run(space, key = "") {
      const kept = space.find(key);
      if (kept?.deadline === undefined) return 0;
      kept.deadline = undefined;
      return 1;
    },
  },
};
