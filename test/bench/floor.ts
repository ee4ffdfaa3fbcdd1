/** The floor that sessions are measured against: what a kilobyte of authenticated encryption costs at the least. */

import { createCipheriv, createDecipheriv, createHmac, createSecretKey, randomBytes } from "node:crypto";

const key = createSecretKey(randomBytes(32));
const macKey = createSecretKey(randomBytes(32));
const iv = randomBytes(12);

/** One synchronous AES-256-GCM and one HMAC-SHA256 over a text, as `node:crypto` does them. */
export function floorSeal(text: string): { body: Buffer; tag: Buffer } {
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  const body = cipher.update(text, "utf8");
  cipher.final();
  createHmac("sha256", macKey).update(body).digest();
  return { body, tag: cipher.getAuthTag() };
}

/** The same, the other way. */
export function floorOpen({ body, tag }: { body: Buffer; tag: Buffer }): string {
  createHmac("sha256", macKey).update(body).digest();
  const decipher = createDecipheriv("aes-256-gcm", key, iv).setAuthTag(tag);
  const text = decipher.update(body, undefined, "utf8");
  decipher.final();
  return text;
}
