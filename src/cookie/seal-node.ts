/**
 * Seals and opens on `node:crypto`, without a promise: what is sealed here lands in the response even if the caller
 * forgot to await it. Chosen by the `#seal` import everywhere but at the edge; `seal-web.ts` is its twin, and each
 * opens what the other seals.
 */

import { createHash, createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from "node:crypto";
import { lazy, memoize } from "../util/lazy.js";
import { CbcKey } from "./cbc-node.js";
import * as fe26 from "./fe26.js";
import * as keyRing from "./keys.js";
import type { MaybePromise, Purpose, Sealer } from "./sealer.js";

const BYTE_ORDER_MARK = 0xfeff;

/** In Node what opens weighs nothing, and so is what seals; at the edge it is less. */
export { createSealer as createOpener };

/** Makes a sealer over a ring of secrets, for one application; see {@link Sealer}. Nothing is derived before it is first used. */
export function createSealer(secrets: readonly string[], application: string): Sealer {
  const ring = lazy(() => secrets.map((secret) => ringKey(secret, application)));

  return {
    seal(purpose, text, expiresAt) {
      const expiry = fe26.sealedExpiry(expiresAt);
      const key = keyRing.sealingKey(ring());
      const { encryption, integrity } = key.keys(purpose);
      const { iv, body } = encryption.encrypt(text);
      const signed = fe26.signedPart(key.id, iv.toString("base64url"), body.toString("base64url"), expiry);
      return fe26.withMac(signed, mac(integrity, signed));
    },

    open(purpose, sealed, now) {
      const parts = fe26.parseSealed(sealed);
      if (parts === undefined) return fe26.REFUSED.malformed;
      const key = keyRing.openingKey(ring(), parts.keyId);
      if (key === undefined) return fe26.REFUSED.unknownKey;
      if (!(now < parts.expiresAt)) return fe26.REFUSED.expired;
      const { encryption, integrity } = key.keys(purpose);
      if (!hasMac(integrity, parts.signed, parts.mac)) return fe26.REFUSED.forged;
      const text = encryption.decrypt(parts.iv, parts.body);
      if (text === undefined) return fe26.REFUSED.malformed;
      return { ok: true, text: text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text };
    },

    sealedLength: fe26.sealedLength,

    sign(purpose, text) {
      const key = keyRing.sealingKey(ring());
      return fe26.signature(key.id, mac(key.keys(purpose).signing, text));
    },

    verify(purpose, text, signature) {
      const parts = fe26.parseSignature(signature);
      if (parts === undefined) return "forged";
      const key = keyRing.openingKey(ring(), parts.keyId);
      if (key === undefined) return "unknown-key";
      return hasMac(key.keys(purpose).signing, text, parts.mac) ? "ok" : "forged";
    },
  };
}

export { randomToken } from "./random-node.js";

/** SHA-256 of a text's UTF-8 bytes: 43 characters of base64url. */
export function sha256(text: string): MaybePromise<string> {
  return createHash("sha256").update(text).digest("base64url");
}

/** How many bytes of UTF-8 a text takes. */
export function byteLength(text: string): number {
  return Buffer.byteLength(text);
}

/** Whether two strings are the same, in a time that tells only whether their lengths are. */
export function equalBytes(a: string, b: string): boolean {
  const left = Buffer.from(a, "utf16le");
  const right = Buffer.from(b, "utf16le");
  return left.length === right.length && timingSafeEqual(left, right);
}

function ringKey(secret: string, application: string) {
  return {
    id: keyRing.keyId(derive(secret, keyRing.KEY_ID_LABEL, keyRing.KEY_ID_BYTES)),
    keys: memoize((purpose: Purpose) => {
      const raw = keyRing.splitKeys(derive(secret, keyRing.purposeLabel(purpose, application), keyRing.PURPOSE_BYTES));
      return {
        encryption: new CbcKey(raw.encryption),
        integrity: createSecretKey(raw.integrity),
        signing: createSecretKey(raw.signing),
      };
    }),
  };
}

function derive(secret: string, label: string, bytes: number): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, "", label, bytes));
}

function mac(key: KeyObject, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64url");
}

/** Compares in constant time. `claimed` has the shape of a MAC, so it is 32 bytes, in one spelling only. */
function hasMac(key: KeyObject, text: string, claimed: string): boolean {
  return timingSafeEqual(createHmac("sha256", key).update(text).digest(), Buffer.from(claimed, "base64url"));
}
