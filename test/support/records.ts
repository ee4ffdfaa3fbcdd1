import { randomBytes } from "node:crypto";
import type { SessionRecord } from "../../src/tiers/store.js";

const random = () => randomBytes(32).toString("base64url");

/** A record as a first spill writes it, with a key and an id hash of its own, and whatever a test changes about it. */
export function sessionRecord(changes: Partial<SessionRecord> = {}): SessionRecord {
  const now = new Date();
  return {
    key: random(),
    idHash: random(),
    previousIdHash: null,
    successor: null,
    presentedAt: null,
    userId: null,
    data: '{"theme":"dark"}',
    version: 1,
    marks: "a1b2c3",
    createdAt: now,
    rotatedAt: now,
    seenAt: now,
    expiresAt: new Date(now.getTime() + 30 * 86_400_000),
    userAgent: null,
    address: null,
    ...changes,
  };
}

/** Texts that a careless store changes: what looks like JSON or a number, what is not ASCII, what ends a string early. */
export const AWKWARD_TEXTS: readonly string[] = [
  "",
  "null",
  "true",
  "OK",
  "0",
  "12345678901234567890",
  "1e999",
  "-0",
  '{"a":[1,null]}',
  '"quoted"',
  "[]",
  "=x",
  "v12:x",
  " leading and trailing ",
  "line\r\nbreak\ttab",
  "back\\slash 'single' \"double\" %s $1 ; --",
  "ünïcödé 漢字 👩‍👩‍👧 \u{10ffff}",
  "\ufeffbyte order mark",
  "__proto__",
];
