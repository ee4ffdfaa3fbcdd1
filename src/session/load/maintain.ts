/** Maintenance: what a request writes while it reads. What fails here is left to a later request. */

import { SessionStoreError } from "../../errors.js";
import type { DeferredWrite } from "../../tiers/deferred-write.js";
import type { SessionChange, SessionRecord } from "../../tiers/store.js";
import type { Tiers } from "../../tiers/tiers.js";
import { now, within } from "../../util/clock.js";
import { settle } from "../../util/outcome.js";
import type { Context } from "../context.js";
import { carriedData } from "../record/at-rest.js";
import { replaceId } from "../record/rotation.js";
import { isVisitDue, noteVisit } from "../record/visit.js";
import type { Token } from "../token/token.js";
import { type Reconciled, reconcile } from "./reconcile-deferred.js";

/** What is known of whoever reads a record. */
export interface Reader {
  /** A browser, with this request; otherwise a record is read once more in the middle of one. */
  readonly isVisit: boolean;
  /** It came with the record's current id. */
  readonly isPresented: boolean;
}

/** How long a request that reads waits for a note to be written (milliseconds); then it goes on without. */
const NOTE_WAIT = 250;

/**
 * Brings a record up to date that was just read: notes the visit, and that a browser has presented its id; and writes to
 * the database what was deferred.
 * @param deferred what waits for the database, if anything does.
 * @returns the record as it then is, and what still waits.
 */
export async function maintain(
  context: Context,
  record: SessionRecord,
  reader: Reader,
  deferred: DeferredWrite | undefined,
): Promise<Reconciled> {
  const notes = reader.isVisit ? notesOf(context, record, reader) : undefined;
  return reconcile(context, notes ? await note(context, record, notes) : record, deferred);
}

/**
 * What is to be noted: from the first time that a browser comes with the successor, the previous id has only its grace; and
 * rarely the last visit, also while a page renders, since no cookie is needed. Undefined: nothing.
 */
function notesOf({ settings }: Context, record: SessionRecord, { isPresented }: Reader): SessionChange | undefined {
  const at = now();
  const isFirst = isPresented && record.previousIdHash !== null && record.presentedAt === null;
  if (!isFirst && !isVisitDue(settings, record)) return undefined;
  return { ...noteVisit(settings, record, at), ...(isFirst && { presentedAt: new Date(at) }) };
}

/** Writes notes. When another request comes between, or the store is slow, a later one notes. */
async function note(context: Context, record: SessionRecord, notes: SessionChange): Promise<SessionRecord> {
  const { tiers } = context;
  if (!tiers || tiers.isStoreDown) return record;
  const late = () => new Error("Writing a note took too long.");
  const written = await settle(within(NOTE_WAIT, writeNotes(context, tiers, record, notes), late));
  return written.ok ? written.value : record;
}

/**
 * Gives a row that a failover has taken back to before its id was replaced the id of the token, which is the newer of the
 * two: a rotation that was lost ends no session. The id that the row had is good no more.
 * @throws {SessionStoreError} when another request came first: how the row is now is not known to be lost yet.
 */
export async function restoreId(
  context: Context,
  tiers: Tiers,
  record: SessionRecord,
  token: Token,
): Promise<SessionRecord> {
  const restored = await writeNotes(context, tiers, record, await replaceId(token.id));
  if (restored === record) throw meanwhile();
  return restored;
}

const meanwhile = () =>
  new SessionStoreError(
    "store",
    "The session goes on from an older state, and another request has just changed that. Try the request again.",
  );

async function writeNotes(
  context: Context,
  tiers: Tiers,
  record: SessionRecord,
  notes: SessionChange,
): Promise<SessionRecord> {
  const at = now();
  const change = { ...(await carriedData(context, record)), ...notes };
  if (!(await tiers.update(record, change))) return record;
  const next = { ...record, ...change, version: record.version + 1 };
  await tiers.publish(next, at);
  return next;
}
