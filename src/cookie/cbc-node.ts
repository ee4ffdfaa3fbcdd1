/** AES-256-CBC for many short texts under one key. */

import { type Cipher, createCipheriv, createDecipheriv, createSecretKey, type Decipher } from "node:crypto";
import { BLOCK } from "./fe26.js";
import { random } from "./random-node.js";

const CIPHER = "aes-256-cbc";

/** PKCS#7 paddings by their length. Adding them to the text beforehand leaves one buffer, and nothing to join. */
const PADDINGS = Array.from({ length: BLOCK + 1 }, (_, length) => String.fromCharCode(length).repeat(length));

/**
 * A key with one cipher and one decipher, which serve all texts: making a pair for each costs a request more than all
 * else that it decrypts. In CBC a block depends on the one before it and on nothing earlier, so whatever the last text
 * was, a text stands for itself once its IV has gone through as a block of its own.
 */
export class CbcKey {
  readonly #cipher: Cipher;
  readonly #decipher: Decipher;

  constructor(bytes: Uint8Array) {
    const key = createSecretKey(bytes);
    this.#cipher = createCipheriv(CIPHER, key, random(BLOCK)).setAutoPadding(false);
    this.#decipher = createDecipheriv(CIPHER, key, random(BLOCK)).setAutoPadding(false);
  }

  /** Encrypts a text. The IV is an encrypted block of fresh random bytes, so as random and unforeseeable as they are. */
  encrypt(text: string): { readonly iv: Buffer; readonly body: Buffer } {
    const padding = PADDINGS[BLOCK - (Buffer.byteLength(text) % BLOCK)];
    const iv = this.#cipher.update(random(BLOCK));
    return { iv, body: this.#cipher.update(`${text}${padding}`, "utf8") };
  }

  /**
   * Decrypts what a MAC has vouched for: only a holder of the key can make this fail.
   * @param iv one block, `body` one or more whole blocks, as canonical base64url.
   * @returns undefined when the padding is none.
   */
  decrypt(iv: string, body: string): string | undefined {
    this.#decipher.update(iv, "base64url");
    const padded = this.#decipher.update(body, "base64url");
    const padding = padded.at(-1) ?? 0;
    if (padding < 1 || padding > BLOCK || !padded.subarray(-padding).every((byte) => byte === padding)) {
      return undefined;
    }
    return padded.toString("utf8", 0, padded.length - padding);
  }
}
