/**
 * Opens on Web Crypto, and seals by iron-webcrypto's encryption: no `node:` module, no `Buffer`. Chosen by the
 * `#seal` import at the edge; `seal-node.ts` is its twin, and each opens what the other seals.
 *
 * iron-webcrypto's own `seal` and `unseal` are not used whole: they read the clock themselves, accept more than the
 * format allows (see `fe26.ts`), and import their keys anew with each call. Here a key that opens, signs or verifies is
 * imported once and kept.
 */

import { defaults, encrypt } from "iron-webcrypto";
import { lazy, memoize } from "../util/lazy.js";
import { decodeBase64url, encodeBase64url } from "./base64url.js";
import * as fe26 from "./fe26.js";
import * as keyRing from "./keys.js";
import type { Opener, Purpose, Sealer } from "./sealer.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Makes an opener over a ring of secrets, for one application; see {@link Opener}. Nothing is derived before it is first used. */
export function createOpener(secrets: readonly string[], application: string): Opener {
  return openerOn(ringOf(secrets, application));
}

/** Makes a sealer in the same way. It alone takes iron-webcrypto, which a bundle that only opens leaves out. */
export function createSealer(secrets: readonly string[], application: string): Sealer {
  const ring = ringOf(secrets, application);
  return {
    ...openerOn(ring),
    async seal(purpose, text, expiresAt) {
      const expiry = fe26.sealedExpiry(expiresAt);
      const key = keyRing.sealingKey(await ring());
      const { raw, integrity } = await key.keys(purpose);
      const { encrypted, key: used } = await encrypt(raw.encryption, defaults.encryption, text);
      const signed = fe26.signedPart(key.id, encodeBase64url(used.iv), encodeBase64url(encrypted), expiry);
      return fe26.withMac(signed, await mac(integrity, signed));
    },
  };
}

type Ring = ReturnType<typeof ringOf>;

function ringOf(secrets: readonly string[], application: string) {
  return lazy(() => Promise.all(secrets.map((secret) => ringKey(secret, application))));
}

function openerOn(ring: Ring): Opener {
  return {
    async open(purpose, sealed, now) {
      const parts = fe26.parseSealed(sealed);
      if (parts === undefined) return fe26.REFUSED.malformed;
      const key = keyRing.openingKey(await ring(), parts.keyId);
      if (key === undefined) return fe26.REFUSED.unknownKey;
      if (!(now < parts.expiresAt)) return fe26.REFUSED.expired;
      const { encryption, integrity } = await key.keys(purpose);
      if (!(await hasMac(integrity, parts.signed, parts.mac))) return fe26.REFUSED.forged;
      const algorithm = { name: "AES-CBC", iv: decodeBase64url(parts.iv) };
      // The MAC has vouched for the body, so only a holder of the key can make its padding wrong.
      return crypto.subtle.decrypt(algorithm, encryption, decodeBase64url(parts.body)).then(
        (bytes) => ({ ok: true, text: decoder.decode(bytes) }),
        () => fe26.REFUSED.malformed,
      );
    },

    sealedLength: fe26.sealedLength,

    async sign(purpose, text) {
      const key = keyRing.sealingKey(await ring());
      return fe26.signature(key.id, await mac((await key.keys(purpose)).signing, text));
    },

    async verify(purpose, text, signature) {
      const parts = fe26.parseSignature(signature);
      if (parts === undefined) return "forged";
      const key = keyRing.openingKey(await ring(), parts.keyId);
      if (key === undefined) return "unknown-key";
      return (await hasMac((await key.keys(purpose)).signing, text, parts.mac)) ? "ok" : "forged";
    },
  };
}

/** SHA-256 of a text's UTF-8 bytes: 43 characters of base64url. */
export async function sha256(text: string): Promise<string> {
  return encodeBase64url(new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text))));
}

/** This many random bytes from the platform's generator, as base64url without padding. */
export function randomToken(bytes: number): string {
  return encodeBase64url(crypto.getRandomValues(new Uint8Array(bytes)));
}

/** How many bytes of UTF-8 a text takes. */
export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

/** Whether two strings are the same, in a time that tells only whether their lengths are. */
export function equalBytes(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at++) difference |= a.charCodeAt(at) ^ b.charCodeAt(at);
  return difference === 0;
}

async function ringKey(secret: string, application: string) {
  return {
    id: keyRing.keyId(await derive(secret, keyRing.KEY_ID_LABEL, keyRing.KEY_ID_BYTES)),
    keys: memoize(async (purpose: Purpose) => {
      const raw = keyRing.splitKeys(
        await derive(secret, keyRing.purposeLabel(purpose, application), keyRing.PURPOSE_BYTES),
      );
      const [encryption, integrity, signing] = await Promise.all([
        importKey(raw.encryption, "AES-CBC", ["decrypt"]),
        importKey(raw.integrity, HMAC, ["sign", "verify"]),
        importKey(raw.signing, HMAC, ["sign", "verify"]),
      ]);
      return { raw, encryption, integrity, signing };
    }),
  };
}

const HMAC = { name: "HMAC", hash: "SHA-256" } as const;

function importKey(bytes: BufferSource, algorithm: string | typeof HMAC, usages: KeyUsage[]): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", bytes, algorithm, false, usages);
}

async function derive(secret: string, label: string, bytes: number): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), "HKDF", false, ["deriveBits"]);
  const algorithm = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: encoder.encode(label) };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, bytes * 8));
}

async function mac(key: CryptoKey, text: string): Promise<string> {
  return encodeBase64url(new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text))));
}

/** Compares in constant time. `claimed` has the shape of a MAC, so it is 32 bytes, in one spelling only. */
function hasMac(key: CryptoKey, text: string, claimed: string): Promise<boolean> {
  return crypto.subtle.verify("HMAC", key, decodeBase64url(claimed), encoder.encode(text));
}
