/** Functions of the application that are told what happened. */

import { redact } from "./redact.js";

/**
 * Calls one. What it throws, or rejects with where it is asynchronous, is reported on the console and goes no further: nobody
 * awaits it, and a rejection that nobody handles ends Node's process.
 * @param whom how the report names it.
 */
export function tell(whom: string, work: () => unknown): void {
  const report = (error: unknown) => console.error(`Spillway: ${whom} threw.`, redact(error));
  try {
    const told = work() as PromiseLike<unknown> | undefined;
    if (typeof told?.then === "function") told.then(undefined, report);
  } catch (error) {
    report(error);
  }
}
