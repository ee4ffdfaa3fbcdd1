/** Committing to the server: the record is compared and set, then the cache learns of it, and the next token refers to it. */

import { ConflictError, SessionError, SessionStoreError } from "../../errors.js";
import type { RowTicket } from "../../tiers/row-queue.js";
import type { SessionRecord } from "../../tiers/store.js";
import type { Tiers } from "../../tiers/tiers.js";
import { now, pause } from "../../util/clock.js";
import { settle, unwrap } from "../../util/outcome.js";
import type { Context } from "../context.js";
import { follow, join, reload } from "../load/load.js";
import { discard } from "../load/reconcile-deferred.js";
import { hasCommit, newCommitId } from "../record/commit-ids.js";
import { newRecord, recordChange } from "../record/record.js";
import { isRotationDue } from "../record/rotation.js";
import type { Commit, Committed, Draft, Intent, Loaded } from "../state.js";
import type { Token } from "../token/token.js";
import { fold, folding } from "./commit-quick.js";
import { concluded, unchanged } from "./commit-result.js";
import { compareAndSet, insertOnce, outcomeUnknown, UNKNOWN_ATTEMPTS, type WriteOutcome } from "./compare-and-set.js";
import { defer, isDeferrable } from "./defer.js";
import { makeDraft } from "./draft.js";

/** A commit is replayed at most so often when others come first. */
const ATTEMPTS = 8;

/** Whether the row has to be written: because it holds the data, will hold it, or knows the id. */
export function needsServer(draft: Draft, loaded: Loaded, intent: Intent, context: Context): boolean {
  if (!context.tiers) return false;
  if (draft.placement !== "cookie" || intent.type === "login") return true;
  const { token } = loaded;
  if (!token?.reference) return false;
  return token.data === undefined || token.shrunkAt !== undefined || token.id !== draft.token.id;
}

/**
 * Commits to the record: one compare-and-set, replayed on what is there when others come first.
 * @throws {ConflictError} when they do so eight times.
 */
export async function commitToServer(context: Context, work: Commit, first: Draft): Promise<Committed> {
  const ticket = context.rowQueue.ticket();
  try {
    return await commitInTurn(context, work, first, ticket);
  } finally {
    ticket.leave();
  }
}

async function commitInTurn(context: Context, work: Commit, first: Draft, ticket: RowTicket): Promise<Committed> {
  const commitId = newCommitId();
  let { loaded, intent } = work;
  let draft = first;
  let unanswered = 0;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    loaded = await inTurn(context, loaded, ticket);
    if (loaded !== work.loaded) {
      if (work.loaded.token && !loaded.token) throw sessionEnded();
      // Another request has rotated meanwhile, and this one was handed the successor: that is all it wanted.
      if (intent.type === "rotate" && loaded.record && !isRotationDue(context, loaded.record))
        intent = { type: "write" };
      draft = makeDraft(context, loaded, work.operations, intent, work.client, work.isLate, first.token);
      if (draft.isUnchanged) return unchanged(loaded, draft);
      if (!needsServer(draft, loaded, intent, context)) {
        await fold(context, work.loaded);
        return concluded(draft, { ...draft.token, data: draft.text }, loaded.record);
      }
    }
    const startedAt = now();
    // rule: of two rotations at a time one takes place
    const written = await settle(write(context, { ...work, intent }, loaded, draft, commitId));
    if (!written.ok && isDeferrable(context, work, loaded) && isStoreFailure(written.error)) {
      return defer(context, work, loaded, commitId, written.error);
    }
    const verdict = unwrap(written);
    if (verdict.state === "done") {
      ticket.leave(verdict.record);
      return finish(context, work, loaded, draft, verdict.record, startedAt);
    }
    if (verdict.state === "released") {
      await fold(context, work.loaded);
      return concluded(draft, inCookie(draft), undefined);
    }
    if (verdict.state === "unanswered") unanswered += 1;
    else context.emit("conflict", { handle: loaded.record?.key ?? "", attempt });
    if (verdict.state === "unanswered" && unanswered === UNKNOWN_ATTEMPTS) throw verdict.error;
    if (attempt > 1 || !loaded.record) await pause(Math.random() * Math.min(10 * 2 ** attempt, 500));
    const base = loaded;
    // rule: a replay starts from what is there now
    loaded = await again(context, base);
    // Written after all: what was asked before was a replica that did not have it yet.
    if (loaded.record && hasCommit(loaded.record, commitId))
      return finish(context, work, base, draft, loaded.record, startedAt);
  }
  throw new ConflictError(ATTEMPTS);
}

