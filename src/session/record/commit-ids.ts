/** Commit ids: how a record tells which commits are in it. */

import { randomToken } from "#seal";
import type { SessionRecord } from "../../tiers/store.js";

/** A record remembers so many commits: more than can reasonably pass while one of them looks for its own mark. */
const MARKS = 16;

/** The mark of a commit: 64 random bits. */
export function newCommitId(): string {
  return randomToken(8);
}

/** The marks of a record once these commits are in it. */
export function withCommitIds(marks: string, added: readonly string[]): string {
  return [...new Set([...marks.split(" ").filter(Boolean), ...added])].slice(-MARKS).join(" ");
}

/** Whether a commit is in a record. */
export function hasCommit(record: SessionRecord, mark: string): boolean {
  // rule: a commit looks for its own id
  return record.marks.split(" ").includes(mark);
}
