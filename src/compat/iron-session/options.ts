/** The options of iron-session, and what they are for Spillway. */

import { SessionConfigError } from "../../errors.js";
import {
  defineSession,
  type CookieOptions as OwnCookieOptions,
  type SessionDefinition,
} from "../../session/options.js";
import type { ServerOptions } from "../../session/settings/server-options.js";
import { MAX_LIFETIME } from "../../util/expiry.js";
import { type Password, ringOf, type UnsealErrorReason } from "./open-seal.js";

/** The attributes of a cookie, as iron-session takes them. */
export interface CookieOptions {
  domain?: string | undefined;
  path?: string | undefined;
  /** Default true. */
  secure?: boolean | undefined;
  /** Default `lax`. */
  sameSite?: boolean | "lax" | "strict" | "none" | undefined;
  /** Seconds that a session lives without being saved, when that is less than `ttl`. Given as undefined: until the browser closes. */
  maxAge?: number | undefined;
  partitioned?: boolean | undefined;
  priority?: "low" | "medium" | "high" | undefined;
  /** Taken and ignored: a session's cookie is always `HttpOnly`. */
  httpOnly?: boolean | undefined;
  /** Taken and ignored: sealed deadlines decide. */
  expires?: Date | undefined;
  /** Taken and ignored: a sealed value needs no encoding. */
  encode?: ((value: string) => string) | undefined;
}

/** The options of `getIronSession`. */
export interface SessionOptions {
  /** The cookie's name. */
  cookieName: string;
  /** At least 32 characters; or several by their ids, of which the highest seals: `{ 1: "…", 2: "…" }`. */
  password: Password;
  /** Seconds that a session lives after it was last saved; 0: as long as browsers keep a cookie (400 days). Default 14 days. */
  ttl?: number;
  /** The cookie's attributes. */
  cookieOptions?: CookieOptions;
  /** Called when a cookie that came is no session, before the session is an empty one. */
  onUnsealError?: (reason: UnsealErrorReason, error: unknown) => void;
  /** Taken and ignored: a session that is too large for one cookie takes several, and with `server` it spills over. */
  chunk?: boolean;
  /** The store and the cache that sessions spill over to, and all else that `createSessions` takes. Default none. */
  server?: ServerOptions;
}

/** Fourteen days, in seconds. */
export const DEFAULT_TTL = 14 * 24 * 60 * 60;

/** iron-session demands as much of a password. */
const MIN_PASSWORD = 32;

/**
 * The password or the ring, when it is one.
 * @throws {SessionConfigError} `password`.
 */
export function checkPassword(password: Password | undefined): Password {
  const ring = typeof password === "object" && password !== null ? Object.entries(password) : [["1", password]];
  const fits = ([id, one]: readonly unknown[]) =>
    Number.isInteger(Number(id)) && typeof one === "string" && one.length >= MIN_PASSWORD;
  if (password !== undefined && ring.length > 0 && ring.every(fits)) return password;
  throw new SessionConfigError(
    "password",
    `must have at least ${MIN_PASSWORD} characters, or be such passwords by whole numbers: { 1: "…", 2: "…" }.`,
  );
}

/**
 * The sessions of these options as a definition of Spillway's: what `getIronSession` writes, `createSessions` of it reads, and
 * the other way round. So an application can be moved file by file.
 *
 * @example
 * ```ts
 * import { createSessions } from "spillway/next";
 * import { definitionOf } from "spillway/compat/iron-session";
 * const options = { cookieName: "my-app", password: process.env.IRON_PASSWORD ?? "" };
 * export const { getSession, withSession } = createSessions(definitionOf<{ visits?: number }>(options));
 * ```
 * @throws {SessionConfigError} `cookieName` or `password`.
 */
export function definitionOf<Data extends object = Record<string, unknown>>(
  options: SessionOptions,
): SessionDefinition<Data> {
  const { cookieName, cookieOptions = {}, ttl = DEFAULT_TTL } = options;
  if (!cookieName) throw new SessionConfigError("cookieName", "is missing: give the session's cookie a name.");
  const ring = ringOf(checkPassword(options.password));
  const newestFirst = Object.keys(ring).sort((a, b) => Number(b) - Number(a));
  const { maxAge = Number.POSITIVE_INFINITY } = cookieOptions;
  const seconds = Math.min(ttl || Number.POSITIVE_INFINITY, maxAge, MAX_LIFETIME / 1000);
  return defineSession<Data>({
    secret: newestFirst.map((id) => ring[id] as string),
    cookie: attributesOf(cookieName, cookieOptions),
    idleTimeout: seconds,
    lifetime: MAX_LIFETIME / 1000,
  });
}

function attributesOf(name: string, options: CookieOptions): OwnCookieOptions {
  const { domain, path, secure = true, sameSite = "lax", partitioned, priority } = options;
  const own: OwnCookieOptions = {
    name,
    secure,
    sameSite: typeof sameSite === "boolean" ? (sameSite ? "strict" : "lax") : sameSite,
    persistent: !("maxAge" in options) || options.maxAge !== undefined,
  };
  if (domain !== undefined) own.domain = domain;
  if (path !== undefined) own.path = path;
  if (partitioned !== undefined) own.partitioned = partitioned;
  if (priority !== undefined) own.priority = priority;
  return own;
}
