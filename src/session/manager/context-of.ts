/** The way from a manager back to what it manages, for diagnosis alone. */

import type { Context } from "../context.js";

/** As with a definition's options, it is behind a function, so that printing an object shows no secrets. */
const CONTEXT = Symbol.for("spillway.context");

/** Notes the context of a manager, invisibly. */
export function withContext<Manager extends object>(context: () => Context, manager: Manager): Manager {
  return Object.defineProperty(manager, CONTEXT, { value: context });
}

/** The context of a manager that `createSessions` returned; undefined for anything else. */
export function contextOf(manager: object): Context | undefined {
  return (manager as { [CONTEXT]?: () => Context })[CONTEXT]?.();
}
