/** A sealed cookie for the application's own use, beside the session: for a sign-in under way, for example. */

import { createSealer } from "#seal";
import { createCodec } from "../codec/codec.js";
import {
  type CookieAttributes,
  cookieDeletion,
  cookieProblem,
  cookieWrite,
  serializeCookie,
} from "../cookie/attributes.js";
import { MAX_COOKIE_BYTES } from "../cookie/chunks.js";
import { parseCookieHeader, type RequestHeaders } from "../cookie/jar.js";
import { SessionConfigError, SessionValueError } from "../errors.js";
import { now, resync } from "../util/clock.js";
import { type Duration, MAX_LIFETIME, milliseconds } from "../util/expiry.js";
import { lazy } from "../util/lazy.js";
import { BOOLEAN, CHECKED_ELSEWHERE, checkShape, type Shape } from "../util/option-shape.js";
import { readSecrets } from "../util/secrets.js";
import { headersOf } from "./arguments.js";

/** The options of {@link sealedCookie}. */
export interface SealedCookieOptions {
  /** As the `secret` of `defineSession`; the key that is derived from it is another, so neither cookie opens as the other. */
  secret: string | readonly string[] | undefined;
  /** What the key is for. Default, and for now the only one: `"transaction"`. */
  purpose?: "transaction";
  /** The cookie's name: `__Host-sign-in`. */
  name: string;
  /** How long it opens. Default `"10m"`. */
  maxAge?: Duration;
  /** Default true. */
  secure?: boolean;
  /** Default `lax`, which a redirect back from an identity provider needs. */
  sameSite?: "lax" | "strict" | "none";
}

/** A cookie that only this application can read or make. */
export interface SealedCookie<T> {
  /**
   * The `Set-Cookie` header that holds a value: whatever a session keeps as well, but for classes of one's own.
   * @throws {SessionValueError} when it cannot be kept, or takes more than a browser keeps of one cookie (4,096 bytes).
   */
  seal(value: T): Promise<string>;
  /** The value that came with a request; undefined when it is missing, altered, sealed by another application, or expired. */
  open(request: { readonly headers: RequestHeaders }): Promise<T | undefined>;
  /** The `Set-Cookie` header that ends it: it is meant to be used once. */
  clear(): string;
}

/**
 * Makes a sealed cookie, for what has to be the same when a person comes back from an identity provider (state, nonce,
 * code verifier). Its options are checked at first use.
 */
export function sealedCookie<T>(options: SealedCookieOptions): SealedCookie<T> {
  const resolved = lazy(() => resolveSealed(options));
  return {
    async seal(value) {
      resync();
      const { sealer, attributes, maxAge } = resolved();
      const text = `${attributes.name}\n${codec().encode(new Map([[VALUE, codec().snapshot(value, VALUE)]]))}`;
      const sealed = await sealer.seal("transaction", text, now() + maxAge);
      if (attributes.name.length + sealed.length > MAX_COOKIE_BYTES) throw tooLarge();
      return serializeCookie(cookieWrite(attributes, attributes.name, sealed, maxAge / 1000));
    },
    async open(request) {
      resync();
      const { sealer, attributes } = resolved();
      const sealed = parseCookieHeader(headersOf("open", request).get("cookie")).get(attributes.name);
      if (sealed === undefined) return undefined;
      const opened = await sealer.open("transaction", sealed, now());
      if (!opened.ok) return undefined;
      const start = `${attributes.name}\n`;
      const decoded = opened.text.startsWith(start) ? codec().decode(opened.text.slice(start.length)) : undefined;
      return decoded?.ok ? (decoded.data.get(VALUE) as T | undefined) : undefined;
    },
    clear() {
      const { attributes } = resolved();
      return serializeCookie(cookieDeletion(attributes, attributes.name));
    },
  };
}

/** What holds every value: one codec, made at the first use. */
const codec = lazy(createCodec);

/** The key of the value in the cookie, by which an error names what in it cannot be kept. */
const VALUE = "value";

function tooLarge(): SessionValueError {
  return new SessionValueError(
    "too-large",
    `The value would take more than the ${MAX_COOKIE_BYTES} bytes that browsers keep of one cookie. No cookie was made: keep less in it.`,
  );
}

/** What each option may be, ranges and rules of browsers aside. */
const SHAPE: Shape<SealedCookieOptions> = {
  secret: { must: "is missing", fits: () => true },
  purpose: { must: 'must be "transaction"', fits: (value) => value === "transaction" },
  name: CHECKED_ELSEWHERE,
  maxAge: CHECKED_ELSEWHERE,
  secure: BOOLEAN,
  sameSite: CHECKED_ELSEWHERE,
};

/**
 * The options with their defaults, checked.
 * @throws {SessionConfigError} naming the option.
 */
export function resolveSealed(options: SealedCookieOptions) {
  checkShape("", options, SHAPE);
  const attributes: CookieAttributes = {
    name: options.name,
    path: "/",
    sameSite: options.sameSite ?? "lax",
    secure: options.secure ?? true,
    partitioned: false,
  };
  const problem = cookieProblem(attributes);
  if (problem) throw new SessionConfigError(problem.attribute, `${problem.text}.`);
  const maxAge = milliseconds("maxAge", options.maxAge ?? "10m", 1000, MAX_LIFETIME);
  return { sealer: createSealer(readSecrets(options.secret), options.name), attributes, maxAge };
}
