/** Statements that a database rolls back because of another transaction. */

import { pause } from "../util/clock.js";

/** How often a statement is sent at most. */
const ATTEMPTS = 8;

/** The longest pause before the second attempt (milliseconds); each further one may be twice as long. */
const FIRST_PAUSE = 8;

/** Whether another transaction was in the way: a serialization failure or a deadlock. Nothing was then written. */
export function isConflict(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === "P2034";
}

/**
 * Sends a statement until no other transaction is in its way.
 *
 * @param statement sends it once.
 * @throws what the last attempt threw; any other error at once.
 */
export async function retried<T>(statement: () => PromiseLike<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await statement();
    } catch (error) {
      if (!isConflict(error) || attempt === ATTEMPTS) throw error;
    }
    await pause(Math.random() * FIRST_PAUSE * 2 ** (attempt - 1));
  }
}
