/** Mutations: each breaks one rule of the protocol in one place of the sources. A simulation that is worth its name fails. */

import type { Change } from "./load-library.js";

/** A rule, and how it is broken. */
export interface Mutation {
  readonly rule: string;
  readonly changes: readonly Change[];
}

const change = (file: string, from: string, to: string): Change => ({ file, from, to });

const mutation = (rule: string, ...changes: readonly Change[]): Mutation => ({ rule, changes });

/** What the stores have to do. */
const CONTRACTS: readonly Mutation[] = [
  mutation(
    "an update compares the version",
    change("stores/memory.ts", "if (row?.version !== base.version) return false;", "if (!row) return false;"),
  ),
  mutation(
    "an update never creates a row",
    change(
      "session/tiered.ts",
      "return this.#storeGuard.run(() => this.#store.update(base, change));",
      `return this.#storeGuard.run(async () => {
        if (await this.#store.update(base, change)) return true;
        if (await this.#store.get(base.key)) return false;
        return this.#store.insert({ ...base, ...change, version: base.version + 1 });
      });`,
    ),
  ),
  mutation("in the cache the higher version wins", change("stores/memory.ts", "(held ?? -1) < version", "true")),
  mutation(
    "an exact version is compared exactly",
    change("stores/memory.ts", "held === (expect === 0 ? undefined : expect)", "true"),
  ),
  mutation(
    "a copy in the cache ends with the read behind it",
    change("session/copies.ts", "new Date(readAt + this.#maxAge)", "new Date(now() + this.#maxAge)"),
    change("session/copies.ts", "return now() - readAt < this.#maxAge;", "return true;"),
  ),
  mutation(
    "a tombstone outlives every copy",
    change("session/copies.ts", "now() + this.#maxAge + ROW_GRACE", "now() + 60_000"),
  ),
  mutation(
    "a row lives to the absolute deadline",
    change(
      "session/expiry.ts",
      "return new Date(expiresAt + ROW_GRACE);",
      "return new Date(expiresAt - 3.9 * 60 * 60 * 1000);",
    ),
  ),
];

/** How commits come about. */
const COMMITS: readonly Mutation[] = [
  mutation(
    "a commit looks for its own mark",
    change("session/arbitration.ts", 'return record.marks.split(" ").includes(mark);', "return false;"),
  ),
  mutation(
    "a write that failed was not acknowledged",
    change(
      "session/arbitration.ts",
      'if (written.ok && written.value) return { state: "done", record: next };',
      'if (!written.ok || written.value) return { state: "done", record: next };',
    ),
  ),
  mutation(
    "a replay starts from what is there now",
    change(
      "session/server-commit.ts",
      "loaded = await again(context, base);",
      "loaded = { ...(await again(context, base)), values: base.values };",
    ),
  ),
  mutation(
    "what may have happened is not denied",
    change("session/guard.ts", '`${this.#name} failed.`, "unknown"', '`${this.#name} failed.`, "failed"'),
    change(
      "session/arbitration.ts",
      'Nothing was said to be saved.",\n    "unknown",',
      'Nothing was saved.",\n    "failed",',
    ),
  ),
  mutation(
    "the database knows before the cache does",
    change(
      "session/server-commit.ts",
      "return arbitrate(context, next, mark, () => tiers.update(record, change));",
      "await tiers.publish(next, now()); return arbitrate(context, next, mark, () => tiers.update(record, change));",
    ),
  ),
  mutation(
    "values and version of a session belong together",
    change(
      "session/server-commit.ts",
      "if (!read.ok) return seal(context, folded, draft, token, undefined);",
      "return seal(context, folded, draft, token, record);",
    ),
  ),
  mutation(
    "a store that fails does not mean that there is nothing",
    change(
      "session/tiered.ts",
      "const record = await this.#storeGuard.run(() => this.#store.get(key));",
      "const record = await this.#storeGuard.run(() => this.#store.get(key)).catch(() => undefined);",
    ),
  ),
  mutation(
    "no browser sees less than its cookie tells of",
    change("session/tiered.ts", "cached.record.version >= (wanted.atLeast ?? 0)", "true"),
  ),
  mutation(
    "what replicas do not have yet is lag, and no absence",
    change("session/lookup.ts", "if (version < 0 ? at - sealedAt > LAG : at - knownAt > ROW_GRACE) return;", "return;"),
  ),
];

