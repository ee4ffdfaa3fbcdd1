/** Arbitration: writing a record so that its outcome is known, even when the answer was lost. */

import { randomToken } from "#seal";
import { SessionStoreError } from "../errors.js";
import type { Context } from "./context.js";
import type { SessionRecord } from "./store.js";

/** What became of a write: it is in the record; another came first; or there is no record (any more). */
export type Verdict =
  | { readonly state: "done"; readonly record: SessionRecord }
  | { readonly state: "changed" }
  | { readonly state: "gone" };

/** A record remembers so many commits: more than can reasonably pass while one of them looks for its own mark. */
const MARKS = 16;

/** How often a write whose outcome is unknown is tried; trying again is safe, since at most one can succeed. */
const ATTEMPTS = 3;

/** The mark of a commit: 64 random bits. */
export function newMark(): string {
  return randomToken(8);
}

/** The marks of a record once these commits are in it. */
export function withMarks(marks: string, added: readonly string[]): string {
  return [...new Set([...marks.split(" ").filter(Boolean), ...added])].slice(-MARKS).join(" ");
}

/**
 * Runs a conditional write and finds out what became of it. When it failed, was too slow, or lost its comparison, the
 * record itself is asked: it carries the mark if the write took place after all.
 *
 * @param next the record as it is when the write succeeds.
 * @param write the insert or the compare-and-set; true when it succeeded.
 * @throws {SessionStoreError} with `outcome: "unknown"` when the record cannot be asked either.
 */
export async function arbitrate(
  context: Context,
  next: SessionRecord,
  mark: string,
  write: () => Promise<boolean>,
): Promise<Verdict> {
  let failure: unknown;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    failure = undefined;
    try {
      if (await write()) return { state: "done", record: next };
    } catch (error) {
      failure = error;
    }
    const record = await ask(context, next, failure);
    if (record?.marks.split(" ").includes(mark)) return { state: "done", record };
    // Where the comparison would still succeed, a write whose answer was lost may yet arrive: only trying again decides.
    const isStillPossible = (record?.version ?? 0) === next.version - 1;
    if (!failure || !isStillPossible) return { state: record ? "changed" : "gone" };
  }
  throw outcomeUnknown(context, failure);
}

async function ask(context: Context, next: SessionRecord, failure: unknown): Promise<SessionRecord | undefined> {
  try {
    return (await context.tiers?.load(next.key, { fresh: true }))?.record;
  } catch (error) {
    throw failure ? outcomeUnknown(context, failure) : error;
  }
}

function outcomeUnknown(context: Context, cause: unknown): SessionStoreError {
  return new SessionStoreError(
    context.tiers?.durable === false ? "cache" : "store",
    "The session store failed during a commit. Whether it was kept is unknown; the next request will see. Nothing was said to be saved.",
    "unknown",
    { cause },
  );
}
