/** A draft: what a commit would make of a session. Made anew each time another request came first. */

import { byteLength } from "#seal";
import { SessionValueError } from "../../errors.js";
import { now } from "../../util/clock.js";
import { idleDeadline } from "../../util/expiry.js";
import type { Context } from "../context.js";
import { withQuick } from "../load/quick-values.js";
import { apply, type Operation } from "../operations.js";
import { emptyData, encodeData } from "../record/data.js";
import { newId, newKey } from "../record/rotation.js";
import type { Draft, Intent, Loaded } from "../state.js";
import type { Client } from "../token/client.js";
import type { Token } from "../token/token.js";
import { placeLate } from "./late.js";
import { place } from "./placement.js";

/**
 * Replays the operations on what was loaded.
 * @param drafted the token of the first draft of the same commit: where a new id is needed, all share one; and a session
 *   that begins does so under the epoch of then.
 * @param isLate whether the head of the response has left, so that the browser can get no new token.
 * @throws {SessionValueError} when the result cannot be kept. Nothing was written then.
 * @throws {SessionError} `read-only` when a late commit needs a new token.
 */
export function makeDraft(
  context: Context,
  loaded: Loaded,
  operations: readonly Operation[],
  intent: Intent,
  client: Client,
  isLate: boolean,
  drafted?: Token,
): Draft {
  const before = loaded.text ?? (loaded.token ? undefined : encodeData(context.settings, emptyData(context.settings)));
  const values = new Map(withQuick(loaded.values, loaded.quick));
  const results = operations.map((operation) => apply(values, operation));
  const text = encodeData(context.settings, values);
  // Quick values that make no difference were taken: they have to leave the cache.
  if (intent.type === "write" && text === before && loaded.quick.size === 0) return { isUnchanged: true, results };
  refuseTooLarge(context, text);
  const token = nextToken(context, loaded.token, intent, client, drafted);
  const replacesId = loaded.token !== undefined && loaded.token.id !== token.id;
  return {
    isUnchanged: false,
    token,
    replacesId,
    values,
    text,
    results,
    placement: isLate ? placeLate(loaded.token, token) : place(context, loaded, token, text),
  };
}

function nextToken(
  context: Context,
  before: Token | undefined,
  intent: Intent,
  client: Client,
  drafted: Token | undefined,
): Token {
  const { settings, revocation } = context;
  const at = now();
  const begins = before === undefined || intent.type === "login";
  const expiresAt = begins ? at + settings.lifetime : before.expiresAt;
  const origin = "origin" in intent ? intent.origin : undefined;
  const asked = "expiresAt" in intent ? intent.expiresAt?.getTime() : undefined;
  const seat = intent.type === "login" ? intent.seat : undefined;
  // rule: a new id on request is a new one
  const keepsId = !begins && intent.type !== "regenerate" && intent.type !== "rotate";
  // Nothing from before a login or a new id on request reaches what comes after it.
  const keepsLineage = !begins && intent.type !== "regenerate";
  return {
    lineage: keepsLineage ? before.lineage : (origin?.lineage ?? drafted?.lineage ?? newKey()),
    superseded: keepsLineage ? before.superseded : undefined,
    id: keepsId ? before.id : (drafted?.id ?? seat?.id ?? newId()),
    // Later than what it is made from, whatever the clocks of two servers say.
    sealedAt: Math.max(at, (before?.sealedAt ?? 0) + 1),
    epoch: begins ? (drafted?.epoch ?? revocation.epoch) : before.epoch,
    expiresAt: asked ?? expiresAt,
    idleExpiresAt: idleDeadline(at, settings.idleTimeout, asked ?? expiresAt),
    userId: intent.type === "login" ? intent.userId : before?.userId,
    authenticatedAt: intent.type === "login" ? (origin?.authenticatedAt ?? at) : before?.authenticatedAt,
    persistent: (intent.type === "login" ? intent.persistent : undefined) ?? before?.persistent ?? settings.persistent,
    secure: (intent.type === "start" ? intent.secure : undefined) ?? before?.secure ?? false,
    pinned: intent.type === "pin" || (before?.pinned ?? false),
    quick: false,
    binding: begins ? client.binding : before.binding,
    reference: before?.reference,
    shrunkAt: before?.shrunkAt,
    data: undefined,
  };
}

function refuseTooLarge(context: Context, text: string): void {
  const { maxSize } = context.server;
  const size = byteLength(text);
  if (size <= maxSize) return;
  throw new SessionValueError(
    "too-large",
    `The session would hold ${size} bytes, more than \`maxSize\` (${maxSize}). Nothing was written; what it held stands.`,
  );
}
