/** Reading the cookies of an earlier library: from a request's cookies to the session that they stand for. */

import { type CookieWrite, cookieDeletion } from "../../cookie/attributes.js";
import { decodedCookies, parseCookieHeader, type RequestHeaders } from "../../cookie/jar.js";
import { SessionStoreError } from "../../errors.js";
import { now } from "../../util/clock.js";
import type { MaybePromise } from "../../util/maybe-promise.js";
import type { LegacyCookie, LegacySession, LegacySource } from "../legacy.js";
import type { Settings } from "../settings/settings.js";

/** A session of an earlier library that came with a request. */
export interface FoundLegacy {
  readonly session: LegacySession;
  readonly source: LegacySource;
}

/** Whether any cookie of a source came. */
export function hasLegacyCookie(sources: readonly LegacySource[], headers: RequestHeaders): boolean {
  if (sources.length === 0) return false;
  const names = new Set(parseCookieHeader(headers.get("cookie")).names());
  return sources.some(({ cookies }) => cookies.some(({ name }) => names.has(name)));
}

/**
 * The first session that a source knows by the request's cookies; undefined when none does.
 * @param redact what may be told of the error of a source. Left out by the middleware, where it takes as much room as all the
 *   cryptography: its error has no cause.
 * @throws {SessionStoreError} when a source fails: that is no logout.
 */
export function readLegacy(
  sources: readonly LegacySource[],
  headers: RequestHeaders,
  redact?: Redact,
): MaybePromise<FoundLegacy | undefined> {
  if (!hasLegacyCookie(sources, headers)) return undefined;
  return openFirst(sources, decodedCookies(headers.get("cookie")), redact);
}

type Redact = (thrown: unknown) => Error;

async function openFirst(
  sources: readonly LegacySource[],
  came: Readonly<Record<string, string | undefined>>,
  redact: Redact | undefined,
): Promise<FoundLegacy | undefined> {
  for (const source of sources) {
    const own = source.cookies.filter(({ name }) => came[name] !== undefined).map(({ name }) => [name, came[name]]);
    const session = own.length > 0 ? await open(source, Object.fromEntries(own), redact) : undefined;
    if (session && !(session.expiresAt && session.expiresAt.getTime() <= now())) return { session, source };
  }
  return undefined;
}

async function open(
  source: LegacySource,
  cookies: Record<string, string>,
  redact: Redact | undefined,
): Promise<LegacySession | undefined> {
  try {
    return await source.open(cookies);
  } catch (error) {
    throw new SessionStoreError(
      "store",
      "A source of `legacy` could not open the session of the earlier library. Nobody was signed out; try again.",
      "failed",
      redact && { cause: redact(error) },
    );
  }
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
