/** Taking over: a request with no session of ours, and with one of an earlier library, goes on with that as its own. */

import { sha256 } from "#seal";
import type { RequestHeaders } from "../../cookie/jar.js";
import { SessionError, SessionStoreError, SessionValueError } from "../../errors.js";
import { now } from "../../util/clock.js";
import { idleDeadline, MAX_LIFETIME } from "../../util/expiry.js";
import { KeyedQueue } from "../../util/keyed-queue.js";
import type { MaybePromise } from "../../util/maybe-promise.js";
import { redact } from "../../util/redact.js";
import { removeUsersRow } from "../commit/end.js";
import type { Context } from "../context.js";
import type { LegacySession, LegacySource } from "../legacy.js";
import { encodeData } from "../record/data.js";
import { matchId } from "../record/rotation.js";
import { noteTakeover, readTakeover, type Takeover } from "../record/takeover.js";
import { wasAllEndedSince, wasEndedSince } from "../revocation/ended-since.js";
import type { Origin } from "../state.js";
import { clientOf } from "../token/client.js";
import { expireLegacy, hasLegacyCookie, readLegacy } from "../token/read-legacy.js";
import type { Token } from "../token/token.js";
import type { Gate } from "./gate.js";
import type { UnitOfWork } from "./unit-of-work.js";

/** Requests of one browser that come at the same time take its session over once. */
const queue = new KeyedQueue();

/** Has the old cookies expire with the next cookies that are set, whatever becomes of them. */
export function expireWithNext({ context, headers, outgoing }: UnitOfWork): void {
  const sources = sourcesOf(context);
  if (hasLegacyCookie(sources, headers)) outgoing.obsolete = expireLegacy(context.settings, sources, headers);
}

/**
 * Takes over the session of an earlier library. Where cookies can be set, it is committed: a user's gets its row, and the old
 * cookies expire. Elsewhere, as while a page renders, it is read as it is, and nothing is written.
 * @returns whether the request has a session now.
 * @throws {SessionStoreError} when it is unknown whether there is one.
 */
export function takeOver(unit: UnitOfWork, gate: Gate | undefined): MaybePromise<boolean> {
  const { context, headers } = unit;
  const sources = sourcesOf(context);
  if (!hasLegacyCookie(sources, headers)) return false;
  return readOrFail(sources, headers).then((found) => (found ? adopt(unit, found, gate) : false));
}

/** @throws {SessionStoreError} when a source fails: that is no logout. What it threw may quote values, and is redacted. */
async function readOrFail(
  sources: readonly LegacySource[],
  headers: RequestHeaders,
): Promise<LegacySession | undefined> {
  try {
    return await readLegacy(sources, headers);
  } catch (error) {
    if (error instanceof SessionError) throw error;
    throw new SessionStoreError(
      "store",
      "A source of `legacy` could not open the session of the earlier library. Nobody was signed out; try again.",
      "failed",
      { cause: redact(error) },
    );
  }
}

function sourcesOf({ settings, server }: Context) {
  return server.legacy.length === 0 ? settings.legacy : [...settings.legacy, ...server.legacy];
}

async function adopt(unit: UnitOfWork, session: LegacySession, gate: Gate | undefined): Promise<boolean> {
  const { context } = unit;
  if (session.userId === undefined && Object.keys(session.data).length === 0) return false;
  const name = await sha256(`${context.settings.application}\nlegacy\n${session.id}`);
  const work = () => (unit.outgoing.isOpen ? commitTakeover(unit, session, name) : showOnly(unit, session, name, gate));
  try {
    return await queue.run(name, work);
  } catch (error) {
    // Refused for what it holds, or for its user: a way out has to be left, so it is no session.
    if (!isRefusal(error) || context.settings.development) throw error;
    context.emit("rejected", { reason: "malformed" });
    return false;
  }
}

/** Commits the session as one of ours, unless that has happened before. */
async function commitTakeover(unit: UnitOfWork, session: LegacySession, name: string): Promise<boolean> {
  const known = await standing(unit, session, name);
  if (known === "ended") return false;
  if (known) return present(unit, known);
  for (const [key, value] of Object.entries(session.data)) {
    if (value !== undefined) unit.log.record({ type: "set", key, value: copyOf(unit.context, key, value) });
  }
  const { userId } = session;
  const origin = originOf(session, name);
  await unit.commit(
    userId === undefined ? { type: "start", origin } : { type: "login", userId, persistent: undefined, origin },
  );
  return confirm(unit, session, name);
}

/** Reads the session as it is, without a cookie and without a row. */
async function showOnly(
  unit: UnitOfWork,
  session: LegacySession,
  name: string,
  gate: Gate | undefined,
): Promise<boolean> {
  const { context } = unit;
  if (context.tiers && session.userId !== undefined) await gate?.();
  const known = await standing(unit, session, name);
  if (known === "ended") return false;
  show(unit, known ?? (await shownToken(context, session, name)));
  return true;
}

