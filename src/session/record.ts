/** Records as commits write them: the first one, and each change. */

import { sha256 } from "#seal";
import { withMarks } from "./arbitration.js";
import { toStored } from "./at-rest.js";
import type { Context } from "./context.js";
import type { Client, Draft, Intent } from "./draft.js";
import { rowDeadline } from "./expiry.js";
import { newKey, replaceId, rotate } from "./rotation.js";
import type { SessionChange, SessionRecord } from "./store.js";

/** The record that a draft is inserted as. */
export async function newRecord(context: Context, draft: Draft, client: Client, mark: string): Promise<SessionRecord> {
  const at = new Date(draft.token.sealedAt);
  const key = newKey();
  return {
    key,
    idHash: await sha256(draft.token.id),
    previousIdHash: null,
    successor: null,
    presentedAt: null,
    userId: draft.token.userId ?? null,
    data: draft.placement === "cookie" ? null : await toStored(context, key, draft.text),
    version: 1,
    marks: mark,
    createdAt: at,
    rotatedAt: at,
    seenAt: at,
    expiresAt: rowDeadline(draft.token.expiresAt),
    userAgent: client.userAgent,
    address: client.address,
  };
}

/** What a draft changes in the record. `marks`: those of the commits that it makes durable. */
export async function recordChange(
  context: Context,
  intent: Intent,
  record: SessionRecord,
  draft: Draft,
  marks: readonly string[],
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
    data: draft.placement === "cookie" ? null : await toStored(context, record.key, draft.text),
    marks: withMarks(record.marks, marks),
    seenAt,
    expiresAt: rowDeadline(token.expiresAt),
  };
}
