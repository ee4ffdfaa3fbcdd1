/** Sealed cookies of one's own, one for each sign-in under way: several tabs may sign in at once. */

import { cookieDeletion, serializeCookie } from "../cookie/attributes.js";
import { parseCookieHeader, type RequestHeaders } from "../cookie/jar.js";
import { lazy } from "../util/lazy.js";
import { headersOf } from "./arguments.js";
import { openValue, resolveSealed, type SealedCookieOptions, sealValue } from "./sealed-cookie.js";

/** What {@link sealedCookies} needs of a request. */
type CookieRequest = { readonly headers: RequestHeaders };

/** Cookies that only this application can read or make, each under a key. */
export interface SealedCookies<T> {
  /**
   * The `Set-Cookie` headers that hold a value under a key, and those that end the oldest of this browser's cookies when
   * there would be more than five. The value is anything that a session keeps, and has to fit one cookie.
   * @param key the `state` of a sign-in, for example: up to 128 letters, digits, `-` and `_`.
   * @throws {TypeError} for any other key.
   */
  seal(request: CookieRequest, key: string, value: T): Promise<readonly string[]>;
  /**
   * The value under a key that came with a request; undefined when it is missing, altered, sealed by another application,
   * or expired.
   * @param key what the request says: null and what can be no key open nothing.
   */
  open(request: CookieRequest, key: string | null | undefined): Promise<T | undefined>;
  /** The `Set-Cookie` header that ends the one under a key: it is meant to be used once. */
  clear(key: string): string;
}

/** The most at a time: one for each tab in which a sign-in has begun. Each may take some 500 bytes of every request. */
const MAX_COOKIES = 5;

/** So many are ended by one response: a deletion takes some 130 bytes of a head that proxies bound. */
const MAX_DELETIONS = 8;

/** What an identity provider hands back as `state`, and a cookie's name may hold. */
const KEY = /^[\w-]{1,128}$/;

/**
 * Makes sealed cookies, one for each transaction: what has to be the same when a person comes back from an identity
 * provider, by its `state`. With {@link sealedCookie} the second tab that signs in would overwrite what the first needs.
 * Its options are checked at first use; `name` is what the cookies' names begin with.
 *
 * @example
 * ```ts
 * import { sealedCookies } from "spillway/web";
 * const transactions = sealedCookies<{ nonce: string }>({ secret: process.env.SESSION_SECRET, name: "__Host-sign-in" });
 * ```
 */
export function sealedCookies<T>(options: SealedCookieOptions): SealedCookies<T> {
  const resolved = lazy(() => {
    const settings = resolveSealed(options);
    return { settings, prefix: `${settings.attributes.name}.` };
  });
  return {
    async seal(request, key, value) {
      if (!isKey(key)) throw new TypeError("seal() needs a key of up to 128 letters, digits, `-` and `_`.");
      const { settings, prefix } = resolved();
      const written = await sealValue(settings, prefix + key, value);
      // Browsers send those first that they have had longest.
      const others = namesIn(headersOf("seal", request), prefix).filter((other) => other !== written.name);
      const ended = others.slice(0, Math.max(others.length + 1 - MAX_COOKIES, 0)).slice(0, MAX_DELETIONS);
      return [...ended.map((other) => cookieDeletion(settings.attributes, other)), written].map(serializeCookie);
    },
    async open(request, key) {
      if (!isKey(key)) return undefined;
      const { settings, prefix } = resolved();
      return (await openValue(settings, prefix + key, headersOf("open", request))) as T | undefined;
    },
    clear(key) {
      const { settings, prefix } = resolved();
      if (!isKey(key)) throw new TypeError("clear() needs a key of up to 128 letters, digits, `-` and `_`.");
      return serializeCookie(cookieDeletion(settings.attributes, prefix + key));
    },
  };
}

function isKey(key: unknown): key is string {
  return typeof key === "string" && KEY.test(key);
}

function namesIn(headers: RequestHeaders, prefix: string): string[] {
  const names = [...parseCookieHeader(headers.get("cookie")).names()];
  return names.filter((name) => name.startsWith(prefix) && isKey(name.slice(prefix.length)));
}
