/** Calls that are refused before anything is written, and how their errors name them. */

import { SessionError } from "../../errors.js";
import type { UnitOfWork } from "./unit-of-work.js";

/** What begins or ends a session, or gives it another id: nothing that a prefetch may do. */
const LIFECYCLE = /^(start|regenerateId|login|logout|destroy)\(/;

/** The error of a call where no cookie can be set. */
export function readOnly(call: string): SessionError {
  return new SessionError(
    "read-only",
    `session.${call} was called while a page renders, where no cookie can be set. Write to the session in a server action or a route handler. Data that the server holds can be changed by sessions.update() here, too.`,
  );
}

/**
 * Refuses a call of the lifecycle in a prefetch: a link to a handler that signs out must not sign out because it came
 * into view.
 * @throws {SessionError} `prefetch`, naming the call.
 */
export function refusePrefetch(unit: UnitOfWork, call: string): void {
  if (!LIFECYCLE.test(call) || !unit.isPrefetch()) return;
  const error = new SessionError(
    "prefetch",
    `session.${call} was called in a prefetch: a link to this address came into view, and nobody has followed it. Nothing was written. Make the change in a server action or a POST; or link to it with <a>, or with <Link prefetch={false}>.`,
  );
  // What answers a prefetch is seen by nobody.
  if (unit.context.settings.development) console.warn(`Spillway: ${error.message}`);
  throw error;
}

/** The error of a call that came too late says which call that was. */
export function naming(call: string, error: unknown): unknown {
  if (!(error instanceof SessionError) || error.code !== "read-only" || error.message.startsWith("session."))
    return error;
  return new SessionError("read-only", `session.${call} came too late. ${error.message}`, { cause: error });
}
