/** A text of bytes, one character each (latin1): what Redis stores is bytes, and slicing must not break them. */
export type Bytes = string;

/** What a command answers, as in Redis's protocol; a status is told from a value that reads the same. */
export type Reply = Bytes | number | null | Status | Reply[];

export interface Status {
  readonly ok: string;
}

export const OK: Status = { ok: "OK" };

/** An error that the client is told, in Redis's words: a code in capitals, then a sentence. */
export class ReplyError extends Error {}

/** What runs commands: a real Redis, or this process's memory. */
export interface Engine {
  /** Throws {@link ReplyError} when the command fails, any other error when the engine does. */
  run(command: readonly Bytes[]): Promise<Reply>;
  /** Runs all with nothing in between. An error of one command stands in its place. */
  transaction(commands: readonly (readonly Bytes[])[]): Promise<(Reply | ReplyError)[]>;
  close(): Promise<void>;
}

export const toBytes = (text: string): Bytes => Buffer.from(text, "utf8").toString("latin1");
