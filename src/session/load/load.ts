/** Loading: from a token to the session's values, by way of the cookie, the cache or the database. */

import { sha256 } from "#seal";
import { SessionError } from "../../errors.js";
import { subjectOf } from "../../events.js";
import type { Found } from "../../tiers/reading/lookup.js";
import type { SessionRecord } from "../../tiers/store.js";
import { now, Stopwatch } from "../../util/clock.js";
import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import type { Context } from "../context.js";
import type { Values } from "../operations.js";
import { deferredPlace, fromStored, placeOf } from "../record/at-rest.js";
import { decodeData, emptyData } from "../record/data.js";
import { isLaterThan } from "../record/record.js";
import { matchId, notePresented } from "../record/rotation.js";
import type { CompleteSettings } from "../server-settings.js";
import type { Loaded } from "../state.js";
import { openedCookiesOf } from "../token/opened-cookies.js";
import type { Token } from "../token/token.js";
import { quickValues } from "./quick-values.js";
import { type Reconciled, reconcile } from "./reconcile-deferred.js";

/** Whether {@link load} needs no I/O. */
export function isAtHand(context: Context, token: Token | undefined): boolean {
  return !token || !(recordKey(context, token) !== undefined || (token.quick && context.tiers));
}

/** Loads what a token stands for. At once when the cookie holds it all. */
export function load(context: Context, token: Token | undefined): MaybePromise<Loaded> {
  if (!token) return nothing(context);
  const key = recordKey(context, token);
  if (key !== undefined) return loadRecord(context, token, key, "presented");
  if (!token.quick || !context.tiers) return fromCookie(context, token, undefined, {});
  return context.tiers.quick(token.lineage).then((texts) => fromCookie(context, token, undefined, texts));
}

/** No session: the schema's defaults, and nothing else. */
export function nothing(context: Context): Loaded {
  return {
    token: undefined,
    values: emptyData(context.settings),
    text: undefined,
    quick: new Map(),
    quickTexts: {},
    record: undefined,
  };
}

/** Loads a record again from the arbiter, after another request has changed it. */
export function reload(context: Context, token: Token): Promise<Loaded> {
  return loadRecord(context, token, token.reference?.key ?? "", "fresh");
}

/** The session with its record as another request of this process has written it since: as if it had been read again. */
export async function follow(context: Context, base: Loaded, record: SessionRecord): Promise<Loaded> {
  const { token, dirty, quickTexts } = base;
  if (!token) return base;
  // What stands beside the record may have been taken into it.
  const known = dirty || Object.keys(quickTexts).length > 0 ? undefined : await matchId(context, token, record);
  return known ? fromRecord(context, known, { record, dirty }, quickTexts) : reload(context, token);
}

/** Loads a record again, from the cache if it has it: for a commit that the database does not take. */
export function refresh(context: Context, token: Token): Promise<Loaded> {
  return loadRecord(context, token, token.reference?.key ?? "", "again");
}

/**
 * The session with the row that the server has of it although its cookie names none: another tab spilled it first, or an
 * earlier commit of which nobody knew the outcome. Cookie or row, what was committed later goes on.
 */
export async function join(context: Context, loaded: Loaded): Promise<Loaded> {
  const { token } = loaded;
  const record = token && (await context.tiers?.find(await sha256(token.id)));
  if (!token || !record || !(await matchId(context, token, record))) return loaded;
  const { key, version } = record;
  if (isLaterThan(token, record)) {
    return { ...loaded, token: { ...token, reference: { key, version } }, record };
  }
  return reload(context, { ...token, reference: { key, version: 0 } });
}

/** The key of the record that has to be read; undefined when none has. */
function recordKey({ revocation }: Context, token: Token): string | undefined {
  return token.reference && (needsRecord(token) || revocation.isCheckDue(token)) ? token.reference.key : undefined;
}

/** Whether the row holds the data, or may hold newer data than the cookie. */
function needsRecord(token: Token): boolean {
  return token.data === undefined || token.shrunkAt !== undefined;
}

/**
 * Why a record is read: a request has come with its id; or it is read once more in the middle of a request, whose id may
 * be one that no browser has yet, from wherever it is or from the arbiter.
 */
type Occasion = "presented" | "again" | "fresh";

