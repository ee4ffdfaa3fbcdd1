/** Telling what an application exported. */

import { OPTIONS, type SessionDefinition } from "../session/options.js";

/** Whether `defineSession` made it, of this copy of the library or another. */
export function isDefinition(value: unknown): value is SessionDefinition {
  return typeof (value as Partial<SessionDefinition> | null | undefined)?.[OPTIONS] === "function";
}
