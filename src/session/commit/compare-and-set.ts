/** Compare and set: writing a record so that the outcome is known, even when the answer was lost. */

import { SessionStoreError } from "../../errors.js";
import type { SessionRecord } from "../../tiers/store.js";
import { settle } from "../../util/outcome.js";
import type { Context } from "../context.js";
import { hasCommit } from "../record/commit-ids.js";

/**
 * What became of a write. `done`: it is in the record. `changed`: another came first. `gone`: there is no record (any
 * more). `unknown`: the record is not there, and may yet arrive.
 */
export type WriteOutcome =
  | { readonly state: "done"; readonly record: SessionRecord }
  | { readonly state: "changed" }
  | { readonly state: "gone" }
  | { readonly state: "unknown"; readonly error: SessionStoreError };

/** How often a write is tried whose outcome is unknown. Trying again is safe, since at most one can succeed. */
export const MAX_WRITES = 3;

/**
 * Runs a compare-and-set and finds out what became of it. When it failed, was too slow, or lost its comparison, the
 * record itself is asked: it carries the commit id if the write took place after all.
 *
 * @param next the record as it is when the write succeeds.
 * @param write the compare-and-set; true when it succeeded.
 * @throws {SessionStoreError} with `outcome: "unknown"` when the record cannot be asked either.
 */
export async function compareAndSet(
  context: Context,
  next: SessionRecord,
  commitId: string,
  write: () => Promise<boolean>,
): Promise<WriteOutcome> {
  let unknown: unknown;
  for (let attempt = 1; attempt <= MAX_WRITES; attempt++) {
    const written = await settle(write());
    // rule: a write that failed was not acknowledged
    if (written.ok && written.value) return { state: "done", record: next };
    const failure = written.ok ? undefined : written.error;
    unknown ??= failure;
    const asked = context.tiers?.load(next.key, { fresh: true }).then((found) => found.record);
    const record = await ask(context, asked, failure);
    if (record && hasCommit(record, commitId)) return { state: "done", record };
    // Where the comparison would still succeed, a write whose answer was lost may yet arrive: only trying again decides.
    const isStillPossible = record?.version === next.version - 1;
    if (failure && isStillPossible) continue;
    if (record) return { state: "changed" };
    // Whether this commit was in a record that is gone is unknown.
    if (unknown) break;
    return { state: "gone" };
  }
  throw outcomeUnknown(context, unknown);
}

/**
 * Adds a record and finds out what became of it. One that may yet arrive is not added again under the same key: arriving
 * after the session has ended, it would bring it back. Under another key no cookie refers to it.
 *
 * @param next the record, whose id every attempt of one commit shares: of several, the first one stays.
 * @throws {SessionStoreError} with `outcome: "unknown"` when the store cannot be asked.
 */
export async function insertOnce(context: Context, next: SessionRecord, commitId: string): Promise<WriteOutcome> {
  const added = await settle(context.tiers?.insert(next) ?? Promise.resolve(false));
  if (added.ok && added.value) return { state: "done", record: next };
  const failure = added.ok ? undefined : added.error;
  const record = await ask(context, context.tiers?.find(next.idHash), failure);
  if (record && hasCommit(record, commitId)) return { state: "done", record };
  if (failure) return { state: "unknown", error: outcomeUnknown(context, failure) };
  return { state: record ? "changed" : "gone" };
}

async function ask(
  context: Context,
  asked: Promise<SessionRecord | undefined> | undefined,
  failure: unknown,
): Promise<SessionRecord | undefined> {
  try {
    return await asked;
  } catch (error) {
    throw failure ? outcomeUnknown(context, failure) : error;
  }
}

/** The error of a commit whose outcome is unknown. */
export function outcomeUnknown(context: Context, cause: unknown): SessionStoreError {
  // rule: what may have happened is not denied (a commit)
  return new SessionStoreError(
    context.tiers?.durable === false ? "cache" : "store",
    'The session store failed during a commit. It is unknown whether the commit took effect (`outcome: "unknown"`). Read the session again before retrying.',
    "unknown",
    { cause },
  );
}
