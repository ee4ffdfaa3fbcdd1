/** What is said about a cookie in `Set-Cookie`, and which of it browsers accept. */

import { stringifySetCookie } from "cookie";

/** The attributes of a cookie. `HttpOnly` is not among them: it is always set. */
export interface CookieAttributes {
  /** The cookie's name; with chunks, the head's. */
  readonly name: string;
  /** The path on which the browser sends it. */
  readonly path: string;
  /** The domain that shares it with its subdomains. Undefined: only the host that set it. */
  readonly domain?: string | undefined;
  /** Whether the browser sends it along with requests that other sites cause. */
  readonly sameSite: "lax" | "strict" | "none";
  /** Whether the browser sends it over https only. */
  readonly secure: boolean;
  /** Whether the browser keeps one for each top-level site (CHIPS). */
  readonly partitioned: boolean;
  /** Which cookies Chromium drops first when a site has too many. Undefined: medium. */
  readonly priority?: "low" | "medium" | "high" | undefined;
}

/** One cookie to set, in the form that `cookies().set()` of Next takes as well. */
export interface CookieWrite extends CookieAttributes {
  readonly value: string;
  readonly httpOnly: true;
  /** Seconds that the browser keeps it. Undefined, and without `expires`: until the browser closes. */
  readonly maxAge?: number;
  /** Set by a deletion only: the beginning of 1970. */
  readonly expires?: Date;
}

/** What is wrong with {@link CookieAttributes}. */
export interface CookieProblem {
  /** The attribute at fault. */
  readonly attribute: keyof CookieAttributes;
  /** What is wrong with it and what to do, as the rest of a sentence that names it. */
  readonly text: string;
}

/** How long browsers keep a cookie at most: 400 days, in seconds (RFC 6265bis, section 5.5). */
export const MAX_COOKIE_AGE = 400 * 24 * 60 * 60;

/** The longest name that is accepted, in characters. A session's names count against the size of its cookies. */
const MAX_NAME = 100;

/**
 * A cookie to set.
 *
 * @param attributes What the session's cookies have in common.
 * @param name The name, where it is not that of the attributes (a chunk's).
 * @param value Of characters that need no encoding (`[A-Za-z0-9_.~*-]`): Next decodes some values twice.
 * @param maxAge Seconds; cut to whole ones, from 1 to {@link MAX_COOKIE_AGE}. Undefined: until the browser closes.
 */
export function cookieWrite(attributes: CookieAttributes, name: string, value: string, maxAge?: number): CookieWrite {
  if (maxAge === undefined) return withAttributes(attributes, name, value);
  const seconds = Math.min(Math.max(Math.floor(maxAge), 1), MAX_COOKIE_AGE);
  return Object.assign(withAttributes(attributes, name, value), { maxAge: seconds });
}

/**
 * What makes the browser forget a cookie: the same attributes, an empty value, and `Expires` in 1970. Not
 * `Max-Age=0`, which Next loses when it merges a handler's own `Set-Cookie`.
 *
 * @param attributes As it was set: a browser tells cookies apart by name, domain, path and partition, and refuses a
 *   deletion that breaks the rules of `__Host-` and `__Secure-`.
 * @param name The name, where it is not that of the attributes (a chunk's).
 */
export function cookieDeletion(attributes: CookieAttributes, name: string): CookieWrite {
  return Object.assign(withAttributes(attributes, name, ""), { expires: new Date(0) });
}

/** Field by field: a spread of which one field is replaced takes V8 fifty times as long. */
function withAttributes(attributes: CookieAttributes, name: string, value: string): CookieWrite {
  const { path, domain, sameSite, secure, partitioned, priority } = attributes;
  return { name, value, path, domain, sameSite, secure, partitioned, priority, httpOnly: true };
}

/**
 * A cookie as the value of one `Set-Cookie` header.
 *
 * @throws TypeError for attributes with a problem.
 */
export function serializeCookie(write: CookieWrite): string {
  const age = write.maxAge === undefined ? "" : `; Max-Age=${write.maxAge}`;
  return `${write.name}=${write.value}${age}${serializeAttributes(write)}`;
}

