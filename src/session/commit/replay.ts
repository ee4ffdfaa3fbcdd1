/** Replaying: a commit that another came before is made again, on what that one left. */

import { ConflictError } from "../../errors.js";

/** How many attempts a commit makes: as many requests may change one session at the same time. */
const MAX_ATTEMPTS = 8;

/**
 * Makes attempts, numbered from 1, until one has a result, which says how many were in vain.
 * @param doubt an error, once one of them may have taken effect after all.
 * @throws {ConflictError} when eight have none, unless there is a doubt: it says that nothing was kept.
 */
export async function replay<T extends { readonly retries?: number }>(
  doubt: () => Error | undefined,
  attempt: (number: number) => Promise<T | undefined>,
): Promise<T> {
  for (let number = 1; number <= MAX_ATTEMPTS; number++) {
    const result = await attempt(number);
    if (result) return number === 1 ? result : { ...result, retries: number - 1 };
  }
  throw doubt() ?? new ConflictError(MAX_ATTEMPTS);
}
