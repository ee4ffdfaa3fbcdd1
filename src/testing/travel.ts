/** Travelling in time, so that a test sees a session expire. */

import { setClock } from "../util/clock.js";
import { type Duration, milliseconds } from "../util/expiry.js";

let offset = 0;

/**
 * Moves the clock of Spillway in this process: every deadline is judged from there, also by `memoryStore` and
 * `memoryCache`. Waiting takes as long as ever, and other clocks stay as they are, such as that by which a database
 * deletes what has expired. Journeys add up, until {@link returnToPresent}.
 *
 * @example
 * ```ts
 * import { returnToPresent, sealSession, travel } from "spillway/testing";
 * import { createSessions } from "spillway/web";
 * const cookie = await sealSession(sessionOptions, { data: { cart: ["tea"] } });
 * travel("8d"); // idleTimeout is "7d"
 * const { session } = await createSessions(sessionOptions).open(new Headers({ cookie }));
 * assert.equal(session.active, false);
 * returnToPresent();
 * ```
 * @param by how far: seconds, or a string such as `"8d"`; negative ones (`"-8d"`) lead back.
 */
export function travel(by: Duration): void {
  offset += milliseconds("by", by, Number.MIN_SAFE_INTEGER);
  setClock({
    now: () => Date.now() + offset,
    after(wait, then) {
      const timer = setTimeout(then, wait);
      return () => clearTimeout(timer);
    },
  });
}

/** Ends all journeys of {@link travel}. To be called after each test. */
export function returnToPresent(): void {
  offset = 0;
  setClock();
}
