/** Sessions for any framework with web `Request` and `Response`. */

import { type CookieWrite, serializeCookie } from "../cookie/attributes.js";
import { createContext } from "../session/context.js";
import { createManager, type SessionManager } from "../session/manager/manager.js";
import { openSession } from "../session/request/open.js";
import type { FlashMessages, SessionDefinition } from "../session/options.js";
import { sessionOf } from "../session/request/session-writer.js";
import type { ServerOptions } from "../session/server-settings.js";
import type { Session } from "../session/session.js";
import { cleanUpByChance } from "../session/manager/cleanup.js";
import { Opened, type OpenedSession } from "./opened-session.js";

export type { OpenedSession } from "./opened-session.js";
export { csrfToken, isCsrfToken } from "./csrf.js";
export { assertSameOrigin, type CheckedRequest, isSameOrigin, type SameOriginOptions } from "./same-origin.js";
export { type SealedCookie, type SealedCookieOptions, sealedCookie } from "./sealed-cookie.js";

/** What {@link createSessions} returns. */
export interface WebSessions<Data extends object, Flash extends object> {
  /** Opens the session of a request; all that is needed of it is its headers. */
  open(request: Request | Headers): Promise<OpenedSession<Data, Flash>>;
  /**
   * Handles a request with its session: one commit when the handler has returned, none when it throws.
   *
   * @example
   * ```ts
   * import { createSessions } from "spillway/web";
   * const { handle } = createSessions(sessionOptions);
   * export default { fetch: (request: Request) => handle(request, async (session) => {
   *   const visits = await session.update("visits", (count = 0) => count + 1);
   *   return new Response(`Visit ${visits}`);
   * }) };
   * ```
   */
  handle(request: Request, handler: (session: Session<Data, Flash>) => Response | Promise<Response>): Promise<Response>;
  /** Sessions seen from outside a request. */
  readonly sessions: SessionManager<Data, Flash>;
}

/**
 * Makes the sessions of an application.
 * @throws {SessionConfigError} naming the option at fault, when it is not `next build` that asks.
 */
export function createSessions<Data extends object = Record<string, unknown>, Flash extends object = FlashMessages>(
  definition: SessionDefinition<Data, Flash>,
  options: ServerOptions = {},
): WebSessions<Data, Flash> {
  const context = createContext(definition, options);
  const sessions = createManager<Data, Flash>(context);

  async function openRequest(request: Request | Headers) {
    const headers = "headers" in request ? request.headers : request;
    const setCookies: string[] = [];
    const send = (cookies: readonly CookieWrite[]) => {
      setCookies.push(...cookies.map(serializeCookie));
      // Beside the response, since a web response does not tell when it has left.
      cleanUpByChance(context(), sessions, setTimeout);
    };
    const unit = await openSession(context(), headers, { send });
    return { unit, opened: new Opened(sessionOf<Data, Flash>(unit), setCookies) };
  }

  return {
    open: async (request) => (await openRequest(request)).opened,
    async handle(request, handler) {
      const { unit, opened } = await openRequest(request);
      const end = unit.scope();
      let response: Response;
      try {
        response = await handler(opened.session);
      } catch (error) {
        await end(false);
        throw error;
      }
      await end(true);
      return opened.apply(response);
    },
    sessions,
  };
}
