/** Committing: the way back, from recorded operations to the next token and, where needed, to the server. */

import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import type { Context } from "../context.js";
import { reload } from "../load/load.js";
import type { Commit, Committed } from "../state.js";
import { holderOf, type Token } from "../token/token.js";
import { commitQuick, fold, isQuick } from "./commit-quick.js";
import { concluded, unchanged } from "./commit-result.js";
import { commitToServer, needsServer } from "./commit-to-server.js";
import { makeDraft } from "./draft.js";
import { sessionEnded } from "./late.js";

/**
 * Commits. At once in Node as long as the cookie alone is concerned.
 * @throws {SessionError} `session-ended` when the browser has ended the session meanwhile, or been given another id.
 */
export function commit(context: Context, work: Commit): MaybePromise<Committed> {
  const { loaded, operations, intent, client, isLate } = work;
  const draft = makeDraft(context, loaded, operations, intent, client, isLate());
  if (draft.isUnchanged) return unchanged(loaded, draft.results);
  // A late request begins no session.
  if (loaded.superseded && intent.type !== "login") throw sessionEnded();
  const isForServer = needsServer(draft, loaded, intent, context);
  if (isForServer && isQuick(context, work)) return commitQuick(context, work, draft);
  if (isForServer) return commitToServer(context, work, draft);
  if (loaded.token && isInDoubt(context, loaded.token)) return confirmed(context, work, loaded.token);
  const made = concluded(draft, { ...draft.token, data: draft.text }, loaded.record);
  return chain(fold(context, loaded), () => made);
}

/**
 * Whether the row of a session is to be looked at before its cookie is written, which by itself asks nobody: it would take
 * the place of that of whoever has signed in since.
 */
function isInDoubt({ revocation }: Context, token: Token): boolean {
  return holderOf(token) === "bound" && revocation.isInDoubt(token);
}

/** Commits to the cookie if the row is there. */
async function confirmed(context: Context, work: Commit, token: Token): Promise<Committed> {
  // A late commit to the cookie looks for its row.
  const loaded = await reload(context, token, "store");
  if (!loaded.token) throw sessionEnded();
  return commit(context, { ...work, loaded });
}
