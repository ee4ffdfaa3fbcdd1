/** The key ring: what is derived from a secret, under which label, and how often (once). */

import type { Purpose } from "./sealer.js";

/** The bytes of one key: AES-256 and HMAC-SHA256 both take 32. */
const KEY_BYTES = 32;

/**
 * The HKDF label (`info`) of the key id. It is derived like a key, and so tells nothing of the secret: it may stand in
 * clear in every cookie.
 */
export const KEY_ID_LABEL = "spillway/2/key-id";

/** How many bytes of HKDF make a key id: 8 hexadecimal digits, enough to tell the secrets of one ring apart. */
export const KEY_ID_BYTES = 4;

/** How many bytes of HKDF make all keys of a purpose. */
export const PURPOSE_BYTES = 3 * KEY_BYTES;

/**
 * The HKDF label (`info`) of the keys of one purpose and application: what was sealed for another of either does not open.
 * The application comes last, since it may be any text.
 */
export function purposeLabel(purpose: Purpose, application: string): string {
  return `spillway/2/${purpose}/${application}`;
}

/** The raw keys of one secret and purpose. */
export interface RawKeys {
  /** Encrypts what is sealed. */
  readonly encryption: Uint8Array<ArrayBuffer>;
  /** Authenticates what is sealed. */
  readonly integrity: Uint8Array<ArrayBuffer>;
  /** Signs what is not encrypted: its own key, so that no signature is ever the MAC of something sealed. */
  readonly signing: Uint8Array<ArrayBuffer>;
}

/** Divides {@link PURPOSE_BYTES} bytes of HKDF into keys. */
export function splitKeys(bytes: Uint8Array): RawKeys {
  return {
    encryption: bytes.slice(0, KEY_BYTES),
    integrity: bytes.slice(KEY_BYTES, 2 * KEY_BYTES),
    signing: bytes.slice(2 * KEY_BYTES, PURPOSE_BYTES),
  };
}

/** Writes {@link KEY_ID_BYTES} bytes of HKDF as a key id: lower-case hexadecimal. */
export function keyId(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** One secret of the ring. `Keys` are key handles in Node, a promise of raw keys at the edge. */
export interface RingKey<Keys> {
  /** Names the key in what it sealed. */
  readonly id: string;
  /** The keys for a purpose, derived when they are first asked for. */
  readonly keys: (purpose: Purpose) => Keys;
}

/** The first key of a ring: the one that seals. Throws a RangeError when the ring is empty. */
export function sealingKey<Keys>(ring: readonly RingKey<Keys>[]): RingKey<Keys> {
  const [first] = ring;
  if (first === undefined) throw new RangeError("There is no secret to seal with: pass at least one.");
  return first;
}

/** The key of that id, or undefined. A comparison and no property access: an id comes from outside. */
export function openingKey<Keys>(ring: readonly RingKey<Keys>[], id: string): RingKey<Keys> | undefined {
  return ring.find((key) => key.id === id);
}
