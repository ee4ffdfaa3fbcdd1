/** Committing: the way back, from recorded operations to the next token and, where needed, to the server. */

import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import type { Context } from "../context.js";
import type { Commit, Committed } from "../state.js";
import { commitQuick, fold, isQuick } from "./commit-quick.js";
import { concluded, unchanged } from "./commit-result.js";
import { commitToServer, needsServer } from "./commit-to-server.js";
import { makeDraft } from "./draft.js";

/** Commits. At once in Node as long as the cookie alone is concerned. */
export function commit(context: Context, work: Commit): MaybePromise<Committed> {
  const { loaded, operations, intent, client, isLate } = work;
  const draft = makeDraft(context, loaded, operations, intent, client, isLate);
  if (draft.isUnchanged) return unchanged(loaded, draft.results);
  const isForServer = needsServer(draft, loaded, intent, context);
  if (isForServer && isQuick(context, work)) return commitQuick(context, work, draft);
  if (isForServer) return commitToServer(context, work, draft);
  const made = concluded(draft, { ...draft.token, data: draft.text }, loaded.record);
  return chain(fold(context, loaded), () => made);
}
