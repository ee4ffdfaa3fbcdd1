/** What seals, opens, signs and verifies: the contract of `seal-node.ts` and `seal-web.ts`. */

import type { MaybePromise } from "../util/maybe-promise.js";

export type { MaybePromise } from "../util/maybe-promise.js";

/**
 * What a text is sealed or signed for. Each purpose has keys of its own, so that a cookie of one purpose can never
 * stand in for one of another.
 */
export type Purpose = "session" | "activity" | "flash" | "transaction" | "successor" | "record" | "csrf";

/**
 * What opening found. A text that does not open is an answer, not an exception:
 * - `malformed`: not in the format, down to one character too many;
 * - `unknown-key`: sealed with a key that is not in the ring, perhaps by a newer instance: do not throw it away;
 * - `expired`: its deadline has come;
 * - `forged`: the MAC does not fit, so it was changed, or sealed for another purpose.
 */
export type Opened =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: "malformed" | "unknown-key" | "expired" | "forged" };

/** What verifying a signature found. A signature that is not in the format is `forged`. */
type Verified = "ok" | "unknown-key" | "forged";

/**
 * Opens and verifies with all secrets of a ring, and signs with the first. Keys are derived at first use and kept. What a
 * middleware needs, whose bundle therefore has nothing that seals.
 */
export interface Opener {
  /**
   * Opens what a {@link Sealer} sealed for the same purpose. Never throws, whatever the input.
   *
   * @param now Epoch milliseconds. At `expiresAt` itself the text is expired; no clock skew is allowed for.
   */
  open(purpose: Purpose, sealed: string, now: number): MaybePromise<Opened>;

  /** The length of the sealed form, in characters, of a text with this many UTF-8 bytes. Exact. */
  sealedLength(textByteLength: number): number;

  /**
   * Signs a text with HMAC-SHA256, under a key that seals nothing.
   *
   * @returns `<key id>.<MAC>`: 8 hexadecimal digits, a dot, 43 characters of base64url.
   * @throws RangeError (at the edge: rejects) when there is no secret.
   */
  sign(purpose: Purpose, text: string): MaybePromise<string>;

  /** Tells whether `sign` made this signature for this purpose and text. Never throws, whatever the input. */
  verify(purpose: Purpose, text: string, signature: string): MaybePromise<Verified>;
}

/**
 * An {@link Opener} that seals as well, with the first secret.
 *
 * A sealed text is in the format Fe26.2 of iron-webcrypto, with raw keys: encrypted with AES-256-CBC, then
 * authenticated with HMAC-SHA256, in characters that a cookie carries as they are (`[A-Za-z0-9_.*-]`).
 */
export interface Sealer extends Opener {
  /**
   * Encrypts and authenticates a text.
   *
   * @param text Comes back as UTF-8 carries it: a lone surrogate as U+FFFD, and without a byte order mark in front.
   * @param expiresAt Epoch milliseconds (a fraction is cut off), from which on it does not open. It stands in clear.
   * @throws RangeError (at the edge: rejects) when `expiresAt` has not exactly 13 digits (2001 to 2286), or when there
   *   is no secret.
   */
  seal(purpose: Purpose, text: string, expiresAt: number): MaybePromise<string>;
}
