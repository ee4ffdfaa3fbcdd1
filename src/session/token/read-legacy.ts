/** Reading the cookies of an earlier library: from a request's cookies to the session that they stand for. */

import { type CookieWrite, cookieDeletion } from "../../cookie/attributes.js";
import { decodedCookies, parseCookieHeader, type RequestHeaders } from "../../cookie/jar.js";
import { now } from "../../util/clock.js";
import type { MaybePromise } from "../../util/maybe-promise.js";
import type { LegacyCookie, LegacySession, LegacySource } from "../legacy.js";
import type { Settings } from "../settings/settings.js";

/** Whether any cookie of a source came. */
export function hasLegacyCookie(sources: readonly LegacySource[], headers: RequestHeaders): boolean {
  if (sources.length === 0) return false;
  const names = new Set(parseCookieHeader(headers.get("cookie")).names());
  return sources.some(({ cookies }) => cookies.some(({ name }) => names.has(name)));
}

/** The first session that a source knows by the request's cookies; undefined when none does. Rejects with what a source throws. */
export function readLegacy(
  sources: readonly LegacySource[],
  headers: RequestHeaders,
): MaybePromise<LegacySession | undefined> {
  return hasLegacyCookie(sources, headers) ? openFirst(sources, decodedCookies(headers.get("cookie"))) : undefined;
}

async function openFirst(
  sources: readonly LegacySource[],
  came: Readonly<Record<string, string | undefined>>,
): Promise<LegacySession | undefined> {
  for (const source of sources) {
    const own = source.cookies.filter(({ name }) => came[name] !== undefined).map(({ name }) => [name, came[name]]);
    const session = own.length > 0 ? await source.open(Object.fromEntries(own)) : undefined;
    if (session && !(session.expiresAt && session.expiresAt.getTime() <= now())) return session;
  }
  return undefined;
}

/** What makes a browser forget the cookies of sources that came with a request. */
export function expireLegacy(
  settings: Settings,
  sources: readonly LegacySource[],
  headers: RequestHeaders,
): CookieWrite[] {
  const names = new Set(parseCookieHeader(headers.get("cookie")).names());
  return sources
    .flatMap(({ cookies }) => cookies)
    .filter(({ name }) => names.has(name))
    .map((cookie) => deletionOf(settings, cookie));
}

/** A name with a prefix is only ever deleted by a cookie that keeps the prefix's rules. */
function deletionOf({ attributes }: Settings, { name, path = "/", domain }: LegacyCookie): CookieWrite {
  const secure = attributes.secure || /^__(host|secure)-/i.test(name);
  return cookieDeletion({ name, path, domain, sameSite: "lax", secure, partitioned: false }, name);
}
