/**
 * Counters: reserved records whose version is their count. Raising one is how many sessions are ended at once.
 *
 * A counter that was not raised for 400 days expires, and sessions may be sealed under its last count until then. So it
 * begins not at 1 but at the minutes since 1970: above whatever it was, unless it was raised more than once a minute.
 */

import { SessionStoreError } from "../../errors.js";
import { firstRecord, type SessionRecord } from "../../tiers/store.js";
import type { Tiers } from "../../tiers/tiers.js";
import { now } from "../../util/clock.js";
import { MAX_LIFETIME, rowDeadline } from "../../util/expiry.js";

/** The counter of the whole application: sessions sealed under a lower epoch have ended. */
export const EPOCH = "epoch";

/** How often a raise tries again when others raise at the same time. */
const MAX_RAISES = 16;

/** Reads a counter, 0 when it was never raised. `fresh`: from the arbiter itself. */
export async function readCounter(tiers: Tiers, name: string, fresh: boolean): Promise<number> {
  const key = await tiers.scope.counter(name);
  const at = now();
  const { record, cached } = await tiers.load(key, { fresh });
  if (!record && !cached && !fresh) await tiers.publish(counterRecord(key, 0), at);
  return record?.version ?? 0;
}

/** When a counter was last raised, by the arbiter itself; undefined when it never was. */
export async function counterRaisedAt(tiers: Tiers, name: string): Promise<Date | undefined> {
  const { record } = await tiers.load(await tiers.scope.counter(name), { fresh: true });
  return record && record.version > 0 ? record.createdAt : undefined;
}

/**
 * Raises a counter, durably and where it is cached.
 * @returns the new count.
 * @throws {SessionStoreError} when a tier did not acknowledge it.
 */
export async function raiseCounter(tiers: Tiers, name: string): Promise<number> {
  const key = await tiers.scope.counter(name);
  for (let attempt = 1; attempt <= MAX_RAISES; attempt++) {
    const at = now();
    const { record } = await tiers.load(key, { fresh: true });
    const next = counterRecord(key, record ? record.version + 1 : firstCount());
    const { key: _, version: __, ...change } = next;
    if (record ? await tiers.update(record, change) : await tiers.insert(next)) {
      await tiers.publishOrThrow(next, at);
      return next.version;
    }
  }
  throw new SessionStoreError("store", "Too many sessions were being ended at the same time. Try again.");
}

/** Above every count that a counter of the same name may have come to before it expired. 32 bits hold it for 4000 years. */
function firstCount(): number {
  return Math.ceil(now() / 60_000);
}

/** A counter outlives every cookie that was sealed under it. */
function counterRecord(name: string, count: number): SessionRecord {
  const at = now();
  return firstRecord({
    key: name,
    idHash: name,
    version: count,
    createdAt: new Date(at),
    expiresAt: rowDeadline(at + MAX_LIFETIME),
  });
}
