/** The middleware: verifies the session cookie and slides its expiry, at the edge, without a store. A convenience, never the guard. */

import { type NextFetchEvent, type NextRequest, NextResponse } from "next/server.js";
import { type CookieWrite, serializeCookie } from "../cookie/attributes.js";
import { SessionConfigError } from "../errors.js";
import { expireFlash, junkNames } from "../flash/flash.js";
import { receiptOf } from "../flash/flash-receipt.js";
import type { LegacySession } from "../session/legacy.js";
import type { SessionDefinition } from "../session/options.js";
import { isBuilding, refuseOther, type Settings, settingsOf } from "../session/settings/settings.js";
import { isDocument } from "../session/token/document.js";
import { type PresentedToken, readSessionCookies } from "../session/token/read-cookies.js";
import { readLegacy } from "../session/token/read-legacy.js";
import { expireVariants } from "../session/token/variants.js";
import { expireSessionCookies, slide } from "../session/token/write-cookies.js";
import { resync } from "../util/clock.js";
import { goesOn, withLines } from "./go-on.js";

/** What the cookies alone say of a request's session. `getSession()` decides everything again. */
export interface SessionClaims {
  /** Whether there is a session whose deadlines have not passed: ours, or one that is to be taken over (`legacy`). */
  readonly active: boolean;
  /** Whether a user is signed in. */
  readonly userBound: boolean;
  /** The absolute deadline. */
  readonly expiresAt: Date | undefined;
  /** The idle deadline. */
  readonly idleExpiresAt: Date | undefined;
}

/** A response, or nothing to go on (`void` so that a handler need not return anything). */
type HandlerResult = Response | null | undefined | void;

/** Any other middleware: gets the request and the claims, and returns a response, or nothing to go on. */
export type SessionMiddlewareHandler = (
  request: NextRequest,
  claims: SessionClaims,
  event: NextFetchEvent,
) => HandlerResult | Promise<HandlerResult>;

/**
 * Makes the application's middleware.
 *
 * @example
 * ```ts
 * import { createSessionMiddleware } from "spillway/next/middleware";
 * export const middleware = createSessionMiddleware(sessionOptions, (request, claims) => {
 *   if (!claims.userBound && request.nextUrl.pathname.startsWith("/account"))
 *     return NextResponse.redirect(new URL("/login", request.url));
 * });
 * ```
 * @throws {SessionConfigError} when `definition` is not made by `defineSession`, or `handler` is no function; the options of
 *   the definition are checked by the first request.
 */
export function createSessionMiddleware<Data extends object, Flash extends object>(
  definition: SessionDefinition<Data, Flash>,
  handler?: SessionMiddlewareHandler,
): (request: NextRequest, event: NextFetchEvent) => Promise<Response> {
  if (!isBuilding()) refuseWrong(definition, handler);
  return async (request, event) => {
    resync();
    const settings = settingsOf(definition);
    const receipt = request.method === "GET" && receiptOf(settings, request.nextUrl, request.headers);
    if (receipt) return withLines(request, new Response(null, { status: 204 }), receipt.map(serializeCookie));
    const opened = await readSessionCookies(settings, request.headers);
    const legacy = opened.token ? undefined : await readLegacy(settings.legacy, request.headers);
    const { claims, wereRead } = claimsOf(opened, legacy);
    const response = (await handler?.(request, claims, event)) ?? NextResponse.next();
    // What is to be taken over may have the name of ours, and is no cookie of ours that cannot be opened.
    const cookies = legacy ? [] : await sessionCookies(settings, opened, request);
    const junk = isPage(request) && goesOn(response.headers) ? await junkFlash(settings, request) : [];
    // A redirect, a rewrite or an answer that may depend on the claims is private. A page decides for itself.
    const isPersonal = wereRead() && !response.headers.has("x-middleware-next");
    if (cookies.length === 0 && junk.length === 0 && !isPersonal) return response;
    // Flash messages stay in the request as they came.
    return withLines(request, response, [...cookies, ...junk].map(serializeCookie), cookies);
  };
}

function refuseWrong(definition: unknown, handler: unknown): void {
  refuseOther(definition);
  if (handler === undefined || typeof handler === "function") return;
  throw new SessionConfigError("handler", "must be a function of the request and its claims, or left out.");
}

/** The claims, and whether the handler has looked at any of them. */
function claimsOf(
  { token, idleExpiresAt }: PresentedToken,
  legacy: LegacySession | undefined,
): { claims: SessionClaims; wereRead: () => boolean } {
  let isRead = false;
  const read = <T>(claim: T): T => {
    isRead = true;
    return claim;
  };
  const claims: SessionClaims = {
    get active() {
      return read(token !== undefined || legacy !== undefined);
    },
    get userBound() {
      return read((token ?? legacy)?.userId !== undefined);
    },
    get expiresAt() {
      return read(token ? new Date(token.expiresAt) : legacy?.expiresAt);
    },
    get idleExpiresAt() {
      return read(token ? new Date(idleExpiresAt) : legacy?.expiresAt);
    },
  };
  return { claims, wereRead: () => isRead };
}

/**
 * The cookies that the response sets: those that cannot be opened are expired with a document alone. The answer to a
 * request in the background may come after that of a login, and would take away what the login has set. A visitor's cookie
 * beside a user's is left alone: only the server knows whether the user's session is one.
 */
async function sessionCookies(
  settings: Settings,
  opened: PresentedToken,
  request: NextRequest,
): Promise<CookieWrite[]> {
  const slid = await slide(settings, opened);
  const cookies = slid ? [slid.cookie] : [];
  if (!isPage(request) || opened.rejected === undefined) return cookies;
  const variants = expireVariants(settings.attributes, opened.ambiguous, request.headers);
  const expired = expireSessionCookies(settings, [...opened.ambiguous, ...opened.dead]);
  return [...variants, ...expired, ...cookies];
}

/** Messages stay until a page has shown them, which the middleware cannot know: only what holds none is expired here. */
async function junkFlash(settings: Settings, { headers }: NextRequest): Promise<CookieWrite[]> {
  return expireFlash(settings, await junkNames(settings, headers));
}

/** A page that a person opens now. */
function isPage({ method, headers }: NextRequest): boolean {
  return method === "GET" && isDocument(headers);
}
