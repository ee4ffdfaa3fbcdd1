/** Rules of where a session is held, and of writes that wait for the database. */

import { change, type Mutation, mutation } from "./mutation.js";

/** How a session moves between the cookie and the server. */
export const PLACEMENT: readonly Mutation[] = [
  mutation(
    "a session shrinks in two steps",
    change("session/commit/placement.ts", '? "shrinking" : "server";', '? "cookie" : "server";'),
  ),
  mutation(
    "a row is given up only at the version that the cookie holds",
    change("tiers/tiers.ts", "this.#store.delete(key, version)", "this.#store.delete(key)"),
  ),
  mutation(
    "the row knows better than the cookie while both hold the data",
    change(
      "session/load/load.ts",
      "const isOurs = token.data !== undefined && (isNewest || isLater);",
      "const isOurs = token.data !== undefined;",
    ),
  ),
];

/** Writes that wait for the database. */
export const DEFERRED: readonly Mutation[] = [
  mutation(
    "deferred writes are built on one another",
    change("tiers/deferred-buffer.ts", "expiresAt, expect: found.version }", "expiresAt }"),
  ),
  mutation(
    "the database wins where the row has moved on",
    change("tiers/deferred-write.ts", '? "ahead" : "behind";', '? "ahead" : "ahead";'),
  ),
  mutation(
    "a row that holds a deferred write is known by its mark",
    change("tiers/deferred-write.ts", "return dirty?.marks.slice(1) ?? [];", "return [];"),
  ),
  mutation(
    "a row holds the deferred writes whose marks it has, and no others",
    change("tiers/deferred-write.ts", "remembered.every(", "remembered.slice(-1).every("),
  ),
  mutation(
    "what waits is read",
    change("session/load/load.ts", "const dirty = tiers.dirty?.peek(key);", "const dirty = undefined;"),
  ),
  mutation(
    "what is dropped is what was looked at",
    change(
      "tiers/deferred-buffer.ts",
      "this.#cache.write(commands)",
      'this.#cache.write([{ type: "remove", key: nameOf(key) }])',
    ),
  ),
  mutation(
    "what waits is found by cleanups, whatever a replica says",
    change(
      "session/load/reconcile-deferred.ts",
      "if (version >= waiting.version || now() - waiting.version > MAX_CLOCK_SKEW)",
      "",
    ),
  ),
  mutation(
    "an event names what was lost",
    change(
      "session/load/reconcile-deferred.ts",
      'stands === "taken" ? [] : await lostKeys(context, record, dirty)',
      "[]",
    ),
  ),
];
