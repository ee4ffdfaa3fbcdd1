/** Records as commits write them: the first one, and each change. */

import { sha256 } from "#seal";
import { deferredCommitIds } from "../../tiers/deferred-write.js";
import type { SessionChange, SessionRecord } from "../../tiers/store.js";
import { rowDeadline } from "../../util/expiry.js";
import type { Context } from "../context.js";
import type { Draft, Intent, Loaded } from "../state.js";
import type { Client } from "../token/client.js";
import type { Token } from "../token/token.js";
import { placeOf, toStored } from "./at-rest.js";
import { withCommitIds } from "./commit-ids.js";
import { newKey, replaceId, rotate } from "./rotation.js";

const ORIGIN = ":";

/**
 * The record that a draft is inserted as.
 * @param from the token of the cookie that spills over; undefined when the session begins with this commit.
 */
export async function newRecord(
  context: Context,
  draft: Draft,
  client: Client,
  mark: string,
  from: Token | undefined,
): Promise<SessionRecord> {
  const at = new Date(draft.token.sealedAt);
  const key = newKey();
  return {
    key,
    idHash: await sha256(draft.token.id),
    previousIdHash: null,
    successor: null,
    presentedAt: null,
    userId: draft.token.userId ?? null,
    data: draft.placement === "cookie" ? null : await toStored(context, placeOf({ key, version: 1 }), draft.text),
    version: 1,
    marks: withCommitIds("", [...originMarks(from), mark]),
    createdAt: at,
    rotatedAt: at,
    seenAt: at,
    expiresAt: rowDeadline(draft.token.expiresAt),
    userAgent: client.userAgent,
    address: client.address,
  };
}

/**
 * Whether a cookie is of a later commit than the one that spilled over into a record. What has been committed to the
 * record since is later in any case.
 */
export function isLaterThan(token: Token, record: SessionRecord): boolean {
  const origin = record.marks.split(" ").at(-2);
  return origin?.startsWith(ORIGIN) === true && token.sealedAt > Number.parseInt(origin.slice(1), 36);
}

/** Before the mark of a commit that spills over: when the cookie was sealed. No mark of a commit looks like it. */
function originMarks(token: Token | undefined): string[] {
  const isSpill = token?.data !== undefined && token.shrunkAt === undefined;
  return isSpill ? [`${ORIGIN}${token.sealedAt.toString(36)}`] : [];
}

/** What a draft, of what was loaded with the record, changes in it. */
export async function recordChange(
  context: Context,
  intent: Intent,
  { token: from, dirty }: Loaded,
  record: SessionRecord,
  draft: Draft,
  mark: string,
): Promise<SessionChange> {
  const { token } = draft;
  const seenAt = new Date(token.sealedAt);
  const ids =
    intent.type === "rotate"
      ? await rotate(context, record, token.id)
      : intent.type === "login" || intent.type === "regenerate"
        ? await replaceId(token.id)
        : {};
  return {
    ...ids,
    ...(intent.type === "login" ? { userId: intent.userId, createdAt: seenAt } : {}),
    data:
      draft.placement === "cookie"
        ? null
        : await toStored(context, placeOf({ ...record, version: record.version + 1 }), draft.text),
    marks: withCommitIds(record.marks, [...deferredCommitIds(dirty), ...originMarks(from), mark]),
    seenAt,
    expiresAt: rowDeadline(token.expiresAt),
  };
}
