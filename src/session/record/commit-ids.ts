/** Commit ids: a record names its last commits, so that each can find out what became of it when the answer was lost. */

import { randomToken } from "#seal";
import type { SessionRecord } from "../../tiers/store.js";

/** How many ids a record keeps: more commits than can reasonably come between while one of them looks for its own. */
const KEPT_COMMIT_IDS = 16;

/** The id of a commit: 64 random bits. */
export function newCommitId(): string {
  return randomToken(8);
}

/** The commit ids of a record once these commits are in it. */
export function withCommitIds(commitIds: string, added: readonly string[]): string {
  return [...new Set([...commitIds.split(" ").filter(Boolean), ...added])].slice(-KEPT_COMMIT_IDS).join(" ");
}

/** Whether a commit is in a record. */
export function hasCommit(record: SessionRecord, commitId: string): boolean {
  // rule: a commit looks for its own id
  return record.commitIds.split(" ").includes(commitId);
}
