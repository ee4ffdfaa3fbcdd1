/** An entry of the cache: a record as text, with the moment of the database read behind it; and what else may stand there. */

import { MAX_CLOCK_SKEW } from "../util/expiry.js";
import type { CacheCommand, CacheEntry } from "./cache.js";
import type { SessionRecord } from "./store.js";

/** The highest version there is: nothing is stored over a tombstone. */
// rule: nothing is stored over a tombstone
export const TOMBSTONE_VERSION = Number.MAX_SAFE_INTEGER;
/** The text of a tombstone. */
export const TOMBSTONE = "ended";
/** The text of a tombstone whose row could not be deleted yet: the next request that reads it deletes the row. */
export const TOMBSTONE_PENDING = "ended, row remains";
/** The text of an entry whose record has moved into the cookie: it reads as absent, and expires soon. */
export const RELEASED = "released";

/** The layout below. An entry of another layout is corrupt to this version of the library: a miss, never a guess. */
const LAYOUT = 2;

/** The hash of an id, as records hold it: SHA-256 in base64url. */
const ID_HASH = /^[A-Za-z0-9_-]{43}$/;

/** What a key of the cache holds: a record, a tombstone, a record that a cookie took over, nothing, or something unreadable. */
export type CachedRecord =
  | { readonly state: "found"; readonly record: SessionRecord; readonly readAt: number }
  | { readonly state: "ended"; readonly text: string }
  | { readonly state: "released" }
  | { readonly state: "absent" }
  | { readonly state: "corrupt"; readonly version: number };

/** Tells what an entry of the cache is. */
export function readEntry(key: string, entry: CacheEntry | undefined): CachedRecord {
  if (!entry) return { state: "absent" };
  if (entry.value === RELEASED) return { state: "released" };
  if (entry.version === TOMBSTONE_VERSION) return { state: "ended", text: entry.value };
  const parsed = parseRecord(key, entry.value);
  if (!parsed || parsed.record.version !== entry.version) return { state: "corrupt", version: entry.version };
  return { state: "found", ...parsed };
}

/** Puts a tombstone under a key: nothing is stored over it until `expiresAt` (milliseconds since 1970). */
export function tombstone(key: string, text: string, expiresAt: number): CacheCommand {
  return { type: "put", key, version: TOMBSTONE_VERSION, value: text, expiresAt: new Date(expiresAt) };
}

/**
 * Makes the entry of a record of this version read as absent, until it expires: after 15 minutes, since clocks may
 * differ by as much. `expect`: only if the entry still has that version.
 */
export function release(key: string, version: number, now: number, expect?: number): CacheCommand {
  const expiresAt = new Date(now + MAX_CLOCK_SKEW);
  const put = { type: "put", key, version: version + 1, value: RELEASED, expiresAt } as const;
  return expect === undefined ? put : { ...put, expect };
}

/** Writes a record, read from the database (or written to it) at `readAt`, as the text of an entry. */
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
    record.commitIds,
    record.cookieSealedAt?.getTime() ?? null,
    record.createdAt.getTime(),
    record.rotatedAt.getTime(),
    record.seenAt.getTime(),
    record.idleExpiresAt.getTime(),
    record.expiresAt.getTime(),
    record.userAgent,
    record.address,
    record.data,
  ]);
}

/** Reads the record of `key` from a cached text; undefined when it is anything but a whole record of that key. */
function parseRecord(key: string, text: string): { record: SessionRecord; readAt: number } | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(fields) || fields.length !== 19 || fields[0] !== LAYOUT || fields[2] !== key) return undefined;
  const [, readAt, , idHash, previousIdHash, successor, presentedAt, userId, version, commitIds] = fields;
  const [cookieSealedAt, createdAt, rotatedAt, seenAt, idleExpiresAt, expiresAt, userAgent, address, data] =
    fields.slice(10);
  const texts = [previousIdHash, successor, userId, userAgent, address, data];
  const moments = [readAt, createdAt, rotatedAt, seenAt, idleExpiresAt, expiresAt];
  const valid =
    ((typeof idHash === "string" && ID_HASH.test(idHash)) || idHash === key) &&
    texts.every((text) => text === null || typeof text === "string") &&
    typeof commitIds === "string" &&
    [version, ...moments].every(Number.isSafeInteger) &&
    [presentedAt, cookieSealedAt].every((moment) => moment === null || Number.isSafeInteger(moment));
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
    commitIds,
    cookieSealedAt: cookieSealedAt === null ? null : new Date(cookieSealedAt),
    createdAt: new Date(createdAt),
    rotatedAt: new Date(rotatedAt),
    seenAt: new Date(seenAt),
    idleExpiresAt: new Date(idleExpiresAt),
    expiresAt: new Date(expiresAt),
    userAgent,
    address,
  };
  return { record, readAt };
}
