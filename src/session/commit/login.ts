/** Signing in: a new id, a registered row, and a way out when the user is signed out everywhere meanwhile. */

import { SessionConfigError, SessionError } from "../../errors.js";
import { subjectOf } from "../../events.js";
import type { Context } from "../context.js";
import { nothing } from "../load/from-holder.js";
import { isRaisedSince, readCutoff } from "../revocation/cutoff.js";
import type { Committed } from "../state.js";
import { commit } from "./commit.js";
import { removeSession, removeUsersRow } from "./end.js";
import { headHasLeft, loginOvertaken } from "./late.js";
import { type Login, refused, registerUnderLimit } from "./limit.js";

/**
 * Signs a user in.
 * @throws {SessionConfigError} without any store, unless `revocation: "none"` says that this is meant.
 * @throws {SessionError} `login-refused` when `revokeUser` came between, or the user has too many sessions.
 */
export async function login(context: Context, work: Login): Promise<Committed> {
  const { tiers, revocation } = context;
  const { userId } = work.intent;
  if (!tiers || context.server.revocation === "none") {
    const own = withoutOther(context, allowed(context, work));
    const committed = await commit(context, own);
    if (work.isLate()) throw headHasLeft();
    await endReplaced(context, work, own);
    return told(context, committed, userId);
  }
  if (revocation.isStale) await revocation.refreshGently();
  // A row that gets another id is asked for before, since its outcome may stay unknown.
  const cutoff = await readCutoff(tiers, userId, replacesId(work));
  const committed = await registerUnderLimit(context, tiers, work, async (seated) => {
    const registered = await register(context, seated);
    // rule: a login reads the user's cutoff once more
    if (!(await isRaisedSince(tiers, cutoff))) return registered;
    await takeBack(context, registered);
    const message = "The user was signed out everywhere while signing in. Nothing was kept; sign in again.";
    throw refused(context, userId, "revokeUser", message);
  });
  await refuseLate(context, work, committed);
  return told(context, committed, userId);
}

/**
 * Whether a login gives a row another id. Should the outcome stay unknown, the browser keeps an id that leads nowhere: what can
 * be known before is asked first. A new row costs nothing when its browser never hears of it.
 */
function replacesId({ loaded: { token }, intent }: Login): boolean {
  return token?.reference !== undefined && (token.userId === undefined || token.userId === intent.userId);
}

/** Reports a login. */
function told(context: Context, committed: Committed, userId: string): Committed {
  const handle = committed.loaded.token?.reference?.key;
  context.emit("login", { handle, userId });
  context.audit({ action: "login" }, { handle, userId });
  return committed;
}

/** Writes the row. A session that has ended meanwhile is no obstacle: who signs in may begin anew. */
async function register(context: Context, work: Login): Promise<Committed> {
  const own = withoutOther(context, work);
  let committed: Committed;
  try {
    committed = await commit(context, own);
  } catch (error) {
    if (!(error instanceof SessionError) || error.code !== "session-ended") throw error;
    return commit(context, { ...work, loaded: nothing(context), operations: [] });
  }
  await refuseLate(context, work, committed);
  await endReplaced(context, work, own);
  return committed;
}

/** @throws {SessionError} `read-only` when the response has left while the row was being written: no browser can have the session. */
async function refuseLate(context: Context, work: Login, committed: Committed): Promise<void> {
  if (!work.isLate()) return;
  await takeBack(context, committed);
  throw loginOvertaken();
}

/** Ends the session of a login that is refused after it was written: no browser has it. */
async function takeBack(context: Context, { loaded: { token } }: Committed): Promise<void> {
  if (context.tiers && token?.reference) await removeUsersRow(context, context.tiers, token.reference.key);
}

/** Ends what a login has not taken over, now that the new session is there. */
async function endReplaced(context: Context, work: Login, own: Login): Promise<void> {
  const { token: left } = work.loaded;
  // rule: a login as another user ends the first one's session
  if (own === work || !left) return;
  const removed = await removeSession(context, left);
  if (removed) context.audit({ action: "ended", reason: "login" }, subjectOf(left));
}

/**
 * Another user's session is not taken over, nor one that has ended with all others meanwhile, nor one that cannot be read: not
 * its data, not its row. What this request has recorded goes on only in the last case.
 */
function withoutOther(context: Context, work: Login): Login {
  const { token } = work.loaded;
  if (!token) return work;
  // rule: a login as another user takes nothing over
  const isOwn = token.userId === undefined || token.userId === work.intent.userId;
  const isGoingOn = isOwn && token.epoch >= context.revocation.epoch;
  if (isGoingOn && !work.loaded.isUnreadable) return work;
  return { ...work, loaded: nothing(context), operations: isGoingOn ? work.operations : [] };
}

function allowed(context: Context, work: Login): Login {
  if (context.server.revocation === "none") return work;
  throw new SessionConfigError(
    "revocation",
    'login() needs a `store` or a `cache`, so that a session can be ended from the server. If it never has to be, spell out `revocation: "none"`.',
  );
}
