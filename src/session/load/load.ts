/** Loading: from a token to the session's values, by way of the cookie, the cache or the database. */

import { sha256 } from "#seal";
import { SessionError } from "../../errors.js";
import { subjectOf } from "../../events.js";
import type { Found } from "../../tiers/reading/lookup.js";
import type { SessionRecord } from "../../tiers/store.js";
import type { Tiers } from "../../tiers/tiers.js";
import { now, Stopwatch } from "../../util/clock.js";
import type { MaybePromise } from "../../util/maybe-promise.js";
import type { Context } from "../context.js";
import { isLaterThan } from "../record/record.js";
import { isRolledBack, matchId } from "../record/rotation.js";
import { MAX_LATENESS } from "../revocation/checked-sessions.js";
import type { Loaded } from "../state.js";
import { kindOf } from "../token/kinds.js";
import { holderOf, type Token } from "../token/token.js";
import { fromCookie, fromRecord, nothing } from "./from-holder.js";
import { maintain, restoreId } from "./maintain.js";
import { quickKeyOf } from "./quick-values.js";

/** Whether {@link load} needs no I/O. */
export function isAtHand(context: Context, token: Token | undefined): boolean {
  return !token || !(recordKey(context, token) !== undefined || (token.quick && context.tiers));
}

/** Loads what a token stands for. At once when the cookie holds it all. */
export function load(context: Context, token: Token | undefined): MaybePromise<Loaded> {
  if (!token) return nothing(context);
  const key = recordKey(context, token);
  if (key !== undefined) return loadRecord(context, token, key, "request");
  if (!token.quick || !context.tiers) return fromCookie(context, token, undefined, {});
  return context.tiers.quick(quickKeyOf(token)).then((texts) => fromCookie(context, token, undefined, texts));
}

/**
 * Loads a session again in the middle of a request, after another request has changed it.
 * @param from "store": from the arbiter. "cache": from the cache if that has it, for a commit that the database does not
 *   take.
 */
export function reload(context: Context, token: Token, from: "store" | "cache"): Promise<Loaded> {
  return loadRecord(context, token, token.reference?.key ?? "", from);
}

/** The session with its row as another request of this process has just written it: as if it had been loaded again. */
export async function adoptRow(context: Context, base: Loaded, record: SessionRecord): Promise<Loaded> {
  const { token, deferred, quick } = base;
  if (!token) return base;
  // A deferred write or quick values may have been taken into the row.
  const owner = deferred || quick.size > 0 ? undefined : await matchId(context, token, record);
  return owner ? fromRecord(context, owner, { record, deferred }, {}) : reload(context, token, "store");
}

/**
 * The session with a row that its cookie does not refer to: another tab spilled it first, or an earlier commit did, whose
 * outcome is unknown. Of cookie and row, what was committed later goes on.
 */
export async function findSpilledRow(context: Context, loaded: Loaded): Promise<Loaded> {
  const { token } = loaded;
  const record = token && (await context.tiers?.find(await sha256(token.id)));
  if (!token || !record || !(await matchId(context, token, record))) return loaded;
  const { key, version } = record;
  if (isLaterThan(token, record)) return { ...loaded, token: { ...token, reference: { key, version } }, record };
  return reload(context, { ...token, reference: { key, version: 0 } }, "store");
}

/** The key of the record that has to be read; undefined when none has. */
function recordKey({ revocation }: Context, token: Token): string | undefined {
  const holder = holderOf(token);
  const isNeeded = holder === "server" || holder === "shrinking" || revocation.isCheckDue(token);
  return isNeeded ? token.reference?.key : undefined;
}

/**
 * For whom a record is read: for a request, whose browser has presented the token; or once more in the middle of one,
 * from the arbiter or from the cache, by a token that no browser may have yet.
 */
type Occasion = "request" | "store" | "cache";

