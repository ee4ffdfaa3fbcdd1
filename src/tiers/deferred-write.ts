/** DeferredWrite data: what a session holds beyond its row, while the database does not take it. */

import type { SessionRecord } from "./store.js";

/** The data of a session as of its last deferred write, and what it was built on. */
export interface DeferredWrite {
  /** The key of the session's record. */
  readonly key: string;
  /** The version of the entry in the cache: what the next deferred write has to find there. */
  readonly version: number;
  /** The version of the row that it was built on. */
  readonly base: number;
  /** The last mark of the row that it was built on, then one mark for each deferred write, newest last. */
  readonly marks: readonly string[];
  /** The keys that the deferred writes changed, in stored form. */
  readonly keys: string;
  /** All values, in stored form, as the row will hold them. */
  readonly data: string;
  /** When the last deferred write was made (milliseconds since 1970). */
  readonly seenAt: number;
}

/**
 * How dirty data stands to a row. `ahead`: the row is what it was built on, or an earlier part of it. `taken`: the row
 * holds it. `behind`: others have written to the row, and it lost.
 */
export type Standing = "ahead" | "taken" | "behind";

/** The layout below. An entry of another layout is left alone. */
const LAYOUT = 1;

/** So many marks are kept: only those whose write reached the database after its time was up are ever met again. */
const MARKS = 64;

/**
 * Tells by the marks, since any deferred write may have reached the database after all, late and alone: the row holds
 * them all only if it has the mark of each.
 * @param record the row, or a copy of it, however old.
 */
export function standing(dirty: DeferredWrite, record: SessionRecord): Standing {
  if (record.version <= dirty.base) return "ahead";
  const row = record.marks.split(" ");
  const [base = "", ...deferred] = dirty.marks;
  // What came before the oldest commit that the row remembers is forgotten, not missing.
  const remembered = deferred.slice(Math.max(deferred.indexOf(row[0] ?? ""), 0));
  // rule: a row holds the deferred writes whose commit ids it has, and no others
  if (remembered.every((mark) => row.includes(mark))) return "taken";
  const since = row.slice(row.lastIndexOf(base) + 1);
  // rule: the database wins where the row has moved on
  return since.every((mark) => dirty.marks.includes(mark)) ? "ahead" : "behind";
}

/** The marks of a further deferred write, on top of dirty data or else of the row itself. */
export function withDeferred(dirty: DeferredWrite | undefined, record: SessionRecord, mark: string): string[] {
  const before = dirty?.marks ?? [record.marks.split(" ").at(-1) as string];
  return [...before, mark].slice(-MARKS);
}

/** The marks that a row gets with dirty data: those of the deferred writes. */
export function deferredMarks(dirty: DeferredWrite | undefined): readonly string[] {
  // rule: a row that holds a deferred write is known by its commit id
  return dirty?.marks.slice(1) ?? [];
}

/** Writes dirty data as the text of an entry. */
export function deferredText({ key, base, marks, keys, data, seenAt }: Omit<DeferredWrite, "version">): string {
  return JSON.stringify([LAYOUT, key, base, marks, keys, data, seenAt]);
}

/** Reads an entry's text; undefined when it is anything but whole dirty data of that key. */
export function parseDeferred(key: string, version: number, text: string): DeferredWrite | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(fields) || fields.length !== 7 || fields[0] !== LAYOUT || fields[1] !== key) return undefined;
  const [, , base, marks, keys, data, seenAt] = fields;
  const isText = (value: unknown): value is string => typeof value === "string";
  const valid =
    Array.isArray(marks) &&
    marks.length > 1 &&
    marks.every(isText) &&
    isText(keys) &&
    isText(data) &&
    [base, seenAt].every(Number.isSafeInteger);
  return valid ? { key, version, base, marks, keys, data, seenAt } : undefined;
}
