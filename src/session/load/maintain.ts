/** Maintenance: what a request writes while it reads. What fails here is left to a later request. */

import type { DeferredWrite } from "../../tiers/deferred-write.js";
import type { SessionRecord } from "../../tiers/store.js";
import { now } from "../../util/clock.js";
import { settle } from "../../util/outcome.js";
import type { Context } from "../context.js";
import { carriedData } from "../record/at-rest.js";
import { type Reconciled, reconcile } from "./reconcile-deferred.js";

/**
 * Brings a record up to date that was just read: notes that a browser has presented its id, and writes to the database
 * what was deferred.
 * @param isPresented whether a browser came with the record's current id.
 * @param deferred what waits for the database, if anything does.
 * @returns the record as it then is, and what still waits.
 */
export async function maintain(
  context: Context,
  record: SessionRecord,
  isPresented: boolean,
  deferred: DeferredWrite | undefined,
): Promise<Reconciled> {
  return reconcile(context, isPresented ? await notePresented(context, record) : record, deferred);
}

/**
 * Notes that a browser has come with the successor: from now on the previous id has only its grace. When another request
 * comes between, the next one notes it.
 */
async function notePresented(context: Context, record: SessionRecord): Promise<SessionRecord> {
  if (record.previousIdHash === null || record.presentedAt !== null || !context.tiers) return record;
  const presentedAt = new Date(now());
  const carried = await settle(carriedData(context, record));
  if (!carried.ok) return record;
  const change = { ...carried.value, presentedAt };
  const noted = await context.tiers.update(record, change).catch(() => false);
  if (!noted) return record;
  const next = { ...record, ...change, version: record.version + 1 };
  await context.tiers.publish(next, presentedAt.getTime());
  return next;
}
