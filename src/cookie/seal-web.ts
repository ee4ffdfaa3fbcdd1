/**
 * Seals and opens on Web Crypto, with iron-webcrypto's primitives: no `node:` module, no `Buffer`. Chosen by the
 * `#seal` import at the edge; `seal-node.ts` is its twin, and each opens what the other seals.
 *
 * iron-webcrypto's own `seal` and `unseal` are not used whole: they read the clock themselves, accept more than the
 * format allows (see `fe26.ts`), and import their keys anew with each call. Here a key is imported once and kept.
 */

import { defaults, encrypt, generateKey } from "iron-webcrypto";
import { lazy, memoize } from "../util/lazy.js";
import { decodeBase64url, encodeBase64url } from "./base64url.js";
import * as fe26 from "./fe26.js";
import * as keyRing from "./keys.js";
import type { Purpose, Sealer } from "./sealer.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Makes a sealer over a ring of secrets, for one application; see {@link Sealer}. Nothing is derived before it is first used. */
export function createSealer(secrets: readonly string[], application: string): Sealer {
  const ring = lazy(() => Promise.all(secrets.map((secret) => ringKey(secret, application))));

  return {
    async seal(purpose, text, expiresAt) {
      const expiry = fe26.sealedExpiry(expiresAt);
      const key = keyRing.sealingKey(await ring());
      const { raw, integrity } = await key.keys(purpose);
      const { encrypted, key: used } = await encrypt(raw.encryption, defaults.encryption, text);
      const signed = fe26.signedPart(key.id, encodeBase64url(used.iv), encodeBase64url(encrypted), expiry);
      return fe26.withMac(signed, await mac(integrity, signed));
    },

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
        generateKey(raw.encryption, defaults.encryption),
        generateKey(raw.integrity, defaults.integrity),
        generateKey(raw.signing, defaults.integrity),
      ]);
      return { raw, encryption: encryption.key, integrity: integrity.key, signing: signing.key };
    }),
  };
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