async function loadRecord(context: Context, token: Token, key: string, occasion: Occasion): Promise<Loaded> {
  const tiers = context.tiers;
  // Without tiers a reference cannot be followed: this deployment has lost its stores, which is no logout.
  if (!tiers) throw new TypeError("A session refers to a store, but none was given to createSessions().");
  const at = now();
  const since = new Stopwatch();
  const fresh = occasion === "fresh";
  // rule: a deferred write is read
  const dirty = tiers.deferred.peek(key);
  const { sealedAt } = token;
  // A second command, and in a cluster a second node: only where there may be any.
  const quickKey = token.quick ? token.lineage : undefined;
  const knownAt = occasion === "presented" ? sealedAt : at;
  const wanted = { atLeast: token.reference?.version ?? 0, quickKey, sealedAt, knownAt };
  let found = await tiers.load(key, { ...wanted, fresh });
  let known = found.record && (await matchId(context, token, found.record));
  if (found.record && !known && found.cached && tiers.durable) {
    // The copy in the cache speaks of another id: only the database can say that ours was replaced.
    found = await tiers.load(key, { ...wanted, fresh: true });
    known = found.record && (await matchId(context, token, found.record));
  }
  if (found.record && known) {
    if (token.userId !== undefined) context.revocation.noteChecked(token, since);
    // rule: a successor is presented by a browser, not by the request that made it
    const isPresented = known === token && occasion === "presented";
    const record = isPresented ? await notePresented(context, found.record) : found.record;
    try {
      const reconciled = await reconcile(context, record, await dirty);
      // A newer row that a repair came upon may have passed to another id.
      const owner = reconciled.record === record ? known : await matchId(context, token, reconciled.record);
      if (!owner) return loadRecord(context, token, key, "fresh");
      return await fromRecord(context, owner, reconciled, found.quick);
    } catch (error) {
      if (!found.cached || !tiers.durable) throw error;
      // The copy in the cache may be all that is damaged.
      const row = await tiers.correct(found.record);
      if (row?.data === found.record.data) throw error;
      return loadRecord(context, token, key, "fresh");
    }
  }
  if (!found.record && !found.revoked && holdsItsOwn(token)) {
    return fromCookie(context, { ...token, reference: undefined, shrunkAt: undefined }, undefined, found.quick);
  }
  // A copy in the cache that still knows the id must not answer again.
  if (fresh && found.record) await tiers.publish(found.record, at);
  context.revocation.forgetChecked(token);
  const reason = found.record ? "replaced" : "revoked";
  context.emit("rejected", { reason });
  context.audit({ action: "rejected", reason }, subjectOf(token));
  return nothing(context);
}

/** An anonymous session on its way into the cookie outlives its row: the cookie has the data too. */
function holdsItsOwn(token: Token): boolean {
  return token.userId === undefined && token.data !== undefined;
}

/** The row stands: what waits to be written to it, or its data if the cookie does not know better, else the cookie's. */
function fromRecord(
  context: Context,
  token: Token,
  { record, dirty }: Reconciled,
  quickTexts: Found["quick"],
): MaybePromise<Loaded> {
  const version = Math.max(record.version, token.reference?.version ?? 0);
  const isNewest = (token.reference?.version ?? 0) >= record.version;
  // A cookie that holds a signed-in session alone is written without the row: of the two, what came later stands.
  const isLater = token.shrunkAt === undefined && isLaterThan(token, record);
  // rule: the row knows better than the cookie while both hold the data
  const isOurs = token.data !== undefined && (isNewest || isLater);
  const data = dirty?.data ?? (isOurs ? null : record.data);
  if (data === null && token.data === undefined) throw movedOn();
  if (data === null) {
    return fromCookie(context, { ...token, reference: { key: record.key, version } }, record, quickTexts);
  }
  return chain(fromStored(context, dirty ? deferredPlace(dirty, "data") : placeOf(record), data), (text) =>
    chain(quickValues(context, token, quickTexts), (quick) => ({
      token: { ...token, data: undefined, shrunkAt: undefined, reference: { key: record.key, version } },
      values: decodeData(context.settings, text),
      text,
      record,
      dirty,
      quick,
      quickTexts,
    })),
  );
}

/** The values are in a cookie that this request did not bring: it is older. What it wrote would overwrite them all. */
function movedOn(): SessionError {
  return new SessionError(
    "unreadable",
    "What the session holds has moved into a newer cookie than the one that came with the request. Nothing was changed: make the request again, or end the session with destroy().",
  );
}

function fromCookie(
  context: Context,
  token: Token,
  record: SessionRecord | undefined,
  quickTexts: Found["quick"],
): MaybePromise<Loaded> {
  const text = token.data;
  return chain(quickValues(context, token, quickTexts), (quick) => ({
    token,
    values: text === undefined ? emptyData(context.settings) : valuesOf(context.settings, token, text),
    text,
    record,
    quick,
    quickTexts,
  }));
}

/** The values in a cookie. A schema and `migrate` are of the application, and may make each request its own. */
function valuesOf(settings: CompleteSettings, token: Token, text: string): Values {
  const decode = () => decodeData(settings, text);
  if (settings.schema || settings.migrate) return decode();
  return openedCookiesOf(settings)?.values(token, decode) ?? decode();
}
