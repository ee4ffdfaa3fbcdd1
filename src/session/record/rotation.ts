/** Ids and their rotation: a record is found by its current id, and for a while by the one before the last rotation. */

import { randomToken, sha256 } from "#seal";
import { isBase64url } from "../../cookie/base64url.js";
import type { SessionChange, SessionRecord } from "../../tiers/store.js";
import { now } from "../../util/clock.js";
import type { Context } from "../context.js";
import type { Token } from "../token/token.js";

/** A new id: 256 random bits, twice what OWASP ASVS 7.2.3 asks for. */
export function newId(): string {
  return randomToken(32);
}

/** A new lineage, or the random part of a row's key: 128 random bits. It has to be unique, and is no secret. */
export function newKey(): string {
  return randomToken(16);
}

/**
 * The token as the record knows it: as it is when its id is the current one; with the one successor when it came with
 * the previous id and the grace has not run out; undefined when the record is another's, or over.
 */
export async function matchId(context: Context, token: Token, record: SessionRecord): Promise<Token | undefined> {
  if (record.expiresAt.getTime() <= now() || record.userId !== (token.userId ?? null)) return undefined;
  const idHash = await sha256(token.id);
  // rule: a record answers to its own id alone
  if (idHash === record.idHash) return token;
  // rule: the previous id works until its successor has arrived
  // rule: the previous id ends with its grace
  if (idHash !== record.previousIdHash || isGraceOver(context, record)) return undefined;
  return { ...token, id: (await openSuccessor(context, record)) ?? token.id };
}

/**
 * Whether a record is older than the browser was told, so that it may not know the token's id: a failover has lost commits
 * that were acknowledged, and the older state stands. (Records that may only lag are never answered.) A record of another
 * user is none of the token's: a sign-in that was lost is no sign-in.
 */
export function isRolledBack(token: Token, record: SessionRecord): boolean {
  const isOwn = record.expiresAt.getTime() > now() && record.userId === (token.userId ?? null);
  return isOwn && record.version < (token.reference?.version ?? 0);
}

/** What a routine rotation to the id `next` changes in the record. */
export async function rotate(context: Context, record: SessionRecord, next: string): Promise<SessionChange> {
  const { sealer } = context.settings;
  return {
    idHash: await sha256(next),
    previousIdHash: record.idHash,
    successor: await sealer.seal("successor", `${record.key}\n${next}`, record.expiresAt.getTime()),
    presentedAt: null,
    rotatedAt: new Date(now()),
  };
}

/** What replacing the id for good changes in the record: no previous id is left. */
export async function replaceId(next: string): Promise<SessionChange> {
  return {
    idHash: await sha256(next),
    previousIdHash: null,
    successor: null,
    presentedAt: null,
    rotatedAt: new Date(now()),
  };
}

/** Whether a routine rotation is due, and the last one has been completed. */
export function isRotationDue(context: Context, record: SessionRecord): boolean {
  if (now() - record.rotatedAt.getTime() < context.server.rotateEvery) return false;
  // rule: no rotation before the last one is completed
  return record.previousIdHash === null || isGraceOver(context, record);
}

function isGraceOver(context: Context, record: SessionRecord): boolean {
  return record.presentedAt !== null && now() - record.presentedAt.getTime() > context.server.rotateGrace;
}

async function openSuccessor(context: Context, record: SessionRecord): Promise<string | undefined> {
  if (record.successor === null) return undefined;
  const opened = await context.settings.sealer.open("successor", record.successor, now());
  if (!opened.ok) return undefined;
  const [key, id] = opened.text.split("\n");
  return key === record.key && isBase64url(id, 43) ? id : undefined;
}
