/** Sessions for any framework with web `Request` and `Response`. */

import type { CookieWrite } from "../cookie/attributes.js";
import { ResponseCookies } from "../cookie/response-cookies.js";
import { createContext } from "../session/context.js";
import { cleanUpByChance } from "../session/manager/cleanup.js";
import { createManager } from "../session/manager/manager.js";
import type { SessionManager } from "../session/manager/sessions.js";
import type { FlashMessages, SessionDefinition } from "../session/options.js";
import { openSession } from "../session/request/open.js";
import { sessionOf } from "../session/request/session-writer.js";
import type { UnitOfWork } from "../session/request/unit-of-work.js";
import type { Session } from "../session/session.js";
import type { ServerOptions } from "../session/settings/server-options.js";
import { checkHandler, requestHeaders } from "./arguments.js";
import { Opened, type OpenedSession } from "./opened-session.js";
import { refusalOf } from "./refusal.js";

export { csrfToken, isCsrfToken } from "./csrf.js";
export type { OpenedSession } from "./opened-session.js";
export { assertSameOrigin, type CheckedRequest, isSameOrigin, type SameOriginOptions } from "./same-origin.js";
export { type SealedCookie, type SealedCookieOptions, sealedCookie } from "./sealed-cookie.js";
export { type SealedCookies, sealedCookies } from "./sealed-cookies.js";

/** What {@link createSessions} returns. */
export interface WebSessions<Data extends object, Flash extends object> {
  /** Opens the session of a request, one for each however often it is asked for; its headers are all that is needed. */
  open(request: Request | Headers): Promise<OpenedSession<Data, Flash>>;
  /**
   * Handles a request with its session: one commit when the handler has returned, none when it throws. What the session
   * refuses to a prefetch is answered with 503.
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

/** What is known of a request that was opened. */
interface OpenedRequest<Data extends object, Flash extends object> {
  readonly unit: UnitOfWork;
  readonly opened: Opened<Data, Flash>;
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

  /**
   * Where the headers of a request keep what was opened for them, so that however often it is opened it is one. A property, since a
   * WeakMap whose keys live as briefly costs a fifth of a read, most of it in collecting garbage. A function, in which printing the
   * headers finds nothing.
   */
  const openingOf: unique symbol = Symbol("spillway.opening");

  function openRequest(call: string, request: Request | Headers): Promise<OpenedRequest<Data, Flash>> {
    const headers: Headers & { [openingOf]?: (() => Promise<OpenedRequest<Data, Flash>>) | undefined } = requestHeaders(
      call,
      request,
    );
    const known = headers[openingOf];
    if (known) return known();
    const opening = openHeaders(headers).catch((error: unknown) => {
      headers[openingOf] = undefined;
      throw error;
    });
    headers[openingOf] = () => opening;
    return opening;
  }

  async function openHeaders(headers: Headers): Promise<OpenedRequest<Data, Flash>> {
    const cookies = new ResponseCookies();
    let isOpen = true;
    const send = (written: readonly CookieWrite[]) => {
      cookies.add(written);
      // Beside the response, since a web response does not tell when it has left.
      cleanUpByChance(context(), sessions, setTimeout);
    };
    const unit = await openSession(context(), headers, { send, isOpen: () => isOpen });
    const close = () => {
      unit.log.hasten();
      isOpen = false;
    };
    const timing = () => context().serverTiming?.valueFor(headers);
    return { unit, opened: new Opened(sessionOf<Data, Flash>(unit), cookies, close, timing) };
  }

  return {
    open: async (request) => (await openRequest("open", request)).opened,
    async handle(request, handler) {
      checkHandler("handle", handler);
      const { unit, opened } = await openRequest("handle", request);
      const end = unit.scope();
      let response: Response;
      try {
        response = await handler(opened.session);
      } catch (error) {
        await end(false);
        const refusal = refusalOf(error, "prefetch");
        if (refusal) return opened.apply(refusal);
        throw error;
      }
      await end(true);
      return opened.apply(response);
    },
    sessions,
  };
}
