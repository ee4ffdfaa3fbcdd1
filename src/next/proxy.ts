/**
 * The session in `proxy.ts`, to be read and written before the page: in Node with the application's stores, or at the
 * edge without. A convenience, never the guard.
 */

import { parseSetCookie } from "cookie";
import { type NextFetchEvent, type NextRequest, NextResponse } from "next/server.js";
import { serializeCookie } from "../cookie/attributes.js";
import { SessionConfigError } from "../errors.js";
import { expireFlash, junkNames } from "../flash/flash.js";
import { receiptOf } from "../flash/flash-receipt.js";
import type { FlashMessages, SessionDefinition } from "../session/options.js";
import type { Session } from "../session/session.js";
import type { ServerOptions } from "../session/settings/server-options.js";
import { isBuilding, refuseOther, settingsOf } from "../session/settings/settings.js";
import { isDocument } from "../session/token/document.js";
import { createSessions } from "../web/index.js";
import { goesOn, withLines } from "./go-on.js";

/** Gets the request and its session, and returns a response, or nothing to go on. */
export type SessionProxyHandler<Data extends object, Flash extends object> = (
  request: NextRequest,
  session: Session<Data, Flash>,
  event: NextFetchEvent,
) => Response | null | undefined | void | Promise<Response | null | undefined | void>;

/**
 * Makes the application's proxy, where it reads values of the session or writes to it; where claims suffice,
 * `createSessionMiddleware` needs no store and costs less. It slides the expiry as that does, and commits once, when the
 * handler has returned. The page, action or handler of the same request sees what was written.
 *
 * @param options as of `createSessions`. Without a store (at the edge, for example) sessions in the cookie can be read and
 *   written, and one that the server holds rejects when it is looked into.
 * @throws {SessionConfigError} naming the option at fault, but not during `next build`.
 *
 * @example
 * ```ts
 * // proxy.ts
 * import { createSessionProxy } from "spillway/next/proxy";
 * export const proxy = createSessionProxy(sessionOptions, { store }, async (request, session) => {
 *   await session.setDefault("landing", request.nextUrl.pathname);
 * });
 * ```
 */
export function createSessionProxy<Data extends object = Record<string, unknown>, Flash extends object = FlashMessages>(
  definition: SessionDefinition<Data, Flash>,
  options: ServerOptions,
  handler: SessionProxyHandler<Data, Flash>,
): (request: NextRequest, event: NextFetchEvent) => Promise<Response> {
  const { open, handle } = createSessions(definition, options);
  if (!isBuilding()) refuseWrong(definition, handler);
  return async (request, event) => {
    const settings = settingsOf(definition);
    const receipt = request.method === "GET" && receiptOf(settings, request.nextUrl, request.headers);
    if (receipt) return withLines(request, new Response(null, { status: 204 }), receipt.map(serializeCookie));
    let response: Response = NextResponse.next();
    const answered = await handle(request, async (session) => {
      response = (await handler(request, session, event)) ?? response;
      return new Response();
    });
    // What the session refuses to a prefetch has been answered.
    if (!answered.ok) return answered;
    const lines = [...(await open(request)).setCookies];
    const isPage = request.method === "GET" && isDocument(request.headers) && goesOn(response.headers);
    const junk = isPage ? expireFlash(settings, await junkNames(settings, request.headers)) : [];
    // An answer of the handler's may hang on the session. A page decides for itself.
    const isPersonal = !response.headers.has("x-middleware-next");
    if (lines.length === 0 && junk.length === 0 && !isPersonal) return response;
    const seen = lines.map((line) => parseSetCookie(line));
    return withLines(request, response, [...lines, ...junk.map(serializeCookie)], seen);
  };
}

function refuseWrong(definition: unknown, handler: unknown): void {
  refuseOther(definition);
  if (typeof handler !== "function") {
    throw new SessionConfigError("handler", "must be a function of the request and its session.");
  }
}
