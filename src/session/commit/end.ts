/** Ending a session: the row, the cached copies, the cookies. */

import { SessionError, SessionStoreError } from "../../errors.js";
import { now } from "../../util/clock.js";
import type { Context } from "../context.js";
import { expireSessionCookies } from "../token/write-cookies.js";
import type { Values } from "../operations.js";
import { matchId } from "../record/rotation.js";
import { settle } from "../../util/outcome.js";
import type { Tiers } from "../../tiers/tiers.js";
import type { Token } from "../token/token.js";
import type { UnitOfWork } from "../request/unit-of-work.js";

/**
 * Ends the session of a request. Its cookies expire whatever happens.
 * @throws {SessionStoreError} after having done what could be done, when a tier did not acknowledge it.
 */
export async function endSession(unit: UnitOfWork): Promise<void> {
  const { context, token } = unit;
  unit.log.take();
  const handle = token?.reference?.key;
  if (token) context.emit("destroying", { handle });
  try {
    if (token && handle !== undefined) await removeOwn(context, token, handle);
    if (token) context.emit("destroyed", { handle });
  } finally {
    unit.forget();
    unit.outgoing.deliver(expireSessionCookies(context.settings, unit.outgoing.present));
  }
}

/**
 * Ends the session of a request, in turn with its commits, and gives what it held under these keys.
 * @throws {SessionError} once it has ended, when that could not be read: no reason to leave anybody signed in.
 */
export async function endKeeping(unit: UnitOfWork, keep: readonly string[]): Promise<(readonly [string, unknown])[]> {
  const read = await settle(keep.length > 0 ? view(unit) : Promise.resolve<Values>(new Map()));
  await unit.log.inTurn(() => endSession(unit));
  if (!read.ok) throw nothingKept(read.error);
  return keep.filter((key) => read.value.has(key)).map((key) => [key, read.value.get(key)]);
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

/** Ends a session from outside, by its handle. Returns whether there was one. */
export async function endHandle(context: Context, tiers: Tiers, handle: string): Promise<boolean> {
  context.emit("destroying", { handle });
  const removed = await tiers.remove(handle);
  if (removed) context.emit("revoked", { handle });
  context.emit("destroyed", { handle });
  return removed;
}

/** A row that has passed on to another id is not ours to end; one that cannot be looked at is. */
async function removeOwn(context: Context, token: Token, key: string): Promise<void> {
  const { tiers } = context;
  if (tiers && !(await isOthers(context, tiers, token, key).catch(() => false))) await tiers.remove(key);
}

/** Whether the database (or the cache alone) says so: a copy may be older than our id. */
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
