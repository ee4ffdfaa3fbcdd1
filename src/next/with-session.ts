/** `withSession`: a server action or a route handler with its session, in exactly one commit. */

import type { Session } from "../session/session.js";
import { checkHandler } from "../web/arguments.js";
import { refusalOf } from "../web/refusal.js";
import { keepFromCaches } from "../web/uncached.js";
import { navigationOf, responseOf } from "./navigation.js";

/** The type of `withSession`: the wrapped function loses its first parameter and keeps the rest. */
export type WithSession<Data extends object, Flash extends object> = <Arguments extends unknown[], Result>(
  handler: (session: Session<Data, Flash>, ...args: Arguments) => Result | Promise<Result>,
) => (...args: Arguments) => Promise<Result>;

/** A session in whose scope mutations are recorded, until `end` commits or drops them. */
export interface Scoped<Data extends object, Flash extends object> {
  readonly session: Session<Data, Flash>;
  /** @param isAnswered whether a handler has ended, whose response is made: nothing asks Next for cookies any more. */
  readonly end: (keep: boolean, isAnswered: boolean) => Promise<void>;
}

/** Makes `withSession` from what opens a scope in the current request; a route handler's is at hand. */
export function makeWithSession<Data extends object, Flash extends object>(
  open: (request?: Request) => Promise<Scoped<Data, Flash>>,
): WithSession<Data, Flash> {
  return (handler) => {
    checkHandler("withSession", handler);
    refuseServerReference(handler);
    return async (...args) => {
      const isRouteHandler = args[0] instanceof Request;
      const scoped = await (isRouteHandler ? open(args[0] as Request) : open());
      const ended = await settle(() => handler(scoped.session, ...args));
      const navigation = ended.ok ? undefined : navigationOf(ended.error);
      await scoped.end(ended.ok || navigation !== undefined, isRouteHandler);
      if (ended.ok) return isRouteHandler ? keptFromCaches(ended.value) : ended.value;
      // Next drops the cookies of a handler that throws this, or lets caches keep them, but not those of the equal response.
      if (isRouteHandler && navigation) return keptFromCaches(responseOf(navigation, args[0] as Request)) as never;
      const refusal = isRouteHandler ? refusalOf(ended.error, "cross-site", "prefetch") : undefined;
      if (refusal) return refusal as never;
      throw ended.error;
    };
  };
}

type Ended<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

async function settle<T>(work: () => T | Promise<T>): Promise<Ended<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, error };
  }
}

/** A response whose request opened the session is kept by no cache. What is no response is returned as it is. */
function keptFromCaches<T>(value: T): T {
  // A network error has no headers, and nothing that is sent.
  if (!(value instanceof Response) || value.type === "error") return value;
  const response = new Response(value.body, value);
  keepFromCaches(response.headers);
  return response as T;
}

/** Marked "use server" itself, the inner function would be an endpoint, and a client could send its session argument. */
function refuseServerReference(handler: unknown): void {
  if ((handler as { $$typeof?: unknown }).$$typeof !== Symbol.for("react.server.reference")) return;
  throw new TypeError(
    'withSession() was given a function that is marked "use server" itself: a client could call it with a session of its own making. Remove the directive from the inner function, and export the wrapped one from a file that starts with "use server".',
  );
}
