/** A sealed cookie for the application's own use, beside the session: for a sign-in under way, for example. */

import { createSealer } from "#seal";
import { createCodec } from "../codec/codec.js";
import {
  type CookieAttributes,
  type CookieWrite,
  cookieDeletion,
  cookieProblem,
  cookieWrite,
  serializeCookie,
} from "../cookie/attributes.js";
import { MAX_COOKIE_BYTES } from "../cookie/chunks.js";
import { parseCookieHeader, type RequestHeaders } from "../cookie/jar.js";
import type { Sealer } from "../cookie/sealer.js";
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
      return serializeCookie(await sealValue(resolved(), resolved().attributes.name, value));
    },
    async open(request) {
      return (await openValue(resolved(), resolved().attributes.name, headersOf("open", request))) as T | undefined;
    },
    clear() {
      const { attributes } = resolved();
      return serializeCookie(cookieDeletion(attributes, attributes.name));
    },
  };
}

/**
 * The cookie that holds a value under a name.
 * @throws {SessionValueError} when the value cannot be kept, or takes more than a browser keeps of one cookie.
 */
export async function sealValue(settings: SealedSettings, name: string, value: unknown): Promise<CookieWrite> {
  resync();
  const { sealer, attributes, maxAge } = settings;
  const text = `${name}\n${codec().encode(new Map([[VALUE, codec().snapshot(value, VALUE)]]))}`;
  const sealed = await sealer.seal("transaction", text, now() + maxAge);
  if (name.length + sealed.length > MAX_COOKIE_BYTES) throw tooLarge();
  return cookieWrite(attributes, name, sealed, maxAge / 1000);
}

/** The value of a cookie of a name; undefined when it is missing, altered, of another name, sealed elsewhere, or expired. */
export async function openValue({ sealer }: SealedSettings, name: string, headers: RequestHeaders): Promise<unknown> {
  resync();
  const sealed = parseCookieHeader(headers.get("cookie")).get(name);
  const opened = sealed === undefined ? undefined : await sealer.open("transaction", sealed, now());
  const start = `${name}\n`;
  if (!opened?.ok || !opened.text.startsWith(start)) return undefined;
  const decoded = codec().decode(opened.text.slice(start.length));
  return decoded.ok ? decoded.data.get(VALUE) : undefined;
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

/** The options of a sealed cookie, resolved. */
export interface SealedSettings {
  readonly sealer: Sealer;
  readonly attributes: CookieAttributes;
  /** Milliseconds. */
  readonly maxAge: number;
}

/**
 * The options with their defaults, checked.
 * @throws {SessionConfigError} naming the option.
 */
export function resolveSealed(options: SealedCookieOptions): SealedSettings {
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
