/** Committing to the server: the record is compared and set, and the commit replayed while others come first. */

import { SessionError, SessionStoreError } from "../../errors.js";
import type { RowTicket } from "../../tiers/row-queue.js";
import type { Tiers } from "../../tiers/tiers.js";
import { now, pause } from "../../util/clock.js";
import { settle, unwrap } from "../../util/outcome.js";
import type { Context } from "../context.js";
import { adoptRow, findSpilledRow, reload } from "../load/load.js";
import { hasCommit, newCommitId } from "../record/commit-ids.js";
import { newRecord, recordChange } from "../record/record.js";
import { isRotationDue } from "../record/rotation.js";
import type { Change, Commit, Committed, Intent, Loaded } from "../state.js";
import { holderOf, type Token } from "../token/token.js";
import { fold } from "./commit-quick.js";
import { concluded, unchanged } from "./commit-result.js";
import { compareAndSet, insertOnce, MAX_WRITES, outcomeUnknown, type WriteOutcome } from "./compare-and-set.js";
import { defer, isDeferrable } from "./defer.js";
import { makeDraft } from "./draft.js";
import { sessionEnded } from "./late.js";
import { publishCommit } from "./publish-commit.js";
import { replay } from "./replay.js";

/** Whether the row has to be written: because it holds the data, will hold it, or knows the id. */
export function needsServer(change: Change, { token }: Loaded, intent: Intent, context: Context): boolean {
  if (!context.tiers) return false;
  if (change.placement !== "cookie" || intent.type === "login") return true;
  const holder = token && holderOf(token);
  return holder === "bound" ? change.replacesId : holder === "server" || holder === "shrinking";
}

/**
 * Commits to the record: one compare-and-set, replayed on what is there when others come first.
 * @throws {ConflictError} when they do so eight times.
 */
export async function commitToServer(context: Context, work: Commit, first: Change): Promise<Committed> {
  const ticket = context.rowQueue.ticket();
  try {
    return await commitInTurn(context, work, first, ticket);
  } finally {
    ticket.leave();
  }
}

async function commitInTurn(context: Context, work: Commit, first: Change, ticket: RowTicket): Promise<Committed> {
  const commitId = newCommitId();
  let { loaded, intent } = work;
  let change = first;
  let isLate = work.isLate();
  let unknown = 0;
  let doubt: SessionStoreError | undefined;
  const inDoubt = () => doubt;
  return replay(inDoubt, async (attempt) => {
    loaded = await inTurn(context, loaded, ticket);
    // Nothing that needs a cookie is written for a response that has left while others were waited for.
    if (loaded !== work.loaded || work.isLate() !== isLate) {
      isLate = work.isLate();
      if (work.loaded.token && !loaded.token) throw sessionEnded();
      // Another request has rotated meanwhile, and this one was handed the successor: that is all it wanted.
      const isRotated = loaded.record && !isRotationDue(context, loaded.record);
      if (intent.type === "rotate" && (isRotated || isLate)) intent = { type: "write" };
      const draft = makeDraft(context, loaded, work.operations, intent, work.client, isLate, first.token);
      if (draft.isUnchanged) return unchanged(loaded, draft.results);
      change = draft;
      if (!needsServer(change, loaded, intent, context)) {
        await fold(context, work.loaded);
        return concluded(change, { ...change.token, data: change.text }, loaded.record);
      }
    }
    const startedAt = now();
    // rule: of two rotations at a time one takes place
    const written = await settle(write(context, { ...work, intent }, loaded, change, commitId));
    if (!written.ok && isDeferrable(context, work, loaded) && isStoreFailure(written.error)) {
      return defer(context, work, loaded, commitId, written.error);
    }
    const outcome = unwrap(written);
    if (outcome.state === "done") {
      ticket.leave(outcome.record);
      return publishCommit(context, work.intent, loaded, change, outcome.record, startedAt);
    }
    if (outcome.state === "released") {
      await fold(context, work.loaded);
      return concluded(change, inCookie(change), undefined);
    }
    if (outcome.state === "unknown") {
      doubt = outcome.error;
      unknown += 1;
      if (unknown === MAX_WRITES) throw doubt;
    } else context.emit("conflict", { handle: loaded.record?.key ?? "", attempt });
    if (attempt > 1 || !loaded.record) await pause(Math.random() * Math.min(10 * 2 ** attempt, 500));
    const base = loaded;
    // rule: a replay starts from what is there now
    loaded = await again(context, base);
    // Written after all: what was asked before was a replica that did not have it yet.
    if (!loaded.record || !hasCommit(loaded.record, commitId)) return undefined;
    return publishCommit(context, work.intent, base, change, loaded.record, startedAt);
  });
}

/** The session with its row, once it is this commit's turn there: as the one before has left it. */
async function inTurn(context: Context, loaded: Loaded, ticket: RowTicket): Promise<Loaded> {
  const { token, record } = loaded;
  if (!token?.reference) return loaded;
  const newest = await ticket.wait(token.reference.key);
  if (newest && newest.version > (record?.version ?? 0)) return adoptRow(context, loaded, newest);
  return record ? loaded : reload(context, token, "store");
}

/** One attempt to write the record: an insert, a compare-and-set, or its release into the cookie. */
async function write(
  context: Context,
  work: Commit,
  loaded: Loaded,
  change: Change,
  commitId: string,
): Promise<WriteOutcome | { readonly state: "released" }> {
  const tiers = context.tiers as Tiers;
  const { record } = loaded;
  if (tiers.isStoreDown && isDeferrable(context, work, loaded)) throw storeDown();
  if (!record) {
    const isVisitor = change.token.userId === undefined;
    // Asked once: what is tried again was allowed before.
    if (isVisitor && loaded === work.loaded && !(await context.server.visitorRows(work.client))) throw tooMany();
    const next = await newRecord(context, work.intent, change, work.client, commitId, loaded.token);
    return insertOnce(context, next, commitId);
  }
  if (change.placement === "cookie" && record.userId === null && change.token.userId === undefined) {
    const released = await tiers.release(record.key, record.version).catch(() => false);
    return { state: released ? "released" : "changed" };
  }
  const update = await recordChange(context, work.intent, loaded, record, change, commitId);
  const next = { ...record, ...update, version: record.version + 1 };
  // rule: the database knows before the cache does
  return compareAndSet(context, next, commitId, () => tiers.update(record, update));
}

/** The session as it is now, for another attempt: from the arbiter, or from the row that another tab has made of it. */
async function again(context: Context, { token, ...base }: Loaded): Promise<Loaded> {
  if (!token) return { token, ...base };
  const read = await settle(
    token.reference ? reload(context, token, "store") : findSpilledRow(context, { token, ...base }),
  );
  if (read.ok) return read.value;
  // A cache alone may have replicas, which did not see what was written a moment ago.
  throw context.tiers?.durable ? read.error : outcomeUnknown(context, read.error);
}

function inCookie(change: Change): Token {
  return { ...change.token, reference: undefined, shrunkAt: undefined, data: change.text };
}

function isStoreFailure(error: unknown): boolean {
  return error instanceof SessionStoreError && error.tier === "store";
}

function storeDown(): SessionStoreError {
  return new SessionStoreError(
    "store",
    "The session store has failed repeatedly, a moment ago, and was not asked. Nothing was written; try again.",
  );
}

function tooMany(): SessionError {
  return new SessionError(
    "too-many-visitors",
    "The session would begin on the server, which `visitorRows` does not allow this visitor. Nothing was written; what the cookie holds stands.",
  );
}
