/** What the functions for web requests were given: what is no request, session or response is refused by name. */

import type { RequestHeaders } from "../cookie/jar.js";

/** The headers of a request, as far as it is one. @throws {TypeError} naming the function, where it is none. */
export function headersOf<Kind extends RequestHeaders>(call: string, request: { readonly headers: Kind }): Kind {
  const headers = (request as { readonly headers?: Kind } | null | undefined)?.headers;
  if (typeof headers?.get === "function") return headers;
  throw new TypeError(
    `${call}() needs the request, or an object with its \`headers\`. For Node's \`req\` and \`res\` there is spillway/next/pages.`,
  );
}

/**
 * Refuses what are no `req` and `res` of Node: headers of a web request, looked into like theirs, would hold no cookie.
 * @throws {TypeError} naming the function.
 */
export function checkMessages(call: string, request: unknown, response: unknown): void {
  const { headers } = (request ?? {}) as { readonly headers?: object };
  const isRequest = typeof headers === "object" && headers !== null && typeof (headers as Headers).get !== "function";
  if (isRequest && typeof response === "object" && response !== null) return;
  throw new TypeError(
    `${call}() needs Node's \`req\` and \`res\`. For web requests there is spillway/web, for the App Router spillway/next.`,
  );
}

/** The headers of what may be a request, or its headers themselves. @throws {TypeError} naming the function. */
export function requestHeaders(call: string, request: Request | Headers): Headers {
  if (typeof (request as Headers | null | undefined)?.get === "function") return request as Headers;
  return headersOf(call, request as Request);
}

/** Refuses what is no function of a session. @throws {TypeError} naming the function. */
export function checkHandler(call: string, handler: unknown): void {
  if (typeof handler !== "function") throw new TypeError(`${call}() needs a function of the session.`);
}

/** Refuses what is no session. @throws {TypeError} naming the function. */
export function checkSession(call: string, session: unknown): void {
  if (typeof session === "object" && session !== null && "id" in session) return;
  throw new TypeError(`${call}() needs the session, as getSession() or open() gave it.`);
}

/** Refuses what is no response. @throws {TypeError} naming the function. */
export function checkResponse(call: string, response: unknown): void {
  if (typeof (response as Partial<Response> | null | undefined)?.headers?.getSetCookie === "function") return;
  throw new TypeError(`${call}() needs the response to add the cookies to.`);
}
