/** Committing: the way back, from recorded operations to the cookie, and where needed to the database and the cache. */

import type { CookieWrite } from "../cookie/attributes.js";
import { chain, type MaybePromise } from "../cookie/maybe-promise.js";
import { ConflictError, SessionError, SessionStoreError } from "../errors.js";
import { arbitrate, arbitrateInsert, isIn, newMark, UNANSWERED_ATTEMPTS, type Verdict } from "./arbitration.js";
import { now, pause } from "./clock.js";
import type { Context } from "./context.js";
import { giveUp } from "./dirty-repair.js";
import { defer, isDeferrable } from "./dirty-write.js";
import { type Client, type Draft, type Intent, makeDraft } from "./draft.js";
import { issueSession } from "./issue.js";
import { join, type Loaded, reload } from "./loaded.js";
import type { Operation } from "./operations.js";
import { commitQuick, folding, isQuick } from "./quick.js";
import { newRecord, recordChange } from "./record.js";
import { isRotationDue } from "./rotation.js";
import { settle, unwrap } from "./settled.js";
import type { SessionRecord } from "./store.js";
import type { Tiered } from "./tiered.js";
import type { Token } from "./token.js";

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
}

/** A commit is replayed at most so often when others come first. */
const ATTEMPTS = 8;

/** Commits. At once in Node as long as the cookie alone is concerned. */
export function commit(context: Context, work: Commit): MaybePromise<Committed> {
  const { loaded, operations, intent, client } = work;
  const draft = makeDraft(context, loaded, operations, intent, client);
  if (draft.isUnchanged) return unchanged(loaded, draft);
  const isForServer = needsServer(draft, loaded, intent, context);
  if (isForServer && isQuick(context, work)) return commitQuick(context, work, draft);
  if (isForServer) return commitToServer(context, work, draft);
  return seal(context, work, draft, { ...draft.token, data: draft.text }, loaded.record);
}

/** Whether the row has to be written: because it holds the data, will hold it, or knows the id. */
function needsServer(draft: Draft, loaded: Loaded, intent: Intent, context: Context): boolean {
  if (!context.tiers) return false;
  if (draft.placement !== "cookie" || intent.type === "login") return true;
  const { token } = loaded;
  if (!token?.reference) return false;
  return token.data === undefined || token.shrunkAt !== undefined || token.id !== draft.token.id;
}

async function commitToServer(context: Context, work: Commit, first: Draft): Promise<Committed> {
  const mark = newMark();
  let { loaded, intent } = work;
  let draft = first;
  let unanswered = 0;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    if (loaded.token?.reference && !loaded.record) loaded = await reload(context, loaded.token);
    else {
      const written = await settle(write(context, { ...work, intent }, loaded, draft, mark));
      if (!written.ok && isDeferrable(context, work, loaded) && isStoreFailure(written.error)) {
        return defer(context, work, loaded, mark, written.error);
      }
      const verdict = unwrap(written);
      if (verdict.state === "done") return finish(context, work, loaded, draft, verdict.record);
      if (verdict.state === "released") return seal(context, work, draft, inCookie(draft), undefined);
      if (verdict.state === "unanswered") unanswered += 1;
      else context.emit("conflict", { handle: loaded.record?.key ?? "", attempt });
      if (verdict.state === "unanswered" && unanswered === UNANSWERED_ATTEMPTS) throw verdict.error;
      await pause(Math.random() * Math.min(10 * 2 ** attempt, 500));
      const base = loaded;
      if (base.token) loaded = await (base.token.reference ? reload(context, base.token) : join(context, base));
      // Written after all: what was asked before was a replica that did not have it yet.
      if (loaded.record && isIn(loaded.record, mark)) return finish(context, work, base, draft, loaded.record);
    }
    if (work.loaded.token && !loaded.token) throw sessionEnded();
    // Another request has rotated meanwhile, and this one was handed the successor: that is all it wanted.
    if (intent.type === "rotate" && loaded.record && !isRotationDue(context, loaded.record)) intent = { type: "write" };
    draft = makeDraft(context, loaded, work.operations, intent, work.client, first.token);
    if (!needsServer(draft, loaded, intent, context) || draft.isUnchanged) {
      if (draft.isUnchanged) return unchanged(loaded, draft);
      return seal(context, work, draft, { ...draft.token, data: draft.text }, loaded.record);
    }
  }
  throw new ConflictError(ATTEMPTS);
}

