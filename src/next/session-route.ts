/** The JSON route by which the browser learns of its session: what the application chooses to expose, and nothing else. */

import type { DataKey, ReadonlySession } from "../session/readonly-session.js";
import { KEYS } from "../session/request/arguments.js";
import { isBuilding } from "../session/settings/settings.js";
import { now } from "../util/clock.js";
import { CHECKED_ELSEWHERE, checkShape, FUNCTION, type Shape } from "../util/option-shape.js";
import { assertSameOrigin, type SameOriginOptions } from "../web/same-origin.js";
import type { WithSession } from "./with-session.js";

/** What the browser is told of its session. */
export interface ExposedSession<Exposed> {
  /** Whether there is a session. */
  readonly active: boolean;
  /** Whether a user is signed in. */
  readonly signedIn: boolean;
  /** Milliseconds until the idle deadline, as of this answer: clocks of browsers are not to be trusted. Null without a session. */
  readonly idleExpiresIn: number | null;
  /** Milliseconds until the absolute deadline, likewise. */
  readonly expiresIn: number | null;
  /** What `expose` gave. */
  readonly data: Exposed;
}

/** The options of {@link createSessionRoute}. */
export interface SessionRouteOptions<Data extends object, Flash extends object, Exposed> extends SameOriginOptions {
  /**
   * What the browser may know: picked from the session, as JSON. Everything else stays on the server. It is called with an empty
   * session as well.
   */
  expose: (session: ReadonlySession<Data, Flash>) => Exposed | Promise<Exposed>;
  /** What `signOut()` in the browser keeps for the visitor: see `logout({ keep })`. Default nothing. */
  keep?: readonly DataKey<Data>[];
}

/** The handlers of {@link createSessionRoute}. `Exposed` is carried for {@link InferExposed}. */
export interface SessionRoute<Exposed> {
  /** Answers what the application exposes of the session. */
  readonly GET: (request: Request) => Promise<Response>;
  /** Signs out. Refused with 403 unless a page of this application asks. */
  readonly DELETE: (request: Request) => Promise<Response>;
  /** For types alone: it is not there at run time. */
  readonly exposed?: Exposed;
}

/** The type of what a route exposes, for `useSession<Exposed>()`: `export type Exposed = InferExposed<typeof route>`. */
export type InferExposed<Route extends SessionRoute<unknown>> = NonNullable<Route["exposed"]>;

/**
 * Makes the route that `useSession()` of `spillway/client` asks: `GET` answers an {@link ExposedSession}, `DELETE` signs out.
 * Like every request it slides the expiry, so it is what "stay signed in" asks, too.
 *
 * @param withSession that of `createSessions`.
 * @throws {SessionConfigError} naming the option that is unknown or of another type.
 *
 * @example
 * ```ts
 * // app/api/session/route.ts
 * import { createSessionRoute, type InferExposed } from "spillway/next/session-route";
 * import { withSession } from "../../_session/server";
 * const route = createSessionRoute(withSession, {
 *   expose: async (session) => ({ visits: await session.get("visits", 0) }),
 * });
 * export type Exposed = InferExposed<typeof route>;
 * export const { GET, DELETE } = route;
 * ```
 */
export function createSessionRoute<Data extends object, Flash extends object, Exposed>(
  withSession: WithSession<Data, Flash>,
  options: SessionRouteOptions<Data, Flash, Exposed>,
): SessionRoute<Exposed> {
  if (!isBuilding()) checkShape("", options, SHAPE);
  const { origin } = options;
  const answer = async (session: ReadonlySession<Data, Flash>) =>
    Response.json(await answerOf(session, options.expose), UNCACHED);
  return {
    GET: withSession((session, _request: Request) => answer(session)),
    DELETE: withSession(async (session, request: Request) => {
      assertSameOrigin(request, origin === undefined ? {} : { origin });
      await session.logout({ keep: options.keep ?? [] });
      return answer(session);
    }),
  };
}

/** What each option may be. What an origin has to be is told when a page signs out. */
const SHAPE: Shape<SessionRouteOptions<object, object, unknown>> = {
  origin: CHECKED_ELSEWHERE,
  expose: FUNCTION,
  keep: KEYS,
};

async function answerOf<Data extends object, Flash extends object, Exposed>(
  session: ReadonlySession<Data, Flash>,
  expose: SessionRouteOptions<Data, Flash, Exposed>["expose"],
): Promise<ExposedSession<Exposed>> {
  // Read first: a session on the server may turn out to have ended.
  const data = await expose(session);
  return {
    active: session.active,
    signedIn: session.userId !== undefined,
    idleExpiresIn: remaining(session.idleExpiresAt),
    expiresIn: remaining(session.expiresAt),
    data,
  };
}

function remaining(deadline: Date | undefined): number | null {
  return deadline === undefined ? null : Math.max(0, Math.round(deadline.getTime() - now()));
}

const UNCACHED = { headers: { "Cache-Control": "private, no-store" } } as const;
