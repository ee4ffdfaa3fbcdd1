/** Reconciling: writing a deferred write to the database when that is back, or discarding it when a newer row has won. */

import { type DeferredWrite, deferredCommitIds, statusOf } from "../../tiers/deferred-write.js";
import type { SessionRecord } from "../../tiers/store.js";
import type { Tiers } from "../../tiers/tiers.js";
import { now, within } from "../../util/clock.js";
import { MAX_CLOCK_SKEW } from "../../util/expiry.js";
import { settle } from "../../util/outcome.js";
import type { Context } from "../context.js";
import type { Values } from "../operations.js";
import { deferredPlace, fromStored, placeOf, repairedData } from "../record/at-rest.js";
import { withCommitIds } from "../record/commit-ids.js";
import { decodeData } from "../record/data.js";
import { noteVisit } from "../record/visit.js";

/** A record, and the deferred write that goes beyond it, if there still is one. */
export interface Reconciled {
  readonly record: SessionRecord;
  readonly deferred: DeferredWrite | undefined;
}

/** How long a request that reads waits for the database (milliseconds); then it goes on with the deferred write. */
const REPAIR_WAIT = 250;

/**
 * Reconciles a record with the deferred write of its session: one that the row holds or has overtaken is discarded; one
 * that goes beyond it is written to it in one compare-and-set, if the database takes it now.
 * @param wait how long to wait for the database, in milliseconds.
 */
export async function reconcile(
  context: Context,
  record: SessionRecord,
  deferred: DeferredWrite | undefined,
  wait = REPAIR_WAIT,
): Promise<Reconciled> {
  if (!deferred) return { record, deferred };
  const status = statusOf(deferred, record);
  if (status === "pending") return repair(context, record, deferred, wait);
  // rule: an event names what was lost
  await discard(context, deferred, status === "applied" ? [] : await lostKeys(context, record, deferred));
  return { record, deferred: undefined };
}

/**
 * Discards a deferred write that the row holds, or that has lost the keys in `lost`, and reports it. A loss is reported
 * before anything else, since this process may end here: twice is better than never.
 */
export async function discard(context: Context, deferred: DeferredWrite, lost: readonly string[]): Promise<void> {
  const report = () => context.emit("repaired", { handle: deferred.key, lost });
  if (lost.length > 0) report();
  const discarded = await context.tiers?.deferred.discard(deferred);
  if (lost.length === 0 && discarded !== false) report();
}

/**
 * Reconciles all sessions that have a deferred write, while there is time.
 * @param left how much is left (milliseconds).
 * @throws {SessionStoreError} when a tier fails.
 */
export async function repairAll(context: Context, left: () => number): Promise<void> {
  const { tiers } = context;
  if (!tiers) return;
  for (const pending of await tiers.deferred.pending()) {
    if (left() <= 0) return;
    const { key } = pending;
    if (!(await tiers.scope.owns(key))) continue;
    const { write: deferred, version } = await tiers.deferred.read(key, { force: true });
    if (!deferred || version > pending.version) {
      // A replica may not have what was put there a moment ago; long after, nothing is on its way any more.
      // rule: deferred writes are found by cleanups, whatever a replica says
      if (version >= pending.version || now() - pending.version > MAX_CLOCK_SKEW)
        await tiers.deferred.removeFromIndex(pending);
      continue;
    }
    const readAt = now();
    const { record } = await tiers.load(key, { fresh: true });
    if (record) await tiers.publish(record, readAt);
    if (record) await reconcile(context, record, deferred, left());
    else await discard(context, deferred, await deferredKeys(context, deferred));
  }
}

/** The keys that deferred writes changed. */
export async function deferredKeys(context: Context, deferred: DeferredWrite): Promise<string[]> {
  return JSON.parse(await fromStored(context, deferredPlace(deferred, "keys"), deferred.keys));
}

/** Those of the changed keys whose values are not what the row holds now. */
async function lostKeys(context: Context, record: SessionRecord, deferred: DeferredWrite): Promise<string[]> {
  const changed = await deferredKeys(context, deferred);
  if (record.data === null) return changed;
  const [ours, theirs] = await Promise.all([
    valuesOf(context, deferredPlace(deferred, "data"), deferred.data),
    valuesOf(context, placeOf(record), record.data),
  ]);
  const { codec } = context.settings;
  const textOf = (values: Values | undefined, key: string) =>
    values?.has(key) ? codec.encode(new Map([[key, values.get(key)]])) : undefined;
  return changed.filter((key) => textOf(ours, key) !== textOf(theirs, key));
}

async function valuesOf(context: Context, place: string, data: string): Promise<Values> {
  return decodeData(context.settings, await fromStored(context, place, data));
}

async function repair(
  context: Context,
  record: SessionRecord,
  deferred: DeferredWrite,
  wait: number,
): Promise<Reconciled> {
  const { tiers } = context;
  if (!tiers || tiers.isStoreDown) return { record, deferred };
  const late = () => new Error("The repair of a deferred write took too long.");
  const repaired = await settle(within(wait, write(context, tiers, record, deferred), late));
  return repaired.ok ? repaired.value : { record, deferred };
}

async function write(
  context: Context,
  tiers: Tiers,
  record: SessionRecord,
  deferred: DeferredWrite,
): Promise<Reconciled> {
  const change = {
    data: await repairedData(context, record, deferred),
    commitIds: withCommitIds(record.commitIds, deferredCommitIds(deferred)),
    cookieSealedAt: null,
    ...noteVisit(context.settings, record, deferred.seenAt),
  };
  const at = now();
  if (await tiers.update(record, change)) {
    const next = { ...record, ...change, version: record.version + 1 };
    await tiers.publish(next, at);
    await discard(context, deferred, []);
    return { record: next, deferred: undefined };
  }
  // The record was an older copy: the row itself says what became of it.
  const readAt = now();
  const { record: newer } = await tiers.load(record.key, { fresh: true });
  if (!newer || newer.version <= record.version) return { record, deferred };
  // Before what goes beyond the older copy is dropped, the newer one takes its place.
  await tiers.publish(newer, readAt);
  return statusOf(deferred, newer) === "pending"
    ? write(context, tiers, newer, deferred)
    : reconcile(context, newer, deferred);
}
