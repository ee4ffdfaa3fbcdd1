/** Ending a session on the server: the row, and its copies in the cache. */

import type { EndReason } from "../../events.js";
import type { Tiers } from "../../tiers/tiers.js";
import { now } from "../../util/clock.js";
import type { Context } from "../context.js";
import { matchId } from "../record/rotation.js";
import type { Token } from "../token/token.js";

/**
 * Removes a row everywhere, and has this process know at once: before, since the removal may be seen by another request of
 * this process, and after, since such a request may have seen the row alive in between.
 */
export async function removeRow({ revocation }: Context, tiers: Tiers, key: string): Promise<boolean> {
  revocation.checked.noteEnded(key);
  return tiers.remove(key).finally(() => revocation.checked.noteEnded(key));
}

/**
 * Ends a session from outside, by its handle. Events tell of it only once it is known that there was one.
 * @returns whether there was one.
 */
export async function endHandle(
  context: Context,
  tiers: Tiers,
  handle: string,
  { reason, userId }: { readonly reason: EndReason; readonly userId?: string },
): Promise<boolean> {
  const removed = await removeRow(context, tiers, handle);
  if (!removed) return false;
  for (const name of ["destroying", "revoked", "destroyed"] as const) context.emit(name, { handle });
  context.audit({ action: "ended", reason }, { handle, userId });
  return true;
}

/**
 * Ends the row of a token. A row that has passed on to another id is left alone; one that cannot be read is ended.
 * @throws {SessionStoreError} after having done what could be done, when a tier did not acknowledge it.
 */
export async function endOwn(context: Context, token: Token, key: string): Promise<void> {
  const { tiers } = context;
  if (tiers && !(await isOthers(context, tiers, token, key).catch(() => false))) await removeRow(context, tiers, key);
}

/** Whether the row has another id now. The arbiter says so: a copy in the cache may be older than the id. */
async function isOthers(context: Context, tiers: Tiers, token: Token, key: string): Promise<boolean> {
  // rule: a stale copy does not tell whose session it is (what is wanted)
  const wanted = { atLeast: token.reference?.version ?? 0, sealedAt: token.sealedAt, knownAt: now() };
  // rule: a stale copy does not tell whose session it is (who is asked)
  for (const fresh of [false, true]) {
    const { record } = await tiers.load(key, { ...wanted, fresh });
    if (!record || (await matchId(context, token, record))) return false;
  }
  // rule: a row that has passed on to another id is not ended
  return true;
}
