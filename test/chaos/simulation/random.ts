/** Chance from a seed: the same seed, the same run. */

import { type Random, seeded } from "../fuzz/random.js";

export type { Random };
export { seeded };

/** One seed from several numbers. */
export function mix(...parts: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (const part of parts) {
    hash = Math.imul(hash ^ (part | 0), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}

/** A number from 0 up to 1. */
export function fraction(random: Random): number {
  return random.below(2 ** 31) / 2 ** 31;
}

/** Whether something happens that does so with this probability. */
export function happens(random: Random, probability: number): boolean {
  return fraction(random) < probability;
}

/** A whole number from `least` to `most`. */
export function between(random: Random, least: number, most: number): number {
  return least + random.below(most - least + 1);
}

/** One of the items, which may be undefined. */
export function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.below(items.length)] as T;
}
