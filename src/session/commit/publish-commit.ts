/** Publishing a commit: the record is written, so the cache learns it, and the next token refers to it. */

import { SessionStoreError } from "../../errors.js";
import type { SessionRecord } from "../../tiers/store.js";
import { now } from "../../util/clock.js";
import { settle } from "../../util/outcome.js";
import type { Context } from "../context.js";
import { reload } from "../load/load.js";
import { discard } from "../load/reconcile-deferred.js";
import type { Change, Committed, Intent, Loaded } from "../state.js";
import type { Token } from "../token/token.js";
import { fold, folding } from "./commit-quick.js";
import { concluded } from "./commit-result.js";

/**
 * Publishes a commit.
 * @param loaded the session that the commit was made on.
 * @param record the row as it was written, or as others have left it since.
 * @param startedAt when writing it began (milliseconds since 1970).
 */
export async function publishCommit(
  context: Context,
  intent: Intent,
  loaded: Loaded,
  change: Change,
  record: SessionRecord,
  startedAt: number,
): Promise<Committed> {
  const isPublished = await publish(context, intent, loaded, change, record, startedAt);
  if (loaded.deferred) await discard(context, loaded.deferred, []);
  const { placement, text } = change;
  const version = (loaded.record?.version ?? 0) + 1;
  const token: Token = {
    ...change.token,
    reference: { key: record.key, version },
    shrunkAt: placement === "shrinking" ? (loaded.token?.shrunkAt ?? now()) : undefined,
    data: placement === "server" ? undefined : text,
  };
  // rule: values and version of a session belong together
  if (record.version === version) {
    const made = concluded(change, token, record);
    return isPublished ? made : { ...made, failure: idUnacknowledged(context) };
  }
  // Others have committed on top of this commit before its outcome was known: what they made of it stands.
  const read = await settle(reload(context, token, "store"));
  if (!read.ok) return concluded(change, token, undefined);
  const newer = read.value;
  // This commit is in it, but the session has passed to another id since, or has ended: there is nothing to hand out.
  if (!newer.token) return { loaded: newer, results: change.results, isNews: false, hasNewId: false, durable: true };
  const { values, text: newest = text } = newer;
  return concluded({ ...change, values, text: newest }, newer.token, newer.record);
}

/**
 * Publishes the record to the cache. A new id on request ends the old one, to which a copy would go on to answer: that
 * has to be acknowledged.
 * @returns whether it was, where it has to be.
 */
async function publish(
  context: Context,
  intent: Intent,
  loaded: Loaded,
  { placement }: Change,
  record: SessionRecord,
  startedAt: number,
): Promise<boolean> {
  const { tiers } = context;
  // A new row beside a cookie that holds the values answers checks alone: the first one puts the copy there.
  if (!loaded.record && placement === "cookie") {
    await fold(context, loaded);
    return true;
  }
  if (intent.type !== "regenerate") {
    await tiers?.publish(record, startedAt, folding(loaded));
    return true;
  }
  await fold(context, loaded);
  return (await settle(Promise.resolve(tiers?.publishOrThrow(record, startedAt)))).ok;
}

function idUnacknowledged({ server }: Context): SessionStoreError {
  return new SessionStoreError(
    "cache",
    `The session has its new id, but the cache did not acknowledge it: cached copies may answer to the old one for at most ${server.cacheMaxAge / 1000} seconds (\`cacheMaxAge\`).`,
    "unknown",
  );
}
