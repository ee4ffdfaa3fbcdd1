import type { Keyspace } from "./keyspace.js";
import type { Bytes, Reply } from "./reply.js";

/** One command: how many arguments it needs at least, and what it does. */
export interface Command {
  readonly least: number;
  readonly run: (space: Keyspace, ...args: Bytes[]) => Reply;
}
