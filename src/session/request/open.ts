/** Opening the session of a request: the one way in, for every adapter. What may have been revoked is looked at first. */

import type { RequestHeaders } from "../../cookie/jar.js";
import { SessionStoreError } from "../../errors.js";
import { subjectOf } from "../../events.js";
import { resync } from "../../util/clock.js";
import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import { type Settled, settle, unwrap } from "../../util/outcome.js";
import type { Context } from "../context.js";
import { checkExistence } from "../load/unreadable.js";
import { isDocument } from "../token/document.js";
import { kindOf } from "../token/kinds.js";
import { readSessionCookies } from "../token/read-cookies.js";
import type { Token } from "../token/token.js";
import { slide } from "../token/write-cookies.js";
import type { Gate } from "./gate.js";
import { observed } from "./observed.js";
import type { Outlet } from "./outgoing-cookies.js";
import { expireWithNext, takeOver } from "./take-over.js";
import { UnitOfWork } from "./unit-of-work.js";

/** What an adapter brings to a request. */
export interface Adapter extends Outlet {
  /** Whether the request is a prefetch. Default: what the headers say. */
  readonly isPrefetch?: (() => boolean) | undefined;
  /** See {@link Gate}. */
  readonly gate?: Gate | undefined;
}

/**
 * Opens the session of a request. No I/O, but for what may have ended: the application's epoch and the session's row, where it
 * has one, each when its check is due. Whether the row's values can be read is no matter here.
 * @throws {SessionStoreError} when a user's session is to be looked at, and cannot be.
 */
export function openSession(context: Context, headers: RequestHeaders, adapter: Adapter): MaybePromise<UnitOfWork> {
  const { send, gate } = adapter;
  if (send) resync();
  return chain(readSessionCookies(context.settings, headers), (opened) => {
    if (opened.misplaced) context.audit({ action: "rejected", reason: "binding" }, subjectOf(opened.misplaced));
    const unit = new UnitOfWork(context, headers, opened, gate);
    if (adapter.isPrefetch) unit.isPrefetch = adapter.isPrefetch;
    unit.outgoing.through(adapter);
    expireWithNext(unit);
    const { token, leftovers } = opened;
    // The user's that are over: a login may have followed since the request was sent.
    const areUsers = !token || kindOf(token) === "visitor";
    if (areUsers && leftovers.length > 0 && !isDocument(headers)) unit.outgoing.spare(leftovers);
    if (!token) {
      return chain(takeOver(unit, gate), (isTaken) => {
        if (opened.rejected && !isTaken) context.emit("rejected", { reason: opened.rejected });
        return unit;
      });
    }
    if (opened.rejected) context.emit("rejected", { reason: opened.rejected });
    const hasLeftovers = leftovers.length > 0 && unit.outgoing.isOpen && !unit.isPrefetch();
    // What a session leaves over is taken away only once the server has seen that it is one.
    if (hasLeftovers) context.revocation.checked.forget(token);
    return chain(check(unit, token, gate), () => {
      if (hasLeftovers && unit.token && kindOf(unit.token) === kindOf(token)) unit.delivery.expireLeftovers(leftovers);
      return chain(slideOn(unit), () => unit);
    });
  });
}

/** Sees whether the server still knows the session, where that is to be asked. A visitor's that came beside it takes its place. */
function check(unit: UnitOfWork, token: Token, gate: Gate | undefined): MaybePromise<void> {
  const { context, headers } = unit;
  const { revocation } = context;
  if (lacksRow(context, token)) {
    context.emit("rejected", { reason: "revoked" });
    return unit.drop();
  }
  const isEpochInDoubt = revocation.isUnsure(token) || token.epoch < revocation.epoch;
  if (!isEpochInDoubt && !isCheckDue(context, token)) return undefined;
  const factsOf = () => ({ accepted: unit.token !== undefined });
  return observed(context, headers, "check", () => recheck(unit, token, gate), factsOf);
}

/** Slides the expiry where a cookie can be set: an active user is not signed out, whatever the requests are. */
function slideOn(unit: UnitOfWork): MaybePromise<void> {
  if (!unit.token || !unit.outgoing.isOpen) return undefined;
  const { token, delivery } = unit;
  return chain(slide(unit.context.settings, { token, idleExpiresAt: delivery.idleExpiresAt }), (slid) => {
    if (!slid) return;
    unit.delivery.idleExpiresAt = slid.idleExpiresAt;
    unit.outgoing.deliver([slid.cookie]);
  });
}

/**
 * Whether a user's session has no row where it ought to have one: it was sealed without a store, or before there was one. The
 * server could neither list nor end it.
 */
function lacksRow({ tiers, server }: Context, token: Token): boolean {
  return tiers !== undefined && server.revocation === "store" && token.userId !== undefined && !token.reference;
}

/** Whether the row of a session has to be seen before the session is believed. */
function isCheckDue({ revocation }: Context, token: Token): boolean {
  return token.reference !== undefined && revocation.isCheckDue(token);
}

async function recheck(unit: UnitOfWork, token: Token, gate: Gate | undefined): Promise<void> {
  const { context } = unit;
  await gate?.();
  if (await context.revocation.isOutdated(token)) {
    context.emit("rejected", { reason: "revoked" });
    context.audit({ action: "rejected", reason: "revoked" }, subjectOf(token));
    unit.drop();
  } else if (isCheckDue(context, token)) await look(unit, token);
}

/** Looks whether the row is there. Of a visitor, whom nobody is signed in by, a store that fails tells when it is read from. */
async function look(unit: UnitOfWork, { userId }: Token): Promise<void> {
  const looked = await settle(checkExistence(() => unit.load()));
  if (userId !== undefined || !isStoreFailure(looked)) unwrap(looked);
}

function isStoreFailure(settled: Settled<unknown>): boolean {
  return !settled.ok && settled.error instanceof SessionStoreError;
}
