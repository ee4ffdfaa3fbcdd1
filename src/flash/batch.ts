/** A batch: the messages of one response, for whom they are, and the text that holds them. */

import { randomToken, sha256 } from "#seal";
import type { Codec } from "../codec/codec.js";
import { chain, type MaybePromise } from "../util/maybe-promise.js";

/** A message that waits to be shown. */
export interface FlashMessage {
  /** The batch and the message's place in it. */
  readonly id: string;
  readonly key: string;
  readonly message: unknown;
}

/** What is to be shown, before it has an id. */
export type FlashContent = Omit<FlashMessage, "id">;

/** The messages of one response. */
export interface Batch {
  readonly contents: readonly FlashContent[];
  /** The hash of the id of the user for whom they are; undefined: they are for whoever has their cookie. */
  readonly audience: string | undefined;
}

/** What a text holds that cannot be read. */
export const NO_MESSAGES: Batch = { contents: [], audience: undefined };

/** The entry of a batch that says for whom it is. The entries of messages begin with a digit. */
const AUDIENCE = "for";

/** So much of a hash says for whom a batch is: 96 bits, of one length whatever the id, since messages have little room. */
const AUDIENCE_LENGTH = 16;

/** What takes as much room as any audience. */
export const LONGEST_AUDIENCE = "-".repeat(AUDIENCE_LENGTH);

/** A name for the messages of one response: 8 characters of base64url. */
export function newBatch(): string {
  return randomToken(6);
}

/** The messages of a batch, with the ids by which each is shown once. */
export function withIds(batch: string, contents: readonly FlashContent[]): FlashMessage[] {
  return contents.map((content, place) => ({ ...content, id: `${batch}-${place}` }));
}

/** For whom messages are that are left while this user is signed in, or nobody. */
export function audienceOf(userId: string | undefined): MaybePromise<string | undefined> {
  return userId === undefined ? undefined : chain(sha256(userId), (hash) => hash.slice(0, AUDIENCE_LENGTH));
}

/** One entry for each message, its place before its key: the same key may come several times. */
export function encodeBatch(codec: Codec, { contents, audience }: Batch): string {
  const entries = contents.map(({ key, message }, place) => [`${place} ${key}`, message] as const);
  return codec.encode(new Map(audience === undefined ? entries : [[AUDIENCE, audience], ...entries]));
}

/** The batch of a text that {@link encodeBatch} made; nothing of any other. */
export function decodeBatch(codec: Codec, text: string): Batch {
  const decoded = codec.decode(text);
  if (!decoded.ok) return NO_MESSAGES;
  const audience = decoded.data.get(AUDIENCE) as string | undefined;
  const entries = [...decoded.data].filter(([name]) => name !== AUDIENCE);
  const contents = entries.map(([name, message]) => ({ key: name.slice(name.indexOf(" ") + 1), message }));
  return { contents, audience };
}
