/** Sessions in the App Router: `getSession` for components, actions and handlers, `withSession` around the latter two. */

import { after } from "next/server.js";
import { cookies, headers } from "#headers";
import { currentResponse, followResponses } from "#response";
import type { RequestHeaders } from "../cookie/jar.js";
import { createContext } from "../session/context.js";
import { cleanUpByChance } from "../session/manager/cleanup.js";
import { createManager } from "../session/manager/manager.js";
import type { SessionManager } from "../session/manager/sessions.js";
import type { FlashMessages, SessionDefinition } from "../session/options.js";
import { type Adapter, openSession } from "../session/request/open.js";
import { sessionOf } from "../session/request/session-writer.js";
import { UnitOfWork } from "../session/request/unit-of-work.js";
import type { Session } from "../session/session.js";
import type { ServerOptions } from "../session/settings/server-options.js";
import { isBuilding } from "../session/settings/settings.js";
import type { MaybePromise } from "../util/maybe-promise.js";
import { toStores } from "./gate.js";
import { isRendering } from "./rendering.js";
import { OutgoingResponse } from "./response/outgoing-response.js";
import { makeWithSession, type WithSession } from "./with-session.js";

/** What {@link createSessions} returns. */
export interface NextSessions<Data extends object, Flash extends object> {
  /**
   * The session of the current request: the same one for every component, action and handler of it. Opens the cookie,
   * and loads nothing. In a component it is to be read from; its writing methods reject there.
   */
  getSession(): Promise<Session<Data, Flash>>;
  /** Wraps a server action or a route handler, which gets the session before its own arguments, in one commit. */
  readonly withSession: WithSession<Data, Flash>;
  /** Sessions seen from outside a request. */
  readonly sessions: SessionManager<Data, Flash>;
}

/**
 * Makes the sessions of an application.
 *
 * @example
 * ```ts
 * import { createSessions } from "spillway/next";
 * export const { getSession, withSession, sessions } =
 *   createSessions(sessionOptions, { cache: kvCache(kv), store: prismaStore(prisma.session) });
 * ```
 * @throws {SessionConfigError} naming the option at fault; not during `next build`, when secrets are not there.
 */
export function createSessions<Data extends object = Record<string, unknown>, Flash extends object = FlashMessages>(
  definition: SessionDefinition<Data, Flash>,
  options: ServerOptions = {},
): NextSessions<Data, Flash> {
  const context = createContext(definition, options);
  const sessions = createManager<Data, Flash>(context);
  /** One unit a request. `headers()` is one object in an action and in the render that follows; `cookies()` is not. */
  const units = new WeakMap<object, MaybePromise<UnitOfWork>>();
  const responses = new WeakMap<object, OutgoingResponse>();
  if (!isBuilding()) followResponses();

  /** Hands over the unit of the current request. One function and few promises: in Next, each costs a microsecond. */
  async function inRequest<T>(
    use: (unit: UnitOfWork, response: OutgoingResponse | undefined) => T,
    request?: Request,
  ): Promise<T> {
    const requestHeaders = await headers();
    const adapter: Adapter = isRendering()
      ? { gate: toStores, takeWithPage: (shown) => responseTo(requestHeaders).takeWithPage(shown) }
      : responseTo(requestHeaders).through(await cookies(), request);
    let opening = units.get(requestHeaders);
    if (!opening) {
      const { serverTiming } = context();
      if (serverTiming) currentResponse()?.joinTiming(() => serverTiming.valueFor(requestHeaders));
      opening = openSession(context(), requestHeaders, adapter);
      units.set(requestHeaders, opening);
    }
    const unit = opening instanceof UnitOfWork ? opening : await opening;
    // An action and the render that follows share the unit, but cookies can be set in the action alone.
    unit.outgoing.through(adapter);
    return use(unit, responses.get(requestHeaders));
  }

  /** What a request does with its response: one for each. */
  function responseTo(requestHeaders: RequestHeaders): OutgoingResponse {
    let response = responses.get(requestHeaders);
    if (!response) {
      response = new OutgoingResponse(context(), requestHeaders, () => cleanUpByChance(context(), sessions, after));
      responses.set(requestHeaders, response);
    }
    return response;
  }

  return {
    getSession: () => inRequest((unit) => sessionOf<Data, Flash>(unit)),
    withSession: makeWithSession((request) =>
      inRequest((unit, response) => {
        const end = unit.scope();
        const left = response?.enter();
        return {
          session: sessionOf<Data, Flash>(unit),
          end: (keep, isAnswered) => (left ? left(() => end(keep), isAnswered) : end(keep)),
        };
      }, request),
    ),
    sessions,
  };
}
