/** Cutoffs by time: whether sessions were ended since one was issued that carries no count of them. */

import type { Tiers } from "../../tiers/tiers.js";
import { counterRaisedAt, EPOCH } from "./counter.js";
import { cutoffName } from "./cutoff.js";

/** Whether all sessions of the application were ended after this moment. */
export async function wasAllEndedSince(tiers: Tiers, moment: Date): Promise<boolean> {
  const at = await counterRaisedAt(tiers, EPOCH);
  return at !== undefined && at.getTime() >= moment.getTime();
}

/** Whether all sessions of a user, or of the application, were ended after this moment; undefined: a moment long ago. */
export async function wasEndedSince(tiers: Tiers, userId: string, moment: Date | undefined): Promise<boolean> {
  const raised = await Promise.all([
    counterRaisedAt(tiers, await cutoffName(tiers, userId)),
    counterRaisedAt(tiers, EPOCH),
  ]);
  return raised.some((at) => at !== undefined && at.getTime() >= (moment?.getTime() ?? 0));
}
