/** What commits are made of, and what they come to. */

import type { SessionStoreError } from "../../errors.js";
import type { Client } from "../token/client.js";
import type { Draft, Intent } from "./draft.js";
import type { Loaded } from "../load/load.js";
import type { Operation } from "../operations.js";
import type { SessionRecord } from "../../tiers/store.js";
import type { Token } from "../token/token.js";

/** A commit to make: on what, what, why, and for whom. */
export interface Commit {
  readonly loaded: Loaded;
  readonly operations: readonly Operation[];
  readonly intent: Intent;
  readonly client: Client;
}

/** What a commit made. */
export interface Committed {
  /** The session from now on, with its next token. */
  readonly loaded: Loaded;
  /** What each operation answers, as of the replay that was committed. */
  readonly results: readonly unknown[];
  /** Whether the token is news to the browser, which then needs new cookies. */
  readonly isNews: boolean;
  /** False when a database is configured and has not got it yet. */
  readonly durable: boolean;
  /** What the caller is told once the browser has its cookies: the commit stands, but not all of what was asked for. */
  readonly failure?: SessionStoreError;
}

/** The commit is durable, and the browser has to learn its token. */
export function concluded(
  { values, text, results }: Draft,
  token: Token,
  record: SessionRecord | undefined,
): Committed {
  const loaded: Loaded = { token, values, text, quick: new Map(), quickTexts: {}, record, isOnItsWay: true };
  return { loaded, results, isNews: true, durable: true };
}

/** There was nothing to commit. What was deferred before still waits. */
export function unchanged(loaded: Loaded, { results }: Draft): Committed {
  return { loaded, results, isNews: false, durable: loaded.dirty === undefined };
}