/** How sessions end, and ids change. */
const ENDINGS: readonly Mutation[] = [
  mutation(
    "a tombstone is put in the place of a copy",
    change("session/copies.ts", "text === TOMBSTONE ? [command, again] : [command]", "[]"),
  ),
  mutation(
    "nothing is stored over a tombstone",
    change("session/record-text.ts", "TOMBSTONE_VERSION = Number.MAX_SAFE_INTEGER", "TOMBSTONE_VERSION = 2"),
  ),
  mutation(
    "an end is acknowledged when the database has it",
    change("session/tiered.ts", "const removed = unwrap(row);", "const removed = row.ok;"),
  ),
  mutation(
    "an end is acknowledged when the cache has it",
    change(
      "session/tiered.ts",
      'if (!buried.ok) throw this.#unacknowledged("The session has ended", buried.error);',
      "",
    ),
  ),
  mutation(
    "a stale copy does not tell whose session it is",
    change("session/ending.ts", "for (const fresh of [false, true]) {", "for (const fresh of [false]) {"),
    change("session/ending.ts", "atLeast: token.reference?.version ?? 0", "atLeast: 0"),
  ),
  mutation(
    "a row that has passed on to another id is not ended",
    change("session/ending.ts", "return true;", "return false;"),
  ),
  mutation(
    "a login reads the user's cutoff once more",
    change("session/login.ts", "if ((await readCounter(tiers, cutoff, true)) !== before) {", 'if (cutoff === "") {'),
  ),
  mutation(
    "revokeUser() raises the user's cutoff",
    change(
      "session/manager.ts",
      "await settle(raiseCounter(tiers, await cutoffName(userId)))",
      "await settle(Promise.resolve(0))",
    ),
  ),
  mutation(
    "a login as another user ends the first one's session",
    change("session/login.ts", "if (own !== work && left !== undefined) await context.tiers?.remove(left);", ""),
  ),
  mutation(
    "a login as another user takes nothing over",
    change(
      "session/login.ts",
      "if (token?.userId === undefined || token.userId === work.intent.userId) return work;",
      "if (token) return work;",
    ),
  ),
  mutation(
    "destroyAll() raises the epoch",
    change(
      "session/revocation.ts",
      "await settle(raiseCounter(this.#tiers, EPOCH))",
      "await settle(Promise.resolve(0))",
    ),
  ),
  mutation(
    "what was checked is checked again",
    change("session/revocation.ts", "return since === 0 || now() - since >= delay;", "return since === 0;"),
  ),
  mutation(
    "a record answers to its own id alone",
    change("session/rotation.ts", "if (idHash === record.idHash) return token;", "if (idHash) return token;"),
  ),
  mutation(
    "a new id on request is a new one",
    change("session/draft.ts", 'intent.type !== "regenerate" && intent.type !== "rotate"', 'intent.type !== "rotate"'),
  ),
  mutation(
    "the end of an old id is acknowledged when the cache has it",
    change("session/unit.ts", "if (committed.failure) throw committed.failure;", ""),
  ),
];

/** How ids rotate. */
const ROTATION: readonly Mutation[] = [
  mutation(
    "the previous id works until its successor has arrived",
    change(
      "session/rotation.ts",
      "if (idHash !== record.previousIdHash || isGraceOver(context, record)) return undefined;",
      "return undefined;",
    ),
  ),
  mutation(
    "the previous id ends with its grace",
    change(
      "session/rotation.ts",
      "if (idHash !== record.previousIdHash || isGraceOver(context, record)) return undefined;",
      "if (idHash !== record.previousIdHash) return undefined;",
    ),
  ),
  mutation(
    "no rotation before the last one is completed",
    change(
      "session/rotation.ts",
      "return record.previousIdHash === null || isGraceOver(context, record);",
      "return true;",
    ),
  ),
  mutation(
    "a successor is presented by a browser, not by the request that made it",
    change("session/loaded.ts", 'known === token && occasion === "presented"', "known === token"),
  ),
  mutation(
    "parts of a request that read at the same time rotate once",
    change("session/unit.ts", "isDue(latest) ?", "isDue(loaded) ?"),
  ),
  mutation(
    "of two rotations at a time one takes place",
    change(
      "session/server-commit.ts",
      "write(context, { ...work, intent }, loaded, draft, mark)",
      "write(context, work, loaded, draft, mark)",
    ),
  ),
];

/** How a session moves between the cookie and the server. */
const PLACEMENT: readonly Mutation[] = [
  mutation(
    "a session shrinks in two steps",
    change("session/placement.ts", '? "shrinking" : "server";', '? "cookie" : "server";'),
  ),
  mutation(
    "a row is given up only at the version that the cookie holds",
    change("session/tiered.ts", "this.#store.delete(key, version)", "this.#store.delete(key)"),
  ),
  mutation(
    "the row knows better than the cookie while both hold the data",
    change(
      "session/loaded.ts",
      "const isOurs = token.data !== undefined && (isNewest || isLater);",
      "const isOurs = token.data !== undefined;",
    ),
  ),
];

/** Writes that wait for the database. */
const DEFERRED: readonly Mutation[] = [
  mutation(
    "deferred writes are built on one another",
    change("session/dirty-shelf.ts", "expiresAt, expect: found.version }", "expiresAt }"),
  ),
  mutation(
    "the database wins where the row has moved on",
    change("session/dirty.ts", '? "ahead" : "behind";', '? "ahead" : "ahead";'),
  ),
  mutation(
    "a row that holds a deferred write is known by its mark",
    change("session/dirty.ts", "return dirty?.marks.slice(1) ?? [];", "return [];"),
  ),
  mutation(
    "a row holds the deferred writes whose marks it has, and no others",
    change("session/dirty.ts", "remembered.every(", "remembered.slice(-1).every("),
  ),
  mutation(
    "what waits is read",
    change("session/loaded.ts", "const dirty = tiers.dirty?.peek(key);", "const dirty = undefined;"),
  ),
  mutation(
    "what is dropped is what was looked at",
    change(
      "session/dirty-shelf.ts",
      "this.#cache.write(commands)",
      'this.#cache.write([{ type: "remove", key: nameOf(key) }])',
    ),
  ),
  mutation(
    "what waits is found by cleanups, whatever a replica says",
    change("session/dirty-shelf.ts", "if (answers[1]) return;", "if (answers.length > 0) return;"),
  ),
  mutation(
    "an event names what was lost",
    change("session/dirty-repair.ts", 'stands === "taken" ? [] : await lostKeys(context, record, dirty)', "[]"),
  ),
];

/** All of them. */
export const MUTATIONS: readonly Mutation[] = [
  ...CONTRACTS,
  ...COMMITS,
  ...ENDINGS,
  ...ROTATION,
  ...PLACEMENT,
  ...DEFERRED,
];
