import { randomBytes } from "node:crypto";
import { firstRecord, type SessionRecord } from "../../src/tiers/store.js";

const random = () => randomBytes(32).toString("base64url");

/** A record as a first spill writes it, with a key and an id hash of its own, and whatever a test changes about it. */
export function sessionRecord(changes: Partial<SessionRecord> = {}): SessionRecord {
  const createdAt = new Date();
  return firstRecord({
    key: random(),
    idHash: random(),
    data: '{"theme":"dark"}',
    commitIds: "a1b2c3",
    createdAt,
    expiresAt: new Date(createdAt.getTime() + 30 * 86_400_000),
    ...changes,
  });
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
