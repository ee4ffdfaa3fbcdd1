/** Ending a session on the server: the row, and its copies in the cache. */

import type { EndReason } from "../../events.js";
import type { Tiers } from "../../tiers/tiers.js";
import { now } from "../../util/clock.js";
import type { Context } from "../context.js";
import { quickKeyOf, quickKeyOfRow } from "../load/quick-values.js";
import { isRolledBack, matchId } from "../record/rotation.js";
import type { Reference, Token } from "../token/token.js";

/**
 * Removes a row everywhere, and has this process know at once: before, since the removal may be seen by another request of
 * this process, and after, since such a request may have seen the row alive in between.
 * @param quickKey where its quick values are. Undefined: it has none.
 * @param isByBrowser whether its own browser asks for it.
 * @param version only at this version. Undefined: at any.
 */
async function removeRow(
  { revocation }: Context,
  tiers: Tiers,
  key: string,
  quickKey: string | undefined,
  isByBrowser: boolean,
  version?: number,
): Promise<boolean> {
  revocation.checked.noteEnded(key, isByBrowser);
  return tiers.remove(key, quickKey, version).finally(() => revocation.checked.noteEnded(key, isByBrowser));
}

/** Removes the row of a user's session of which nothing but the row is known, and its quick values. */
export function removeUsersRow(context: Context, tiers: Tiers, key: string): Promise<boolean> {
  return removeRow(context, tiers, key, quickKeyOfRow(key), false);
}

/** Removes what the server keeps of the session of a token, for the browser that has presented it. @returns whether it had a row. */
export async function removeSession(context: Context, token: Token): Promise<boolean> {
  const { tiers } = context;
  const quickKey = token.quick ? quickKeyOf(token) : undefined;
  if (tiers && token.reference) return removeRow(context, tiers, token.reference.key, quickKey, true);
  if (tiers && quickKey !== undefined) await tiers.removeQuick(quickKey);
  return false;
}

/**
 * Ends a session from outside, by its handle. Events are emitted only once it is known that there was one.
 * @returns whether there was one.
 */
export async function endHandle(
  context: Context,
  tiers: Tiers,
  handle: string,
  { reason, userId }: { readonly reason: EndReason; readonly userId?: string },
): Promise<boolean> {
  const removed = await removeUsersRow(context, tiers, handle);
  if (!removed) return false;
  for (const name of ["destroying", "revoked", "destroyed"] as const) context.emit(name, { handle });
  context.audit({ action: "ended", reason }, { handle, userId });
  return true;
}

/**
 * Ends the session of a token. A row that has passed on to another id is left alone, with the quick values of that;
 * one that cannot be read is ended.
 * @throws {SessionStoreError} after having done what could be done, when a tier did not acknowledge it.
 */
export async function endOwn(context: Context, token: Token): Promise<void> {
  const { tiers } = context;
  const key = token.reference?.key;
  if (tiers?.durable && token.reference && (await removeUnchanged(context, tiers, token, token.reference))) return;
  const isLeft = tiers && key !== undefined && (await isOthers(context, tiers, token, key).catch(() => false));
  if (!isLeft) await removeSession(context, token);
}

/**
 * Removes the row of a token where nobody has written it since: at the version that the token was made with, it has the
 * token's id, and need not be read.
 * @returns whether it was removed. Otherwise nothing was done.
 */
function removeUnchanged(context: Context, tiers: Tiers, token: Token, { key, version }: Reference): Promise<boolean> {
  return removeRow(context, tiers, key, token.quick ? quickKeyOf(token) : undefined, true, version);
}

/** Whether the row has another id now. The arbiter says so: a copy in the cache may be older than the id. */
async function isOthers(context: Context, tiers: Tiers, token: Token, key: string): Promise<boolean> {
  // rule: a stale copy does not tell whose session it is (what is wanted)
  const wanted = { atLeast: token.reference?.version ?? 0, sealedAt: token.sealedAt, knownAt: now() };
  // rule: a stale copy does not tell whose session it is (who is asked)
  for (const fresh of [false, true]) {
    const { record } = await tiers.load(key, { ...wanted, fresh });
    if (!record || isRolledBack(token, record) || (await matchId(context, token, record))) return false;
  }
  // rule: a row that has passed on to another id is not ended
  return true;
}
