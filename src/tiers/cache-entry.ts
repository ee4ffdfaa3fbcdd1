/** A record as text, for the cache, and back; with the moment of the database read behind it. */

import type { SessionRecord } from "./store.js";
import { isToken } from "../session/token/token.js";

/** The highest version there is: nothing is stored over a tombstone. */
// rule: nothing is stored over a tombstone
export const TOMBSTONE_VERSION = Number.MAX_SAFE_INTEGER;
/** The text of a tombstone. */
export const TOMBSTONE = "ended";
/** The text of a tombstone whose row could not be deleted yet: whoever meets it deletes the row. */
export const TOMBSTONE_PENDING = "ended, row remains";
/** The text of an entry whose record has moved into the cookie: it reads as absent, and is soon gone. */
export const RELEASED = "released";

/** The layout below. An entry of another layout is corrupt to this version of the library: a miss, never a guess. */
const LAYOUT = 1;

/** Writes a record that was read from the database (or written to it) at `readAt`. */
export function recordText(record: SessionRecord, readAt: number): string {
  return JSON.stringify([
    LAYOUT,
    readAt,
    record.key,
    record.idHash,
    record.previousIdHash,
    record.successor,
    record.presentedAt?.getTime() ?? null,
    record.userId,
    record.version,
    record.marks,
    record.createdAt.getTime(),
    record.rotatedAt.getTime(),
    record.seenAt.getTime(),
    record.expiresAt.getTime(),
    record.userAgent,
    record.address,
    record.data,
  ]);
}

/** Reads the record of `key` from a cached text; undefined when it is anything but a whole record of that key. */
export function parseRecord(key: string, text: string): { record: SessionRecord; readAt: number } | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(fields) || fields.length !== 17 || fields[0] !== LAYOUT || fields[2] !== key) return undefined;
  const [, readAt, , idHash, previousIdHash, successor, presentedAt, userId, version, marks] = fields;
  const [createdAt, rotatedAt, seenAt, expiresAt, userAgent, address, data] = fields.slice(10);
  const texts = [previousIdHash, successor, userId, userAgent, address, data];
  const moments = [readAt, createdAt, rotatedAt, seenAt, expiresAt];
  const valid =
    (isToken(idHash, 43) || idHash === key) &&
    texts.every((text) => text === null || typeof text === "string") &&
    typeof marks === "string" &&
    [version, ...moments].every(Number.isSafeInteger) &&
    (presentedAt === null || Number.isSafeInteger(presentedAt));
  if (!valid) return undefined;
  const record: SessionRecord = {
    key,
    idHash,
    previousIdHash,
    successor,
    presentedAt: presentedAt === null ? null : new Date(presentedAt),
    userId,
    data,
    version,
    marks,
    createdAt: new Date(createdAt),
    rotatedAt: new Date(rotatedAt),
    seenAt: new Date(seenAt),
    expiresAt: new Date(expiresAt),
    userAgent,
    address,
  };
  return { record, readAt };
}
