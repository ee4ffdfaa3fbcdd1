/** The limit of a user's sessions (`maxPerUser`): which of them make way for a login, or that it is refused. */

import { SessionError } from "../../errors.js";
import type { RefusalReason } from "../../events.js";
import type { Tiers } from "../../tiers/tiers.js";
import { now } from "../../util/clock.js";
import { settle, unwrap } from "../../util/outcome.js";
import type { Context } from "../context.js";
import { hasIdledOut, longestIdleFirst } from "../record/visit.js";
import type { Commit, Committed, Intent, Seat } from "../state.js";
import { removeUsersRow } from "./end.js";
import { leaveSeat, takePlace, takeSeat } from "./seats.js";

/** A commit that signs a user in. */
export type Login = Commit & { readonly intent: Extract<Intent, { type: "login" }> };

/** Registers the session of a login. */
type Register = (work: Login) => Promise<Committed>;

/**
 * Registers the session of a login as far as `maxPerUser` allows it.
 * @throws {SessionError} `login-refused` when the user has too many sessions; with `refuse` nothing was written then.
 */
export async function registerUnderLimit(
  context: Context,
  tiers: Tiers,
  work: Login,
  register: Register,
): Promise<Committed> {
  const { limit, refuse } = context.server.maxPerUser;
  // rule: a user has no more sessions than `maxPerUser` says
  if (!Number.isFinite(limit)) return register(work);
  return refuse ? registerIfRoom(context, tiers, work, register) : registerAndEvict(context, tiers, work, register);
}

/** Reports a login that was refused, and returns the error to throw. */
export function refused(context: Context, userId: string, reason: RefusalReason, message: string): SessionError {
  context.audit({ action: "login-refused", reason }, { handle: undefined, userId });
  return new SessionError("login-refused", message);
}

/** Those that are too many make way. Each login sees to it after its row is written, so that parallel ones agree. */
async function registerAndEvict(context: Context, tiers: Tiers, work: Login, register: Register): Promise<Committed> {
  const { userId } = work.intent;
  const { limit } = context.server.maxPerUser;
  const committed = await register(withSeat(work, await takePlace(tiers, userId)));
  const rows = longestIdleFirst(await tiers.list(userId), now());
  const tooMany = rows.slice(0, Math.max(rows.length - limit, 0)).map(({ key }) => key);
  const own = handleOf(committed);
  await evict(
    context,
    tiers,
    userId,
    tooMany.filter((key) => key !== own),
  );
  if (!tooMany.includes(own)) return committed;
  await removeUsersRow(context, tiers, own);
  throw refused(
    context,
    userId,
    "maxPerUser",
    `The user has signed in ${limit} times more in the same moment, which is the limit (\`maxPerUser\`): this login made way. Sign in again.`,
  );
}

/** There is room, or nothing is written: the visitor's session stays as it is. */
async function registerIfRoom(context: Context, tiers: Tiers, work: Login, register: Register): Promise<Committed> {
  const { userId } = work.intent;
  const { limit } = context.server.maxPerUser;
  const { token } = work.loaded;
  const taken = token?.userId === userId ? token.reference?.key : undefined;
  const seat = await takeSeat(tiers, userId, limit, taken);
  if (!seat) throw full(context, userId);
  const registered = await settle(register(withSeat(work, seat)));
  // What fails here costs the next login a wait.
  const left = await settle(leaveSeat(tiers, userId, seat));
  const committed = unwrap(registered);
  await evict(context, tiers, userId, seat.toEvict);
  // A session that was to go on, and has ended or got another id meanwhile, has no seat that a new one could take over.
  const isAnother = taken !== undefined && taken !== handleOf(committed);
  if (isAnother || (left.ok && !left.value)) await confirm(context, tiers, userId, handleOf(committed));
  return committed;
}

/**
 * A login goes if there is no room for it after all: it took so long that others have not waited for it, or its session is
 * not the one that it was to go on with.
 */
async function confirm(context: Context, tiers: Tiers, userId: string, own: string): Promise<void> {
  const at = now();
  const live = (await tiers.list(userId)).filter((row) => !hasIdledOut(row, at));
  if (live.length <= context.server.maxPerUser.limit) return;
  await removeUsersRow(context, tiers, own);
  throw full(context, userId);
}

async function evict(context: Context, tiers: Tiers, userId: string, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    await removeUsersRow(context, tiers, key);
    context.emit("revoked", { handle: key });
    context.audit({ action: "ended", reason: "maxPerUser" }, { handle: key, userId });
  }
}

function full(context: Context, userId: string): SessionError {
  const { limit } = context.server.maxPerUser;
  return refused(
    context,
    userId,
    "maxPerUser",
    `The user has ${limit} sessions already, which is the limit (\`maxPerUser\`). End one of them first.`,
  );
}

function withSeat(work: Login, { id, at }: Seat): Login {
  return { ...work, intent: { ...work.intent, seat: { id, at } } };
}

function handleOf({ loaded }: Committed): string {
  return loaded.token?.reference?.key as string;
}