/** Attributes as text, by what they are. An application has a few combinations, which never change. */
const serialized = new Map<string, string>();

/** More than any application has. What is beyond, as when options are made anew for each request, is not kept. */
const MAX_SERIALIZED = 100;

/** All but the age as npm `cookie` writes it, each combination once: it takes a sixth of a commit to do it each time. */
function serializeAttributes(write: CookieWrite): string {
  const { path, domain, sameSite, secure, partitioned, priority, expires } = write;
  const key = `${path}\n${domain}\n${sameSite}\n${secure}\n${partitioned}\n${priority}\n${expires?.getTime()}`;
  const known = serialized.get(key);
  if (known !== undefined) return known;
  const { name: _name, value: _value, maxAge: _maxAge, ...attributes } = write;
  const given = Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
  const text = stringifySetCookie({ ...given, name: "name", value: "" }).slice("name=".length);
  if (serialized.size < MAX_SERIALIZED) serialized.set(key, text);
  return text;
}

/** A token of RFC 9110: what a name may consist of. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
/** Printable ASCII from a slash on, without what would end the attribute or what npm `cookie` refuses. */
const PATH = /^\/[\x20-\x3a\x3d-\x7e]*$/;
const DOMAIN = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/**
 * Finds the first reason for which a browser would drop these cookies, or for which they cannot be written.
 *
 * @param attributes Also of another type than they should be, as they may come from JavaScript.
 * @returns Undefined when there is none.
 */
export function cookieProblem(attributes: CookieAttributes): CookieProblem | undefined {
  const { name, path, domain, sameSite, secure, partitioned, priority } = attributes;
  for (const { attribute, text, found } of [
    {
      attribute: "name",
      found: typeof name !== "string" || !TOKEN.test(name) || name.length > MAX_NAME,
      text: `must be 1 to ${MAX_NAME} characters, of letters, digits and !#$%&'*+-.^_\`|~`,
    },
    {
      attribute: "path",
      found: typeof path !== "string" || !PATH.test(path),
      text: 'must start with "/" and be of printable ASCII, without ";" and "<"',
    },
    {
      attribute: "domain",
      found: domain !== undefined && (typeof domain !== "string" || !DOMAIN.test(domain)),
      text: 'must be a host name such as "example.com", without scheme, port and leading dot',
    },
    {
      attribute: "sameSite",
      found: !["lax", "strict", "none"].includes(sameSite),
      text: 'must be "lax", "strict" or "none"',
    },
    { attribute: "secure", found: typeof secure !== "boolean", text: "must be true or false" },
    { attribute: "partitioned", found: typeof partitioned !== "boolean", text: "must be true or false" },
    {
      attribute: "priority",
      found: priority !== undefined && !["low", "medium", "high"].includes(priority),
      text: 'must be "low", "medium" or "high"',
    },
    ...prefixProblems(attributes),
    {
      attribute: "secure",
      found: !secure && sameSite === "none",
      text: 'must be true with sameSite "none": browsers drop such a cookie otherwise',
    },
    {
      attribute: "secure",
      found: !secure && partitioned,
      text: "must be true with partitioned: browsers drop such a cookie otherwise",
    },
  ] as const) {
    if (found) return { attribute, text };
  }
  return undefined;
}

/** The prefixes of RFC 6265bis, section 4.1.3. Browsers compare them without regard to case. */
function prefixProblems({ name, path, domain, secure }: CookieAttributes) {
  const [prefix] = /^__(host|secure|http)-/i.exec(String(name)) ?? [""];
  const host = prefix.toLowerCase() === "__host-";
  return [
    {
      attribute: "secure",
      found: prefix !== "" && !secure,
      text: `must be true for a name that starts with ${prefix}: use a plain name without Secure`,
    },
    { attribute: "path", found: host && path !== "/", text: `must be "/" for a name that starts with ${prefix}` },
    {
      attribute: "domain",
      found: host && domain !== undefined,
      text: `must not be set for a name that starts with ${prefix}: use the prefix __Secure- to share it with subdomains`,
    },
  ] as const;
}