async function loadRecord(context: Context, token: Token, key: string, occasion: Occasion): Promise<Loaded> {
  const { tiers } = context;
  // Without tiers a reference cannot be followed: this deployment has lost its stores, which is no logout.
  if (!tiers) throw new TypeError("A session refers to a store, but none was given to createSessions().");
  const at = now();
  const since = new Stopwatch();
  // rule: a deferred write is read
  const deferred = tiers.deferred.peek(key);
  const { found, owner } = await findRecord(context, tiers, token, key, occasion);
  const { record, quick } = found;
  if (!record || !owner) return ended(context, token, found, occasion, at);
  context.revocation.checked.note(token, since);
  // rule: a successor is presented by a browser, not by the request that made it
  const isPresented = owner === token && occasion === "request";
  const reader = { isVisit: occasion === "request", isPresented };
  try {
    const reconciled = await maintain(context, record, reader, await deferred);
    // A newer row that a repair came upon may have passed to another id.
    const stands = reconciled.record === record ? owner : await matchId(context, token, reconciled.record);
    if (!stands) return reload(context, token, "store");
    const from = found.cached ? "cache" : "store";
    return { ...(await fromRecord(context, stands, reconciled, quick)), from };
  } catch (error) {
    if (!found.cached || !tiers.durable) throw reported(context, record, error, await deferred);
    // The copy in the cache may be all that is damaged.
    const row = await tiers.correct(record);
    if (row?.data === record.data) throw reported(context, record, error, await deferred);
    return loadRecord(context, token, key, "store");
  }
}

/** Looks a record up, and tells by which token it is the browser's, if it is. */
async function findRecord(context: Context, tiers: Tiers, token: Token, key: string, occasion: Occasion) {
  const { reference, sealedAt } = token;
  const knownAt = occasion === "request" ? sealedAt : now();
  // Quick values cost a second command, and in a cluster a second node: only where there may be any.
  const quickKey = token.quick ? quickKeyOf(token) : undefined;
  const wanted = { atLeast: reference?.version ?? 0, quickKey, sealedAt, knownAt };
  let found = await tiers.load(key, { ...wanted, fresh: occasion === "store" });
  let owner = found.record && (await matchId(context, token, found.record));
  // Of a copy that is of another id, or of a session that this process has ended, the database says what has become of it.
  const isDoubtful = !owner || context.revocation.checked.ended(token) !== undefined;
  if (found.record && isDoubtful && found.cached && tiers.durable) {
    found = await tiers.load(key, { ...wanted, fresh: true });
    owner = found.record && (await matchId(context, token, found.record));
  }
  if (!found.record || owner || !isRolledBack(token, found.record)) return { found, owner };
  return { found: { ...found, record: await restoreId(context, tiers, found.record, token) }, owner: token };
}

/** The session when its row is gone or has another id: none, unless the cookie of a visitor holds the values too. */
async function ended(context: Context, token: Token, found: Found, occasion: Occasion, at: number): Promise<Loaded> {
  const { record, revoked, quick } = found;
  // An anonymous session on its way into the cookie outlives its row: the cookie has the data too.
  if (!record && !revoked && token.userId === undefined && holderOf(token) !== "server") {
    return fromCookie(context, { ...token, reference: undefined, shrunkAt: undefined }, undefined, quick);
  }
  // A copy in the cache that still knows the id must not answer again.
  if (occasion === "store" && record) await context.tiers?.publish(record, at);
  if (!record && token.reference) context.revocation.checked.noteEnded(token.reference.key);
  // Nor may one of a row that a failover has lost.
  if (occasion === "store" && !record && !revoked && token.reference)
    await context.tiers?.dropCopy(token.reference.key);
  const reason = record ? "replaced" : "revoked";
  context.emit("rejected", { reason });
  context.audit({ action: "rejected", reason }, subjectOf(token));
  return isLate(context, token, record) ? { ...nothing(context), superseded: kindOf(token) } : nothing(context);
}

/**
 * Whether a request came late: its browser has ended the session or replaced its id a moment ago, and has or will have other
 * cookies. Of an end in another process nothing is left to tell it from one from outside, after which the browser needs
 * new cookies.
 */
function isLate({ revocation }: Context, { reference }: Token, record: SessionRecord | undefined): boolean {
  if (record) return now() - record.rotatedAt.getTime() < MAX_LATENESS;
  const since = reference && revocation.checked.leftByBrowser(reference.key);
  return since !== undefined && since.elapsed < MAX_LATENESS;
}

/** Reports values that cannot be read as corrupt: those of the row, or of the deferred write, which is in the cache. */
function reported(context: Context, { key, data }: SessionRecord, error: unknown, deferred: unknown): unknown {
  const isUnreadable = error instanceof SessionError && error.code === "unreadable" && (deferred || data !== null);
  const tier = deferred || !context.tiers?.durable ? "cache" : "store";
  if (isUnreadable) context.emit("corrupt", { tier, handle: key });
  return error;
}
