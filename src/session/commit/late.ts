/**
 * Late commits: of a session that has ended meanwhile, which are refused; and those after the head of the response has left,
 * of which only what needs no new cookie can be committed.
 */

import { SessionError } from "../../errors.js";
import type { Loaded, Placement } from "../state.js";
import { holderOf, type Token } from "../token/token.js";

/** The error of a write that needs a cookie when the head of the response has left. */
export function headHasLeft(): SessionError {
  return new SessionError(
    "read-only",
    "The response has left, and this change needs a cookie, which it can carry no more. Nothing was written. Make the change before the response is returned, sent or streamed; or keep the session on the server (`cookieThreshold: 0`), where data can be written at any time.",
  );
}

/** The error of a change whose cookie found the head of the response gone, after it was written. */
export function headLeftMeanwhile(): SessionError {
  return new SessionError(
    "read-only",
    "The response left while this change was being written, and could not carry its cookie. What the server has of it stands, but a session that was given a new id is out of its browser's reach. Await the call before the response is returned, sent or streamed.",
  );
}

/** The error of a login whose response left while it was being written. */
export function loginOvertaken(): SessionError {
  return new SessionError(
    "read-only",
    "The response left while the login was being written, and could not carry its cookie. The new session was ended again, and nobody is signed in. Await login() before the response is returned, sent or streamed.",
  );
}

/** The error of a write to a session that was there, and is no more. */
export function sessionEnded(): SessionError {
  return new SessionError(
    "session-ended",
    "The session was ended by another request (signed out, revoked or replaced) before this commit. Nothing was written.",
  );
}

/**
 * What the commit of a request starts from that has read values before. Who has read that a visitor's session is over, and
 * writes, begins another one. After a user's nobody does so unawares: the browser may have one already, of what `logout` kept.
 */
export function afterReading(loaded: Loaded): Loaded {
  return loaded.superseded === "visitor" ? { ...loaded, superseded: undefined } : loaded;
}

/**
 * What the commit of a request starts from that took a user's session for good until its values were loaded, and found it ended
 * or replaced. What is written for a user goes to no other session, whenever the end was.
 * @param known the token as the request knew it when the commit was asked for.
 */
export function ofSameUser(known: Token | undefined, loaded: Loaded): Loaded {
  const isLost = known?.userId !== undefined && loaded.token?.userId !== known.userId;
  return isLost ? { ...loaded, superseded: "user" } : loaded;
}

/**
 * Whether a browser with one token reaches the session of the next: the server holds the data under the id and the key
 * that the browser has, and nothing that only a token can say has changed.
 */
export function reaches(before: Token | undefined, next: Token): boolean {
  if (before === undefined || before.id !== next.id || before.pinned !== next.pinned) return false;
  // While a session shrinks, its cookie gives way to the row.
  return ["server", "shrinking"].includes(holderOf(before));
}

/**
 * The placement of a late commit: the session stays where it is.
 * @throws {SessionError} `read-only` when the browser needs a new token.
 */
export function placeLate(before: Token | undefined, next: Token): Placement {
  if (!before || !reaches(before, next)) throw headHasLeft();
  return holderOf(before) === "shrinking" ? "shrinking" : "server";
}