/**
 * What is known of a session that came before: its token when it stands, `"ended"` when it was ended since. Only a user's
 * in a deployment with a store is known.
 */
async function standing(unit: UnitOfWork, session: LegacySession, name: string): Promise<Token | "ended" | undefined> {
  const { context } = unit;
  const { userId } = session;
  if (!context.tiers || userId === undefined) return undefined;
  const before = await readTakeover(context, name);
  const token = before && (await tokenOf(unit, session, name, before));
  const isOver = before ? !token : await wasEndedSince(context.tiers, userId, session.issuedAt);
  if (!isOver) return token;
  context.emit("rejected", { reason: "revoked" });
  context.audit({ action: "rejected", reason: "revoked" }, { handle: undefined, userId });
  return "ended";
}

/** After the commit: another process may have taken the same session over, or ended it or its user's sessions meanwhile. */
async function confirm(unit: UnitOfWork, session: LegacySession, name: string): Promise<boolean> {
  const { context, token } = unit;
  const { tiers } = context;
  const { userId } = session;
  if (!tiers || userId === undefined || !token?.reference) return true;
  const own = { key: token.reference.key, id: token.id };
  const until = session.expiresAt?.getTime() ?? now() + MAX_LIFETIME;
  const first = await noteTakeover(context, name, own, until);
  const isOurs = first.key === own.key;
  if (isOurs && !(await wasEndedSince(tiers, userId, session.issuedAt))) return true;
  await removeUsersRow(context, tiers, own.key);
  const theirs = isOurs ? undefined : await tokenOf(unit, session, name, first);
  if (theirs) return present(unit, theirs);
  unit.end();
  return false;
}

/** The token of a session that was taken over before, when its row still is the same session's. */
async function tokenOf(
  { context, headers }: UnitOfWork,
  session: LegacySession,
  name: string,
  { key, id }: Takeover,
): Promise<Token | undefined> {
  const { tiers } = context;
  const record = (await tiers?.load(key, { fresh: true }))?.record;
  // Where the cache alone holds sessions, those of an epoch that has ended lie there until they expire.
  if (!tiers || !record || (await wasAllEndedSince(tiers, record.createdAt))) return undefined;
  const shown = await shownToken(context, session, name);
  const { binding } = await clientOf(context.settings, headers);
  const reference = { key, version: record.version };
  // While the cookie holds the values, and its response was lost, the earlier library's cookie alone has them.
  const data = record.data === null ? shown.data : undefined;
  return matchId(context, { ...shown, id, binding, reference, data }, record);
}

/** Goes on with a token, and sends the cookies of it. */
async function present(unit: UnitOfWork, token: Token): Promise<boolean> {
  show(unit, token);
  const loaded = await unit.load();
  if (!loaded.token) return false;
  unit.delivery.send(await unit.delivery.seal(loaded, loaded.token), undefined);
  return true;
}

function show(unit: UnitOfWork, token: Token): void {
  unit.replace(token);
  unit.delivery.idleExpiresAt = token.idleExpiresAt;
}

/** A token that no cookie holds: made of what the old one does, so that each render makes the same. */
async function shownToken(context: Context, session: LegacySession, name: string): Promise<Token> {
  const { settings, revocation } = context;
  const { userId } = session;
  const at = now();
  const expiresAt = at + settings.lifetime;
  const { lineage, authenticatedAt } = originOf(session, name);
  const values = Object.entries(session.data).filter(([, value]) => value !== undefined);
  return {
    lineage,
    id: await sha256(name),
    sealedAt: at,
    epoch: revocation.epoch,
    expiresAt,
    idleExpiresAt: idleDeadline(at, settings.idleTimeout, expiresAt),
    userId,
    authenticatedAt: userId === undefined ? undefined : authenticatedAt,
    persistent: settings.persistent,
    secure: false,
    pinned: false,
    quick: false,
    binding: undefined,
    reference: undefined,
    shrunkAt: undefined,
    data: encodeData(settings, new Map(values.map(([key, value]) => [key, copyOf(context, key, value)]))),
  };
}

/** Tokens of forms are bound to the lineage: what a page has shown before the takeover is good after it. */
function originOf({ issuedAt }: LegacySession, name: string): Origin {
  return { lineage: name.slice(0, LINEAGE_LENGTH), authenticatedAt: issuedAt?.getTime() ?? 0 };
}

const LINEAGE_LENGTH = 22;

function copyOf({ settings }: Context, key: string, value: unknown): unknown {
  return settings.codec.snapshot(value, key);
}

const REFUSALS: readonly string[] = ["login-refused", "too-many-visitors", "unreadable"];

function isRefusal(error: unknown): boolean {
  return error instanceof SessionValueError || (error instanceof SessionError && REFUSALS.includes(error.code));
}
