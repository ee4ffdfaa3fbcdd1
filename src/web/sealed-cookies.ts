/** Sealed cookies of one's own, one for each sign-in under way: several tabs may sign in at once. */

import { type CookieWrite, cookieDeletion, cookieWrite, serializeCookie } from "../cookie/attributes.js";
import { parseCookieHeader, type RequestHeaders } from "../cookie/jar.js";
import { now, resync } from "../util/clock.js";
import { lazy } from "../util/lazy.js";
import { resolveSealed, type SealedCookieOptions } from "./sealed-cookie.js";

/** What {@link sealedCookies} needs of a request. */
type CookieRequest = { readonly headers: RequestHeaders };

/** Cookies that only this application can read or make, each under a key. */
export interface SealedCookies<T> {
  /**
   * The `Set-Cookie` headers that hold a value under a key, and those that end the oldest of this browser's cookies when
   * there would be more than five. The value has to be plain JSON and fit one cookie.
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
    const { attributes, ...rest } = resolveSealed(options);
    return { ...rest, attributes, prefix: `${attributes.name}.` };
  });
  return {
    async seal({ headers }, key, value) {
      resync();
      const { sealer, attributes, maxAge, prefix } = resolved();
      if (!isKey(key)) throw new TypeError("seal() needs a key of up to 128 letters, digits, `-` and `_`.");
      const name = prefix + key;
      const sealed = await sealer.seal("transaction", JSON.stringify([name, value]), now() + maxAge);
      // Browsers send those first that they have had longest.
      const others = namesIn(headers, prefix).filter((other) => other !== name);
      const ended = others.slice(0, Math.max(others.length + 1 - MAX_COOKIES, 0)).slice(0, MAX_DELETIONS);
      const written: CookieWrite[] = ended.map((other) => cookieDeletion(attributes, other));
      return [...written, cookieWrite(attributes, name, sealed, maxAge / 1000)].map(serializeCookie);
    },
    async open({ headers }, key) {
      resync();
      const { sealer, prefix } = resolved();
      if (!isKey(key)) return undefined;
      const sealed = parseCookieHeader(headers.get("cookie")).get(prefix + key);
      if (sealed === undefined) return undefined;
      const opened = await sealer.open("transaction", sealed, now());
      if (!opened.ok) return undefined;
      const [name, value] = JSON.parse(opened.text) as [string, T];
      return name === prefix + key ? value : undefined;
    },
    clear(key) {
      const { attributes, prefix } = resolved();
      if (!isKey(key)) throw new TypeError("clear() needs a key of up to 128 letters, digits, `-` and `_`.");
      return serializeCookie(cookieDeletion(attributes, prefix + key));
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
