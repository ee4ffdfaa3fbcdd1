/** A deferred write: what a session holds beyond its row, while the database does not take it. */

import type { SessionRecord } from "./store.js";

/** The data of a session as of its last deferred write, and the row that it is based on. */
export interface DeferredWrite {
  /** The key of the session's record. */
  readonly key: string;
  /** The version of the entry in the cache, which the next deferred write has to find there. */
  readonly version: number;
  /** The version of the row that it is based on. */
  readonly base: number;
  /** The last commit id of the row that it is based on, then one commit id for each deferred write, newest last. */
  readonly commitIds: readonly string[];
  /** The keys that the deferred writes changed, in stored form. */
  readonly keys: string;
  /** All values, in stored form, as the row will hold them. */
  readonly data: string;
  /** When the last deferred write was made (milliseconds since 1970). */
  readonly seenAt: number;
}

/**
 * What became of a deferred write. `pending`: the row is what it is based on, or an earlier part of it. `applied`: the row
 * holds it. `superseded`: others have written to the row, and the deferred write is lost.
 */
export type DeferredStatus = "pending" | "applied" | "superseded";

/** The layout below. An entry of another layout is left alone. */
const LAYOUT = 1;

/** How many commit ids are kept: only those of writes that reached the database late are ever looked for again. */
const KEPT_COMMIT_IDS = 64;

/**
 * Tells by the commit ids, since any deferred write may have reached the database after all, late and alone: the row
 * holds them all only if it has the commit id of each.
 * @param record the row, or a copy of it, however old.
 */
export function statusOf(write: DeferredWrite, record: SessionRecord): DeferredStatus {
  if (record.version <= write.base) return "pending";
  const row = record.commitIds.split(" ");
  const [base = "", ...deferred] = write.commitIds;
  // What came before the oldest commit that the row remembers is forgotten, not missing.
  const remembered = deferred.slice(Math.max(deferred.indexOf(row[0] ?? ""), 0));
  // rule: a row holds the deferred writes whose commit ids it has, and no others
  if (remembered.every((id) => row.includes(id))) return "applied";
  const since = row.slice(row.lastIndexOf(base) + 1);
  // rule: the database wins where the row has moved on
  return since.every((id) => write.commitIds.includes(id)) ? "pending" : "superseded";
}

/** The commit ids of a further deferred write, on top of another or else of the row itself. */
export function withDeferred(write: DeferredWrite | undefined, record: SessionRecord, commitId: string): string[] {
  const before = write?.commitIds ?? [record.commitIds.split(" ").at(-1) as string];
  return [...before, commitId].slice(-KEPT_COMMIT_IDS);
}

/** The commit ids that a row gets with a deferred write: those of all deferred writes in it. */
export function deferredCommitIds(write: DeferredWrite | undefined): readonly string[] {
  // rule: a row that holds a deferred write is known by its commit id
  return write?.commitIds.slice(1) ?? [];
}

/** Writes a deferred write as the text of an entry. */
export function deferredText({ key, base, commitIds, keys, data, seenAt }: Omit<DeferredWrite, "version">): string {
  return JSON.stringify([LAYOUT, key, base, commitIds, keys, data, seenAt]);
}

/** Reads an entry's text; undefined when it is anything but a whole deferred write of that key. */
export function parseDeferred(key: string, version: number, text: string): DeferredWrite | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(fields) || fields.length !== 7 || fields[0] !== LAYOUT || fields[1] !== key) return undefined;
  const [, , base, commitIds, keys, data, seenAt] = fields;
  const isText = (value: unknown): value is string => typeof value === "string";
  const valid =
    Array.isArray(commitIds) &&
    commitIds.length > 1 &&
    commitIds.every(isText) &&
    isText(keys) &&
    isText(data) &&
    [base, seenAt].every(Number.isSafeInteger);
  return valid ? { key, version, base, commitIds, keys, data, seenAt } : undefined;
}
