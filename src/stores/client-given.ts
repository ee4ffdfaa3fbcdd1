/** Clients that were not given: a variable that is not set, a model that was not generated. */

import { SessionConfigError } from "../errors.js";
import { isBuilding } from "../util/building.js";

/**
 * Refuses what can be no client, but during `next build`, when what it is made from may not be there.
 * @param call the function that was given it, and what it was to be given.
 * @throws {SessionConfigError} naming the function.
 */
export function refuseNone(call: string, client: unknown, remedy: string): void {
  const isSome = (typeof client === "object" && client !== null) || typeof client === "function";
  if (isSome || isBuilding()) return;
  throw new SessionConfigError(call, `was given ${client === null ? "null" : typeof client} for a client. ${remedy}`);
}
