/** Secrets: how they are made, how old they are, and what is wrong with one. */

import { randomToken } from "#seal";

/** Fewer characters `defineSession` refuses. */
const MIN_SECRET_LENGTH = 32;

const DAY = 86_400_000;

/**
 * A new secret: 256 random bits behind a name and the moment at which it was made (`spillway_20261128063000_…`). The moment tells the
 * age of a secret in the ring; the name lets scanners of repositories recognise one that was committed.
 */
export function newSecret(at = new Date()): string {
  return `spillway_${at.toISOString().slice(0, 19).replaceAll(/[-:T]/g, "")}_${randomToken(32)}`;
}

/** When a secret was made, to the second; undefined for one that does not say. */
export function madeAt(secret: string): Date | undefined {
  const [, year, month, day, hour, minute, second] =
    /^spillway_(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)_/.exec(secret) ?? [];
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** How many whole days ago a secret was made; undefined for one that does not say. */
export function ageInDays(secret: string, at = Date.now()): number | undefined {
  const made = madeAt(secret);
  return made && Math.floor((at - made.getTime()) / DAY);
}

/** Words of examples and placeholders. A secret that holds one was copied, not made. */
const PLACEHOLDER = /secret|password|change.?me|example|your.?|test|1234|qwerty|abcdef/i;

/**
 * What is wrong with a secret, or undefined. Random text of 32 characters has some 20 different ones in base64 and at
 * least 8 in hexadecimal; less is a word or a pattern.
 */
export function weakness(secret: string): string | undefined {
  if (secret.length < MIN_SECRET_LENGTH)
    return `it has ${secret.length} characters, and ${MIN_SECRET_LENGTH} are needed`;
  const random = madeAt(secret) ? secret.slice("spillway_20261128063000_".length) : secret;
  if (random.length < 22 || new Set(random).size < 8 || /^(.{1,8})\1+$/.test(random)) return "it repeats itself";
  if (/^[a-z]+([ _-][a-z]+)*$/i.test(random) || PLACEHOLDER.test(random)) return "it is made of words";
  return undefined;
}
