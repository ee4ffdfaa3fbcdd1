/** A user's cutoff: the counter by which a login learns that all sessions of the user were ended while it was under way. */

import type { SessionRecord } from "../../tiers/store.js";
import type { Tiers } from "../../tiers/tiers.js";
import { now } from "../../util/clock.js";
import { MAX_CLOCK_SKEW } from "../../util/expiry.js";
import { settle } from "../../util/outcome.js";

/**
 * How long the cache has to keep a copy for a login to begin with it: while a raise may be of the last 15 minutes, by clocks
 * that differ by as much, between three processes.
 */
const COPY_AGE = 3 * MAX_CLOCK_SKEW;

/** The counter that `revokeUser` raises and a login in flight reads. It does not hold the user's id itself. */
export async function cutoffName({ scope }: Tiers, userId: string): Promise<string> {
  return `user:${await scope.user(userId)}`;
}

/** A user's cutoff as it was before a login wrote its row. */
export interface CutoffBefore {
  readonly key: string;
  /** When it was read (milliseconds since 1970). */
  readonly readAt: number;
  readonly raise: SessionRecord | undefined;
  /** Whether the cache told it, which may have lost a raise. */
  readonly isCopy: boolean;
}

/**
 * Reads a user's cutoff, before a login writes its row: in the cache, if it is one that keeps copies long enough.
 * @param fresh asks the arbiter.
 */
export async function readCutoff(tiers: Tiers, userId: string, fresh: boolean): Promise<CutoffBefore> {
  const key = await tiers.scope.counter(await cutoffName(tiers, userId));
  const readAt = now();
  const copied = !fresh && tiers.copyAge >= COPY_AGE ? await settle(tiers.copy(key)) : undefined;
  if (copied?.ok) return { key, readAt, raise: copied.value, isCopy: true };
  const { record } = await tiers.load(key, { fresh: true });
  return { key, readAt, raise: record, isCopy: false };
}

/**
 * Whether all sessions of the user were ended since, as the arbiter knows it. What the cache did not know counts as of
 * before when it is older than clocks may differ; it may also be of before and lost with the cache, and is refused then:
 * the next login finds it in the cache.
 */
export async function isRaisedSince(tiers: Tiers, { key, readAt, raise, isCopy }: CutoffBefore): Promise<boolean> {
  const at = now();
  const { record } = await tiers.load(key, { fresh: true });
  if (!record || isSame(record, raise)) return false;
  if (!isCopy) return true;
  await tiers.publish(record, at);
  return readAt - record.createdAt.getTime() <= MAX_CLOCK_SKEW;
}

/** Whether two readings are of one raise. After a failover that lost raises, another may have come to the same count. */
function isSame(record: SessionRecord, raise: SessionRecord | undefined): boolean {
  return record.version === raise?.version && record.createdAt.getTime() === raise.createdAt.getTime();
}
