/** Repair: bringing dirty data to the database when that is back, or giving it up to a newer row. */

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

/** A record, and the dirty data that goes beyond it, if there still is any. */
export interface Reconciled {
  readonly record: SessionRecord;
  readonly dirty: DeferredWrite | undefined;
}

/** How long a reader waits for a repair (milliseconds); it goes on with the dirty data then. */
const PATIENCE = 250;

/**
 * Sets a record and dirty data against each other: what the row has taken or overtaken is dropped, what goes beyond it
 * is written to it in one compare-and-set, if the database takes it now.
 * @param patience how long to wait for that, in milliseconds.
 */
export async function reconcile(
  context: Context,
  record: SessionRecord,
  dirty: DeferredWrite | undefined,
  patience = PATIENCE,
): Promise<Reconciled> {
  if (!dirty) return { record, dirty };
  const status = statusOf(dirty, record);
  if (status === "pending") return repair(context, record, dirty, patience);
  // rule: an event names what was lost
  await discard(context, dirty, status === "applied" ? [] : await lostKeys(context, record, dirty));
  return { record, dirty: undefined };
}

/**
 * Drops dirty data that the row holds, or that `lost` names the keys of, and tells of it: of a loss rather twice than never,
 * so before anything else, since this process may die of it.
 */
export async function discard(context: Context, dirty: DeferredWrite, lost: readonly string[]): Promise<void> {
  const tell = () => context.emit("repaired", { handle: dirty.key, lost });
  if (lost.length > 0) tell();
  const dropped = await context.tiers?.deferred.discard(dirty);
  if (lost.length === 0 && dropped !== false) tell();
}

/**
 * Repairs all sessions that wait for it, until `deadline` (milliseconds since 1970).
 * @throws {SessionStoreError} when a tier fails.
 */
export async function repairAll(context: Context, deadline: number): Promise<void> {
  const { tiers } = context;
  if (!tiers) return;
  const { deferred } = tiers;
  for (const pending of await deferred.pending()) {
    if (now() >= deadline) return;
    const { key } = pending;
    if (!(await tiers.scope.owns(key))) continue;
    const { write: dirty, version } = await deferred.read(key, { force: true });
    if (!dirty || version > pending.version) {
      // What was just put there a replica may not have; long after, there is nothing to come.
      // rule: deferred writes are found by cleanups, whatever a replica says
      if (version >= pending.version || now() - pending.version > MAX_CLOCK_SKEW)
        await deferred.removeFromIndex(pending);
      continue;
    }
    const readAt = now();
    const { record } = await tiers.load(key, { fresh: true });
    if (record) await tiers.publish(record, readAt);
    if (record) await reconcile(context, record, dirty, deadline - now());
    else await discard(context, dirty, await deferredKeys(context, dirty));
  }
}

/** The keys that deferred writes changed. */
export async function deferredKeys(context: Context, dirty: DeferredWrite): Promise<string[]> {
  return JSON.parse(await fromStored(context, deferredPlace(dirty, "keys"), dirty.keys));
}

/** Those of the changed keys whose values are not what the row holds now. */
async function lostKeys(context: Context, record: SessionRecord, dirty: DeferredWrite): Promise<string[]> {
  const changed = await deferredKeys(context, dirty);
  if (record.data === null) return changed;
  const [ours, theirs] = await Promise.all([
    valuesOf(context, deferredPlace(dirty, "data"), dirty.data),
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
  dirty: DeferredWrite,
  patience: number,
): Promise<Reconciled> {
  const { tiers } = context;
  if (!tiers || tiers.isStoreDown) return { record, dirty };
  const late = () => new Error("The repair of a deferred write took too long.");
  const repaired = await settle(within(patience, write(context, tiers, record, dirty), late));
  return repaired.ok ? repaired.value : { record, dirty };
}

async function write(context: Context, tiers: Tiers, record: SessionRecord, dirty: DeferredWrite): Promise<Reconciled> {
  const change = {
    data: await repairedData(context, record, dirty),
    commitIds: withCommitIds(record.commitIds, deferredCommitIds(dirty)),
    cookieSealedAt: null,
    seenAt: new Date(dirty.seenAt),
  };
  const at = now();
  if (await tiers.update(record, change)) {
    const next = { ...record, ...change, version: record.version + 1 };
    await tiers.publish(next, at);
    await discard(context, dirty, []);
    return { record: next, dirty: undefined };
  }
  // The record was an older copy: the row itself tells what has become of it.
  const readAt = now();
  const { record: newer } = await tiers.load(record.key, { fresh: true });
  if (!newer || newer.version <= record.version) return { record, dirty };
  // Before what goes beyond the older copy is dropped, the newer one takes its place.
  await tiers.publish(newer, readAt);
  return statusOf(dirty, newer) === "pending" ? write(context, tiers, newer, dirty) : reconcile(context, newer, dirty);
}
