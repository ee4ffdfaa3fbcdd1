/**
 * Seals and opens on `node:crypto`, without a promise: what is sealed here lands in the response even if the caller
 * forgot to await it. Chosen by the `#seal` import everywhere but at the edge; `seal-web.ts` is its twin, and each
 * opens what the other seals.
 */

import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  randomFillSync,
  timingSafeEqual,
} from "node:crypto";
import * as fe26 from "./fe26.js";
import * as keyRing from "./keys.js";
import type { MaybePromise, Opened, Purpose, Sealer } from "./sealer.js";

const CIPHER = "aes-256-cbc";
const BYTE_ORDER_MARK = 0xfeff;

/** PKCS#7 paddings by their length. Adding them to the text beforehand leaves one buffer, and nothing to join. */
const PADDINGS = Array.from({ length: fe26.BLOCK + 1 }, (_, length) => String.fromCharCode(length).repeat(length));

/** Makes a sealer over a ring of secrets; see {@link Sealer}. Nothing is derived before it is first used. */
export function createSealer(secrets: readonly string[]): Sealer {
  const ring = keyRing.lazy(() => secrets.map(ringKey));

  return {
    seal(purpose, text, expiresAt) {
      const expiry = fe26.sealedExpiry(expiresAt);
      const key = keyRing.sealingKey(ring());
      const { encryption, integrity } = key.keys(purpose);
      const iv = fromPool(fe26.BLOCK);
      const padding = PADDINGS[fe26.BLOCK - (Buffer.byteLength(text) % fe26.BLOCK)];
      const body = createCipheriv(CIPHER, encryption, iv).setAutoPadding(false).update(`${text}${padding}`, "utf8");
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
      return decrypt(encryption, parts);
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

/** SHA-256 of a text's UTF-8 bytes: 43 characters of base64url. */
export function sha256(text: string): MaybePromise<string> {
  return createHash("sha256").update(text).digest("base64url");
}

/** So many random bytes from the operating system's generator, as base64url without padding. */
export function randomToken(bytes: number): string {
  return (bytes > POOL_BYTES ? randomBytes(bytes) : fromPool(bytes)).toString("base64url");
}

/** Whether two strings are the same, in a time that tells only whether their lengths are. */
export function equalBytes(a: string, b: string): boolean {
  const left = Buffer.from(a, "utf16le");
  const right = Buffer.from(b, "utf16le");
  return left.length === right.length && timingSafeEqual(left, right);
}

function ringKey(secret: string) {
  return {
    id: keyRing.keyId(derive(secret, keyRing.KEY_ID_LABEL, keyRing.KEY_ID_BYTES)),
    keys: keyRing.memoize((purpose: Purpose) => {
      const raw = keyRing.splitKeys(derive(secret, keyRing.purposeLabel(purpose), keyRing.PURPOSE_BYTES));
      return {
        encryption: createSecretKey(raw.encryption),
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

/** Decrypts what the MAC has vouched for. Only a holder of the key can make this fail. */
function decrypt(key: KeyObject, parts: fe26.SealedParts): Opened {
  const decipher = createDecipheriv(CIPHER, key, Buffer.from(parts.iv, "base64url")).setAutoPadding(false);
  const padded = decipher.update(parts.body, "base64url");
  const padding = padded.at(-1) ?? 0;
  if (padding < 1 || padding > fe26.BLOCK || !padded.subarray(-padding).every((byte) => byte === padding)) {
    return fe26.REFUSED.malformed;
  }
  const text = padded.toString("utf8", 0, padded.length - padding);
  return { ok: true, text: text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text };
}

/*
 * Random bytes come in advance, 4 KiB at a time: one call to the generator costs thirty times what taking 16 bytes
 * from the pool does. What was handed out is copied and wiped, so that the pool keeps no token that is in use.
 */
const POOL_BYTES = 4096;
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

function fromPool(bytes: number): Buffer {
  if (used + bytes > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const taken = Buffer.from(pool.subarray(used, used + bytes));
  pool.fill(0, used, used + bytes);
  used += bytes;
  return taken;
}
