/** Rules of how sessions end and ids change. */

import { change, type Mutation, mutation } from "./mutation.js";

/** How sessions end, and ids change. */
export const ENDINGS: readonly Mutation[] = [
  mutation(
    "a tombstone is put in the place of a copy",
    change("tiers/row-cache.ts", "text === TOMBSTONE ? [command, again] : [command]", "[]"),
  ),
  mutation(
    "nothing is stored over a tombstone",
    change("tiers/cache-entry.ts", "TOMBSTONE_VERSION = Number.MAX_SAFE_INTEGER", "TOMBSTONE_VERSION = 2"),
  ),
  mutation(
    "an end is acknowledged when the database has it",
    change("tiers/tiers.ts", "const removed = unwrap(row);", "const removed = row.ok;"),
  ),
  mutation(
    "an end is acknowledged when the cache has it",
    change(
      "tiers/tiers.ts",
      'if (!entombed.ok) throw this.#unacknowledged("The session has ended", entombed.error);',
      "",
    ),
  ),
  mutation(
    "a stale copy does not tell whose session it is",
    change("session/commit/end.ts", "for (const fresh of [false, true]) {", "for (const fresh of [false]) {"),
    change("session/commit/end.ts", "atLeast: token.reference?.version ?? 0", "atLeast: 0"),
  ),
  mutation(
    "a row that has passed on to another id is not ended",
    change("session/commit/end.ts", "return true;", "return false;"),
  ),
  mutation(
    "a login reads the user's cutoff once more",
    change(
      "session/commit/login.ts",
      "if ((await readCounter(tiers, cutoff, true)) !== before) {",
      'if (cutoff === "") {',
    ),
  ),
  mutation(
    "revokeUser() raises the user's cutoff",
    change(
      "session/manager/manager.ts",
      "await settle(raiseCounter(tiers, await cutoffName(userId)))",
      "await settle(Promise.resolve(0))",
    ),
  ),
  mutation(
    "a login as another user ends the first one's session",
    change("session/commit/login.ts", "if (own !== work && left !== undefined) await context.tiers?.remove(left);", ""),
  ),
  mutation(
    "a login as another user takes nothing over",
    change("session/commit/login.ts", "token.userId === work.intent.userId", "token.userId !== undefined"),
  ),
  mutation(
    "destroyAll() raises the epoch",
    change(
      "session/revocation/revocation.ts",
      "await settle(raiseCounter(this.#tiers, EPOCH))",
      "await settle(Promise.resolve(0))",
    ),
  ),
  mutation(
    "what was checked is checked again",
    change("session/revocation/revocation.ts", "return since === 0 || now() - since >= delay;", "return since === 0;"),
  ),
  mutation(
    "a record answers to its own id alone",
    change("session/record/rotation.ts", "if (idHash === record.idHash) return token;", "if (idHash) return token;"),
  ),
  mutation(
    "a new id on request is a new one",
    change(
      "session/commit/draft.ts",
      'intent.type !== "regenerate" && intent.type !== "rotate"',
      'intent.type !== "rotate"',
    ),
  ),
  mutation(
    "the end of an old id is acknowledged when the cache has it",
    change("session/request/unit-of-work.ts", "if (committed.failure) throw committed.failure;", ""),
  ),
];

/** How ids rotate. */
export const ROTATION: readonly Mutation[] = [
  mutation(
    "the previous id works until its successor has arrived",
    change(
      "session/record/rotation.ts",
      "if (idHash !== record.previousIdHash || isGraceOver(context, record)) return undefined;",
      "return undefined;",
    ),
  ),
  mutation(
    "the previous id ends with its grace",
    change(
      "session/record/rotation.ts",
      "if (idHash !== record.previousIdHash || isGraceOver(context, record)) return undefined;",
      "if (idHash !== record.previousIdHash) return undefined;",
    ),
  ),
  mutation(
    "no rotation before the last one is completed",
    change(
      "session/record/rotation.ts",
      "return record.previousIdHash === null || isGraceOver(context, record);",
      "return true;",
    ),
  ),
  mutation(
    "a successor is presented by a browser, not by the request that made it",
    change("session/load/load.ts", 'known === token && occasion === "presented"', "known === token"),
  ),
  mutation(
    "parts of a request that read at the same time rotate once",
    change("session/request/unit-of-work.ts", "isDue(latest) ?", "isDue(loaded) ?"),
  ),
  mutation(
    "of two rotations at a time one takes place",
    change(
      "session/commit/commit-to-server.ts",
      "write(context, { ...work, intent }, loaded, draft, mark)",
      "write(context, work, loaded, draft, mark)",
    ),
  ),
];
