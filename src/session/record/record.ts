/** Records as commits write them: the first one, and each change. */

import { sha256 } from "#seal";
import { deferredCommitIds } from "../../tiers/deferred-write.js";
import { firstRecord, type SessionChange, type SessionRecord } from "../../tiers/store.js";
import { rowDeadline } from "../../util/expiry.js";
import type { Context } from "../context.js";
import type { Change, Intent, Loaded } from "../state.js";
import type { Client } from "../token/client.js";
import { holderOf, type Token } from "../token/token.js";
import { placeOf, toStored } from "./at-rest.js";
import { withCommitIds } from "./commit-ids.js";
import { newKey, replaceId, rotate } from "./rotation.js";

/**
 * The record that a draft is inserted as.
 * @param from the token of the cookie that spills over; undefined when the session begins with this commit.
 */
export async function newRecord(
  context: Context,
  intent: Intent,
  draft: Change,
  client: Client,
  commitId: string,
  from: Token | undefined,
): Promise<SessionRecord> {
  const { token } = draft;
  const key = (await context.tiers?.scope.rowKey(newKey())) ?? newKey();
  return firstRecord({
    key,
    idHash: await sha256(token.id),
    userId: token.userId ?? null,
    data: draft.placement === "cookie" ? null : await toStored(context, placeOf({ key, version: 1 }), draft.text),
    commitIds: withCommitIds("", [commitId]),
    cookieSealedAt: sealedAt(from),
    createdAt: begunAt(intent, token),
    seenAt: new Date(token.sealedAt),
    idleExpiresAt: new Date(token.idleExpiresAt),
    expiresAt: rowDeadline(token.expiresAt),
    userAgent: client.userAgent,
    address: client.address,
  });
}

/**
 * Whether a cookie is of a later commit than the one that spilled over into a record. What has been committed to the
 * record since is later in any case.
 */
export function isLaterThan(token: Token, record: SessionRecord): boolean {
  return record.cookieSealedAt !== null && token.sealedAt > record.cookieSealedAt.getTime();
}

/** When the cookie was sealed that a commit takes the values from; null when it takes them from the row. */
function sealedAt(token: Token | undefined): Date | null {
  const isHeldByCookie = token && ["cookie", "bound"].includes(holderOf(token));
  return isHeldByCookie ? new Date(token.sealedAt) : null;
}

/**
 * When a session began, or its user signed in. Where logins are in order, it is the moment of that order and no later one:
 * the next login is to be later, and knows no more than the order.
 */
function begunAt(intent: Intent, { sealedAt }: Token): Date {
  const ordered = intent.type === "login" ? intent.seat?.at : undefined;
  // rule: logins are in order, whatever the clocks say
  return new Date(ordered ?? sealedAt);
}

/** What a draft, of what was loaded with the record, changes in it. */
export async function recordChange(
  context: Context,
  intent: Intent,
  { token: from, deferred }: Loaded,
  record: SessionRecord,
  draft: Change,
  commitId: string,
): Promise<SessionChange> {
  const { token } = draft;
  const ids =
    intent.type === "rotate"
      ? await rotate(context, record, token.id)
      : intent.type === "login" || intent.type === "regenerate"
        ? await replaceId(token.id)
        : {};
  return {
    ...ids,
    ...(intent.type === "login" ? { userId: intent.userId, createdAt: begunAt(intent, token) } : {}),
    data:
      draft.placement === "cookie"
        ? null
        : await toStored(context, placeOf({ ...record, version: record.version + 1 }), draft.text),
    commitIds: withCommitIds(record.commitIds, [...deferredCommitIds(deferred), commitId]),
    cookieSealedAt: sealedAt(from),
    seenAt: new Date(token.sealedAt),
    idleExpiresAt: new Date(token.idleExpiresAt),
    expiresAt: rowDeadline(token.expiresAt),
  };
}
