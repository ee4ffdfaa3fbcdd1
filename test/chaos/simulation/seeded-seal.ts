/** The sealer with ids by `Math.random`, which simulations draw from their seed: the same seed gives the same run. */

export * from "../../../src/cookie/seal-node.js";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** As many characters of base64url as so many bytes take. */
export function randomToken(bytes: number): string {
  const draw = () => ALPHABET[Math.floor(Math.random() * ALPHABET.length)];
  return Array.from({ length: Math.ceil((bytes * 4) / 3) }, draw).join("");
}
