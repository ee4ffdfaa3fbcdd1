/** What commits come to. */

import type { SessionRecord } from "../../tiers/store.js";
import type { Change, Committed, Loaded } from "../state.js";
import type { Token } from "../token/token.js";

/** A change is durable, and the browser has to learn its token. */
export function concluded(change: Change, token: Token, record: SessionRecord | undefined): Committed {
  const { values, text, results, replacesId } = change;
  const loaded: Loaded = { token, values, text, quick: new Map(), record, isOnItsWay: true };
  return { loaded, results, isNews: true, hasNewId: replacesId, durable: true };
}

/** The session stands as it was loaded: there was nothing to commit, or it is in there already. */
export function unchanged(loaded: Loaded, results: readonly unknown[]): Committed {
  return { loaded, results, isNews: false, hasNewId: false, durable: loaded.deferred === undefined };
}
