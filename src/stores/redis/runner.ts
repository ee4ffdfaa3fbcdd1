/** What runs Redis commands: over HTTP, or over TCP. */

import { type Settled, settle } from "../../util/outcome.js";
import type { RedisCommand } from "./scripts.js";

/** Sends commands in one round trip, those of one key in order. Tells what becomes of each; none of the promises rejects. */
export type RedisRunner = (commands: readonly RedisCommand[]) => readonly Promise<Settled<unknown>>[];

/** A runner whose answers arrive together, in the order of the commands. A rejection is what becomes of each of them. */
export function arrivingTogether(
  execute: (commands: readonly RedisCommand[]) => Promise<readonly Settled<unknown>[]>,
): RedisRunner {
  return (commands) => {
    const executed = settle(execute(commands));
    return commands.map(async (_, i): Promise<Settled<unknown>> => {
      const outcome = await executed;
      if (!outcome.ok) return outcome;
      const reply = outcome.value.length === commands.length ? outcome.value[i] : undefined;
      return reply ?? { ok: false, error: new RangeError("The client answered with another number of replies.") };
    });
  };
}

/** One answer of Upstash's protocol: a result, or an error as text. */
export interface UpstashReply {
  readonly result?: unknown;
  readonly error?: unknown;
}

/** What became of one command, as Upstash's protocol tells it. */
export function fromUpstash({ result, error }: UpstashReply): Settled<unknown> {
  if (error === undefined || error === null) return { ok: true, value: result };
  return { ok: false, error: Object.assign(new Error(String(error)), { name: "UpstashError" }) };
}