/** One attempt to write the record: an insert, a compare-and-set, or its release into the cookie. */
async function write(
  context: Context,
  work: Commit,
  loaded: Loaded,
  draft: Draft,
  mark: string,
): Promise<Verdict | { readonly state: "released" }> {
  const tiers = context.tiers as Tiered;
  const { record } = loaded;
  if (tiers.isStoreDown && isDeferrable(context, work, loaded)) throw storeDown();
  if (!record) {
    const next = await newRecord(context, draft, work.client, mark, loaded.token);
    return arbitrateInsert(context, next, mark);
  }
  if (draft.placement === "cookie" && record.userId === null && draft.token.userId === undefined) {
    const released = await tiers.release(record.key, record.version).catch(() => false);
    return { state: released ? "released" : "changed" };
  }
  const change = await recordChange(context, work.intent, loaded, record, draft, mark);
  const next = { ...record, ...change, version: record.version + 1 };
  return arbitrate(context, next, mark, () => tiers.update(record, change));
}

/** The record is written: the cache learns it, and the cookie refers to it. */
async function finish(
  context: Context,
  work: Commit,
  loaded: Loaded,
  draft: Draft,
  record: SessionRecord,
): Promise<Committed> {
  await context.tiers?.publish(record, folding(loaded));
  if (loaded.dirty) await giveUp(context, loaded.dirty, []);
  const { placement, text } = draft;
  const version = (loaded.record?.version ?? 0) + 1;
  const token: Token = {
    ...draft.token,
    reference: { key: record.key, version },
    shrunkAt: placement === "shrinking" ? (loaded.token?.shrunkAt ?? now()) : undefined,
    data: placement === "server" ? undefined : text,
  };
  const folded = { ...work, loaded: { ...loaded, quickTexts: {} } };
  if (record.version === version) return seal(context, folded, draft, token, record);
  // Others have committed on top of this commit before its outcome was known: what they made of it stands.
  const read = await settle(reload(context, token));
  if (!read.ok) return seal(context, folded, draft, token, record);
  const newer = read.value;
  // This commit is in it, but the session has passed to another id since, or has ended: there is nothing to hand out.
  if (!newer.token) return { loaded: newer, results: draft.results, cookies: [], durable: true };
  const { values, text: newest = text } = newer;
  return seal(context, folded, { ...draft, values, text: newest }, newer.token, newer.record);
}

/** The commit is durable: the browser learns it. */
function seal(
  context: Context,
  work: Commit,
  draft: Draft,
  token: Token,
  record: SessionRecord | undefined,
): MaybePromise<Committed> {
  const { values, text, results } = draft;
  const after: Loaded = { token, values, text, quick: new Map(), quickTexts: {}, record };
  const issued = chain(issueSession(context.settings, token, work.present), (cookies) => ({
    loaded: after,
    results,
    cookies,
    durable: true,
  }));
  const folds = folding(work.loaded);
  if (folds.length === 0 || !context.tiers) return issued;
  return context.tiers.publish(undefined, folds).then(() => issued);
}

function inCookie(draft: Draft): Token {
  return { ...draft.token, reference: undefined, shrunkAt: undefined, data: draft.text };
}

/** There was nothing to commit. What was deferred before still waits. */
function unchanged(loaded: Loaded, { results }: Draft): Committed {
  return { loaded, results, cookies: [], durable: loaded.dirty === undefined };
}

function isStoreFailure(error: unknown): boolean {
  return error instanceof SessionStoreError && error.tier === "store";
}

function storeDown(): SessionStoreError {
  return new SessionStoreError("store", "The session store has failed repeatedly, a moment ago, and was not asked.");
}

function sessionEnded(): SessionError {
  return new SessionError(
    "session-ended",
    "The session was ended by another request (signed out, revoked or replaced) before this commit. Nothing was written.",
  );
}
