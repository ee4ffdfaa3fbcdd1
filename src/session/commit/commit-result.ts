/** What commits are made of, and what they come to. */

import type { CookieWrite } from "../../cookie/attributes.js";
import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import type { SessionStoreError } from "../../errors.js";
import type { Client } from "../token/client.js";
import type { Context } from "../context.js";
import type { Draft, Intent } from "./draft.js";
import { writeSessionCookies } from "../token/write-cookies.js";
import type { Loaded } from "../load/load.js";
import type { Operation } from "../operations.js";
import { folding } from "./commit-quick.js";
import type { SessionRecord } from "../../tiers/store.js";
import type { Token } from "../token/token.js";

/** A commit to make: on what, what, why, and for whom. */
export interface Commit {
  readonly loaded: Loaded;
  readonly operations: readonly Operation[];
  readonly intent: Intent;
  readonly client: Client;
  /** The names of the session cookies that the browser has. */
  readonly present: Iterable<string>;
}

/** What a commit made. */
export interface Committed {
  readonly loaded: Loaded;
  /** What each operation answers, as of the replay that was committed. */
  readonly results: readonly unknown[];
  readonly cookies: readonly CookieWrite[];
  /** False when a database is configured and has not got it yet. */
  readonly durable: boolean;
  /** What the caller is told once the browser has its cookies: the commit stands, but not all of what was asked for. */
  readonly failure?: SessionStoreError;
}

/** The commit is durable: the browser learns it. */
export function seal(
  context: Context,
  work: Commit,
  draft: Draft,
  token: Token,
  record: SessionRecord | undefined,
): MaybePromise<Committed> {
  const { values, text, results } = draft;
  const after: Loaded = { token, values, text, quick: new Map(), quickTexts: {}, record, isOnItsWay: true };
  const issued = chain(writeSessionCookies(context.settings, token, work.present), (cookies) => ({
    loaded: after,
    results,
    cookies,
    durable: true,
  }));
  const folds = folding(work.loaded);
  if (folds.length === 0 || !context.tiers) return issued;
  return context.tiers.writeBestEffort(folds).then(() => issued);
}

/** There was nothing to commit. What was deferred before still waits. */
export function unchanged(loaded: Loaded, { results }: Draft): Committed {
  return { loaded, results, cookies: [], durable: loaded.dirty === undefined };
}
