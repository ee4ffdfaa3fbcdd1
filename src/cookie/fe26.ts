/** The shape of a sealed text: Fe26.2 with raw keys, and nothing that is merely similar. */

import type { Opened } from "./sealer.js";

/*
 * Fe26.2*<key id>*<salt>*<IV>*<body>*<expiry>*<salt>*<MAC>, with empty salts since the keys are raw. All but the body
 * has a fixed width (16 bytes of IV, 13 digits, 32 bytes of MAC), so the fields are found by their places.
 * iron-webcrypto itself reads more than it writes (alternate last characters, `=`, white space, 60 seconds of skew):
 * nothing of that gets past here.
 */
const HEAD = /^Fe26\.2\*[0-9a-f]{8}\*\*[\w-]{21}[AQgw]\*$/;
const TAIL = /^\*[1-9][0-9]{12}\*\*[\w-]{42}[AEIMQUYcgkosw048]$/;
const HEAD_LENGTH = 40;
const TAIL_LENGTH = 59;

/** Finds what base64url has not. Unlike an anchored repetition it keeps no stack, however long the text. */
const NOT_BASE64URL = /[^\w-]/;

/** The block of AES in bytes; padding always fills up one more. */
export const BLOCK = 16;

/** The last characters that leave no stray bits, by how many characters follow the last full group of four. */
const CANONICAL_END: Readonly<Record<number, string | undefined>> = { 2: "AQgw", 3: "AEIMQUYcgkosw048" };

/** The fields of a sealed text that has the shape of one. Nothing in it is verified yet. */
export interface SealedParts {
  readonly keyId: string;
  /** 16 bytes, canonical base64url. */
  readonly iv: string;
  /** One or more whole blocks, canonical base64url. */
  readonly body: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  /** All that the MAC covers. */
  readonly signed: string;
  /** 32 bytes, canonical base64url. */
  readonly mac: string;
}

/** Takes a sealed text apart, or gives undefined when it is not exactly in the format. */
export function parseSealed(sealed: string): SealedParts | undefined {
  const end = sealed.length - TAIL_LENGTH;
  const bodyLength = end - HEAD_LENGTH;
  const blocks = Math.floor((bodyLength * 3) / (4 * BLOCK));
  if (blocks < 1 || bodyLength !== base64Length(blocks * BLOCK)) return undefined;
  if (!HEAD.test(sealed.slice(0, HEAD_LENGTH)) || !TAIL.test(sealed.slice(end))) return undefined;
  const body = sealed.slice(HEAD_LENGTH, end);
  if (NOT_BASE64URL.test(body) || CANONICAL_END[bodyLength % 4]?.includes(sealed.charAt(end - 1)) === false) {
    return undefined;
  }
  return {
    keyId: sealed.slice(7, 15),
    iv: sealed.slice(17, 39),
    body,
    expiresAt: Number(sealed.slice(end + 1, end + 14)),
    signed: sealed.slice(0, end + 14),
    mac: sealed.slice(end + 16),
  };
}

/** The part of a sealed text that the MAC covers, from its fields. */
export function signedPart(keyId: string, iv: string, body: string, expiresAt: number): string {
  return `Fe26.2*${keyId}**${iv}*${body}*${expiresAt}`;
}

/** Adds the MAC (with its empty salt) to what it covers. */
export function withMac(signed: string, mac: string): string {
  return `${signed}**${mac}`;
}

/** The length of a sealed text, in characters, for a text of this many UTF-8 bytes. */
export function sealedLength(textByteLength: number): number {
  return HEAD_LENGTH + base64Length((Math.floor(textByteLength / BLOCK) + 1) * BLOCK) + TAIL_LENGTH;
}

/** The expiry as it is written: whole milliseconds in 13 digits. Throws a RangeError for any other moment. */
export function sealedExpiry(expiresAt: number): number {
  const whole = Math.floor(expiresAt);
  if (whole >= 1e12 && whole < 1e13) return whole;
  throw new RangeError("A deadline to seal must be in epoch milliseconds, between the years 2001 and 2286.");
}

/** The signature `<key id>.<MAC>` of a text that is signed and not sealed. */
export function signature(keyId: string, mac: string): string {
  return `${keyId}.${mac}`;
}

const SIGNATURE = /^[0-9a-f]{8}\.[\w-]{42}[AEIMQUYcgkosw048]$/;

/** Takes a signature apart, or gives undefined when it is not exactly in the format. */
export function parseSignature(text: string): { readonly keyId: string; readonly mac: string } | undefined {
  if (!SIGNATURE.test(text)) return undefined;
  return { keyId: text.slice(0, 8), mac: text.slice(9) };
}

/** The answers of `open` that are no text. */
export const REFUSED = {
  malformed: { ok: false, reason: "malformed" },
  unknownKey: { ok: false, reason: "unknown-key" },
  expired: { ok: false, reason: "expired" },
  forged: { ok: false, reason: "forged" },
} as const satisfies Readonly<Record<string, Opened>>;

/** The length of base64url without padding, in characters, of this many bytes. */
function base64Length(bytes: number): number {
  return Math.ceil((bytes * 4) / 3);
}
