/** Ending what a request has open: its session on the server, what it recorded, and its cookies. */

import { SessionError, SessionStoreError } from "../../errors.js";
import { type EndReason, subjectOf } from "../../events.js";
import { settle } from "../../util/outcome.js";
import { endOwn } from "../commit/end.js";
import { headHasLeft } from "../commit/late.js";
import type { Values } from "../operations.js";
import type { Written } from "../session.js";
import { observed } from "./observed.js";
import type { UnitOfWork } from "./unit-of-work.js";

/**
 * Ends the session of a request, in turn with its commits. Its cookies expire whatever happens.
 * @throws {SessionStoreError} after having done what could be done, when a tier did not acknowledge it.
 */
export async function endSession(unit: UnitOfWork, reason: "logout" | "destroy"): Promise<void> {
  await unit.log.inTurn(() => end(unit, reason));
}

/** Ends a session whose deadline was set to a moment that has passed, as {@link endSession} does. */
export async function endNow(unit: UnitOfWork): Promise<Written> {
  await endSession(unit, "destroy");
  return { durable: true };
}

/**
 * Ends the session of a request as {@link endSession} does, and gives what it held under these keys.
 * @throws {SessionError} once it has ended, when that could not be read: no reason to leave anybody signed in.
 */
export async function endKeeping(unit: UnitOfWork, keep: readonly string[]): Promise<(readonly [string, unknown])[]> {
  if (keep.length > 0 && !unit.outgoing.isOpen) throw headHasLeft();
  const read = await settle(keep.length > 0 ? view(unit) : Promise.resolve<Values>(new Map()));
  await endSession(unit, "logout");
  if (!read.ok) throw nothingKept(read.error);
  // rule: a sign-out keeps what it was asked to keep, and nothing else
  return keep.filter((key) => read.value.has(key)).map((key) => [key, read.value.get(key)]);
}

async function end(unit: UnitOfWork, reason: EndReason): Promise<void> {
  const { context, token } = unit;
  // Only the cookie knows it, and only the response could take that away.
  if (token && !token.reference && !unit.outgoing.isOpen) throw headHasLeft();
  unit.log.take();
  const handle = token?.reference?.key;
  if (token) context.emit("destroying", { handle });
  try {
    if (token) await observed(context, unit.headers, "end", () => endOwn(context, token));
    if (token) context.emit("destroyed", { handle });
    if (token) context.audit({ action: "ended", reason }, subjectOf(token));
  } finally {
    unit.end();
    if (unit.outgoing.isOpen) await unit.flash.signedOut();
  }
}

async function view(unit: UnitOfWork): Promise<Values> {
  return unit.view();
}

function nothingKept(cause: unknown): unknown {
  if (!(cause instanceof SessionError)) return cause;
  const message = "The session has ended, but what was to be kept of it could not be read: none of it was kept.";
  return cause instanceof SessionStoreError
    ? new SessionStoreError(cause.tier, message, "failed", { cause })
    : new SessionError(cause.code, message, { cause });
}
