/** What commits are made of, and what they come to. */

import type { SessionRecord } from "../../tiers/store.js";
import type { Committed, Draft, Loaded } from "../state.js";
import type { Token } from "../token/token.js";

/** The commit is durable, and the browser has to learn its token. */
export function concluded(
  { values, text, results }: Draft,
  token: Token,
  record: SessionRecord | undefined,
): Committed {
  const loaded: Loaded = { token, values, text, quick: new Map(), quickTexts: {}, record, isOnItsWay: true };
  return { loaded, results, isNews: true, durable: true };
}

/** There was nothing to commit. What was deferred before still waits. */
export function unchanged(loaded: Loaded, { results }: Draft): Committed {
  return { loaded, results, isNews: false, durable: loaded.dirty === undefined };
}