/** The session with its row, once it is this commit's turn there: as the one before has left it. */
async function inTurn(context: Context, loaded: Loaded, ticket: RowTicket): Promise<Loaded> {
  const { token, record } = loaded;
  if (!token?.reference) return loaded;
  const newest = await ticket.wait(token.reference.key);
  if (newest && newest.version > (record?.version ?? 0)) return follow(context, loaded, newest);
  return record ? loaded : reload(context, token);
}

/** One attempt to write the record: an insert, a compare-and-set, or its release into the cookie. */
async function write(
  context: Context,
  work: Commit,
  loaded: Loaded,
  draft: Draft,
  commitId: string,
): Promise<WriteOutcome | { readonly state: "released" }> {
  const tiers = context.tiers as Tiers;
  const { record } = loaded;
  if (tiers.isStoreDown && isDeferrable(context, work, loaded)) throw storeDown();
  if (!record) {
    const next = await newRecord(context, draft, work.client, commitId, loaded.token);
    return insertOnce(context, next, commitId);
  }
  if (draft.placement === "cookie" && record.userId === null && draft.token.userId === undefined) {
    const released = await tiers.release(record.key, record.version).catch(() => false);
    return { state: released ? "released" : "changed" };
  }
  const change = await recordChange(context, work.intent, loaded, record, draft, commitId);
  const next = { ...record, ...change, version: record.version + 1 };
  // rule: the database knows before the cache does
  return compareAndSet(context, next, commitId, () => tiers.update(record, change));
}

/** The session as it is now, for another attempt: from the arbiter, or from the row that another tab has made of it. */
async function again(context: Context, { token, ...base }: Loaded): Promise<Loaded> {
  if (!token) return { token, ...base };
  const read = await settle(token.reference ? reload(context, token) : join(context, { token, ...base }));
  if (read.ok) return read.value;
  // A cache alone may have replicas, which did not see what was written a moment ago.
  throw context.tiers?.durable ? read.error : outcomeUnknown(context, read.error);
}

/** The record is written: the cache learns it, and the next token refers to it. */
async function finish(
  context: Context,
  work: Commit,
  loaded: Loaded,
  draft: Draft,
  record: SessionRecord,
  startedAt: number,
): Promise<Committed> {
  const published = await publish(context, work, loaded, record, startedAt);
  if (loaded.dirty) await discard(context, loaded.dirty, []);
  const { placement, text } = draft;
  const version = (loaded.record?.version ?? 0) + 1;
  const token: Token = {
    ...draft.token,
    reference: { key: record.key, version },
    shrunkAt: placement === "shrinking" ? (loaded.token?.shrunkAt ?? now()) : undefined,
    data: placement === "server" ? undefined : text,
  };
  // rule: values and version of a session belong together
  if (record.version === version) {
    const made = concluded(draft, token, record);
    return published ? made : { ...made, failure: idUnacknowledged(context) };
  }
  // Others have committed on top of this commit before its outcome was known: what they made of it stands.
  const read = await settle(reload(context, token));
  if (!read.ok) return concluded(draft, token, undefined);
  const newer = read.value;
  // This commit is in it, but the session has passed to another id since, or has ended: there is nothing to hand out.
  if (!newer.token) return { loaded: newer, results: draft.results, isNews: false, durable: true };
  const { values, text: newest = text } = newer;
  return concluded({ ...draft, values, text: newest }, newer.token, newer.record);
}

/** Tells the cache. A new id on request ends the old one, which a copy would go on to answer: that has to be acknowledged. */
async function publish(
  context: Context,
  { intent }: Commit,
  loaded: Loaded,
  record: SessionRecord,
  startedAt: number,
): Promise<boolean> {
  const { tiers } = context;
  if (intent.type !== "regenerate") {
    await tiers?.publish(record, startedAt, folding(loaded));
    return true;
  }
  await fold(context, loaded);
  return (await settle(Promise.resolve(tiers?.publishOrThrow(record, startedAt)))).ok;
}

function idUnacknowledged({ server }: Context): SessionStoreError {
  return new SessionStoreError(
    "cache",
    `The session has its new id, but the cache did not acknowledge it: cached copies may answer to the old one for at most ${server.cacheMaxAge / 1000} seconds (\`cacheMaxAge\`).`,
    "unknown",
  );
}

function inCookie(draft: Draft): Token {
  return { ...draft.token, reference: undefined, shrunkAt: undefined, data: draft.text };
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
