/** Opening a unit of work: what may have been revoked is looked at before anybody believes the cookie. */

import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import type { RequestHeaders } from "../token/binding.js";
import type { Context } from "../context.js";
import { readSessionCookies } from "../token/read-cookies.js";
import type { Token } from "../token/token.js";
import { type Gate, UnitOfWork } from "./unit-of-work.js";

/**
 * Opens the session of a request. No I/O, but for what may have been revoked: the application's epoch and a user's
 * row, each when its check is due.
 * @throws {SessionStoreError} when a user's session is to be looked at, and cannot be.
 */
export function openUnit(context: Context, headers: RequestHeaders, gate?: Gate): MaybePromise<UnitOfWork> {
  return chain(readSessionCookies(context.settings, headers), (opened) => {
    if (opened.rejected) context.emit("rejected", { reason: opened.rejected });
    const unit = new UnitOfWork(context, headers, opened, gate);
    const { token } = opened;
    if (!token) return unit;
    const { revocation } = context;
    const isEpochInDoubt = revocation.isUnsure(token) || token.epoch < revocation.epoch;
    return isEpochInDoubt || isCheckDue(context, token) ? recheck(unit, token, gate) : unit;
  });
}

/** Whether the row of a user's session has to be seen before the session is believed. */
function isCheckDue({ revocation }: Context, token: Token): boolean {
  return token.userId !== undefined && token.reference !== undefined && revocation.isCheckDue(token);
}

async function recheck(unit: UnitOfWork, token: Token, gate: Gate | undefined): Promise<UnitOfWork> {
  const { context } = unit;
  await gate?.();
  if (await context.revocation.isOutdated(token)) {
    context.emit("rejected", { reason: "revoked" });
    unit.token = undefined;
  } else if (isCheckDue(context, token)) await unit.load();
  return unit;
}
