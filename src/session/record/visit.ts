/** Visits: the record of a user's session learns, rarely, when the session was last used and when it idles out. */

import type { SessionRecord } from "../../tiers/store.js";
import { now } from "../../util/clock.js";
import { idleDeadline, MAX_CLOCK_SKEW, visitInterval } from "../../util/expiry.js";
import type { Settings } from "../settings/settings.js";

/** Whether a visit that takes place now is to be noted. Only users' sessions are listed and limited. */
export function isVisitDue(settings: Pick<Settings, "idleTimeout">, record: SessionRecord): boolean {
  // rule: the row of a user's session knows of visits
  return record.userId !== null && now() - record.seenAt.getTime() >= visitInterval(settings.idleTimeout);
}

/** What a visit changes in a record that knows of no later one. @param at when it took place (milliseconds since 1970). */
export function noteVisit(
  { idleTimeout }: Pick<Settings, "idleTimeout">,
  record: SessionRecord,
  at: number,
): Pick<SessionRecord, "seenAt" | "idleExpiresAt"> {
  const idleExpiresAt = idleDeadline(at, idleTimeout, absoluteDeadline(record));
  return {
    seenAt: new Date(Math.max(at, record.seenAt.getTime())),
    idleExpiresAt: new Date(Math.max(idleExpiresAt, record.idleExpiresAt.getTime())),
  };
}

/** The absolute deadline of the session of a record (milliseconds since 1970). */
export function absoluteDeadline({ expiresAt }: Pick<SessionRecord, "expiresAt">): number {
  return expiresAt.getTime() - MAX_CLOCK_SKEW;
}

/**
 * Whether the session of a record has expired, as far as the record knows: it has idled out, or its absolute deadline has
 * passed. A browser whose later visits only the middleware saw may still use one that has idled out.
 */
export function hasIdledOut(record: Pick<SessionRecord, "expiresAt" | "idleExpiresAt">, at: number): boolean {
  return Math.min(record.idleExpiresAt.getTime(), absoluteDeadline(record)) <= at;
}

/**
 * A user's records in the order in which they make way for others: first those that have idled out, then by the last visit,
 * then by the login. Nothing was seen later than the newest login, which is the last to go, whatever the clocks say.
 */
export function longestIdleFirst(records: readonly SessionRecord[], at: number): SessionRecord[] {
  const newest = Math.max(...records.map(({ createdAt }) => createdAt.getTime()));
  const rank = (record: SessionRecord) => ({
    record,
    // rule: what has idled out makes way first
    isLive: hasIdledOut(record, at) ? 0 : 1,
    login: record.createdAt.getTime(),
    // rule: of what is live, that makes way which was used least recently
    seen: record.createdAt.getTime() === newest ? newest : Math.min(record.seenAt.getTime(), newest - 1),
  });
  return records
    .map(rank)
    .sort(
      (a, b) => a.isLive - b.isLive || a.seen - b.seen || a.login - b.login || (a.record.key < b.record.key ? -1 : 1),
    )
    .map(({ record }) => record);
}
