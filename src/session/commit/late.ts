/** Commits that come when the head of the response has left: what the server alone can take is taken, and nothing else. */

import { SessionError } from "../../errors.js";
import type { Placement } from "../state.js";
import type { Token } from "../token/token.js";

/** What a write is refused with that would need a cookie when the head of the response has left. */
export function headHasLeft(): SessionError {
  return new SessionError(
    "read-only",
    "The response has left, and this change needs a cookie, which it can carry no more. Nothing was written. Make the change before the response is returned, sent or streamed; or keep the session on the server (`cookieThreshold: 0`), where data can be written at any time.",
  );
}

/**
 * Whether a browser with one token reaches the session of the next: the server holds the data under the id and the key
 * that the browser has, and nothing that only a token can say has changed.
 */
export function reaches(before: Token | undefined, next: Token): boolean {
  return before !== undefined && isHeld(before) && before.id === next.id && before.pinned === next.pinned;
}

/**
 * Where a session stays whose browser can be told of nothing: where it is.
 * @throws {SessionError} `read-only` when the browser would have to be told.
 */
export function placeLate(before: Token | undefined, next: Token): Placement {
  if (!before || !reaches(before, next)) throw headHasLeft();
  return before.data === undefined ? "server" : "shrinking";
}

/** Whether the row holds the data, alone or, while the session shrinks, beside the cookie, which gives way to it. */
function isHeld({ reference, data, shrunkAt }: Token): boolean {
  return reference !== undefined && (data === undefined || shrunkAt !== undefined);
}
