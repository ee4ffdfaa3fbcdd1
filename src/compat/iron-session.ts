/**
 * Coming from iron-session: `getIronSession`, `sealData` and `unsealData` of its shape over Spillway, for an application that
 * is moved file by file; and `ironSession`, which takes its sessions over.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { type CookieJar, type CookieStore, nodeCookies, storeCookies, webCookies } from "./iron-session/jars.js";
import type { SessionOptions } from "./iron-session/options.js";
import { type IronSession, openIronSession } from "./iron-session/session.js";

export { type CookieJar, type CookieStore, nextProxyCookies, nodeCookies, webCookies } from "./iron-session/jars.js";
export { type IronSessionSource, ironSession } from "./iron-session/legacy.js";
export type { Password, UnsealErrorReason } from "./iron-session/open-seal.js";
export { type CookieOptions, definitionOf, type SessionOptions } from "./iron-session/options.js";
export { sealData, unsealData } from "./iron-session/seal-data.js";
export type { IronSession } from "./iron-session/session.js";

/**
 * The session of a request, as `getIronSession` of iron-session gives it: an object of its values, which `save()` commits. A
 * cookie that iron-session has sealed under the same name and password is opened as well, and is Spillway's after the next `save()`:
 * nobody is signed out.
 *
 * @example
 * ```ts
 * import { cookies } from "next/headers";
 * import { getIronSession } from "spillway/compat/iron-session";
 * const options = { cookieName: "my-app", password: process.env.IRON_PASSWORD ?? "" };
 * const session = await getIronSession<{ visits?: number }>(await cookies(), options);
 * session.visits = (session.visits ?? 0) + 1;
 * await session.save();
 * ```
 * @throws {SessionConfigError} `cookieName` or `password`.
 * @throws {SessionStoreError} when the server holds the session and cannot be reached.
 */
export function getIronSession<T extends object>(
  cookies: CookieStore | CookieJar,
  options: SessionOptions,
): Promise<IronSession<T>>;
export function getIronSession<T extends object>(
  request: IncomingMessage | Request,
  response: Response | ServerResponse,
  options: SessionOptions,
): Promise<IronSession<T>>;
export async function getIronSession<T extends object>(
  first: CookieStore | CookieJar | IncomingMessage | Request,
  second: SessionOptions | Response | ServerResponse,
  options?: SessionOptions,
): Promise<IronSession<T>> {
  if (!first || !second) throw badUse();
  if (options) return openIronSession(requestJar(first, second), options);
  if ("read" in first && "write" in first) return openIronSession(first as CookieJar, second as SessionOptions);
  if ("get" in first && "set" in first) return openIronSession(storeCookies(first), second as SessionOptions);
  throw badUse();
}

function requestJar(request: object, response: object): CookieJar {
  return isWeb(request)
    ? webCookies(request, response as Response)
    : nodeCookies(request as IncomingMessage, response as ServerResponse);
}

function isWeb(request: object): request is Request {
  return typeof (request as Partial<Request>).headers?.get === "function";
}

function badUse(): TypeError {
  return new TypeError("getIronSession() takes (await cookies(), options), or (request, response, options).");
}
