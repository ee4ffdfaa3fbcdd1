/** Requests that go on to a page or a handler, and what these see of the cookies that are set before. */

import { type NextRequest, NextResponse } from "next/server.js";
import { rewriteCookieHeader } from "../cookie/jar.js";
import { setUncached } from "../web/uncached.js";

/** What there is to know of a cookie that is set. */
export interface SetCookie {
  readonly name: string;
  readonly value?: string | undefined;
  /** There when the cookie is expired: this library sets it otherwise never. */
  readonly expires?: Date | undefined;
}

/** Whether a page or a handler answers, and not the middleware itself: with a redirect, for example. */
export function goesOn(headers: Headers): boolean {
  return headers.has("x-middleware-next") || headers.has("x-middleware-rewrite");
}

/**
 * A response with more `Set-Cookie` lines, for its browser alone.
 * @param seen the cookies that a page or a handler sees as they are set, where the response lets the request go on: pages see
 *   what the response sets, route handlers read the raw header alone.
 */
export function withLines(
  request: NextRequest,
  response: Response,
  lines: readonly string[],
  seen: readonly SetCookie[] = [],
): Response {
  // A network error has no headers, and nothing that is sent.
  if (response.type === "error") return response;
  const headers = new Headers(response.headers);
  for (const line of lines) headers.append("Set-Cookie", line);
  setUncached(headers);
  if (goesOn(headers) && seen.length > 0) overrideCookie(request, headers, seen);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

/** Overrides the request's Cookie header as `NextResponse.next({ request })` does, on top of what the handler overrode. */
function overrideCookie(request: NextRequest, headers: Headers, cookies: readonly SetCookie[]): void {
  const changes = new Map(cookies.map(({ name, value, expires }) => [name, expires ? undefined : value]));
  if (!headers.has(OVERRIDE)) {
    const inherited = NextResponse.next({ request: { headers: request.headers } }).headers;
    for (const [name, value] of inherited) if (name.startsWith("x-middleware-")) headers.set(name, value);
  }
  const cookie = rewriteCookieHeader(headers.get(OVERRIDDEN_COOKIE) ?? "", changes);
  const names = new Set((headers.get(OVERRIDE) ?? "").split(",").filter(Boolean));
  if (cookie === "") {
    names.delete("cookie");
    headers.delete(OVERRIDDEN_COOKIE);
  } else {
    names.add("cookie");
    headers.set(OVERRIDDEN_COOKIE, cookie);
  }
  headers.set(OVERRIDE, [...names].join(","));
}

/** How Next carries overridden request headers: the list of all names, and one header for each. */
const OVERRIDE = "x-middleware-override-headers";
const OVERRIDDEN_COOKIE = "x-middleware-request-cookie";
