/** What the cookies of a request hold, or why they are no session: for a person who looks into it, never for a request. */

import { byteLength, createSealer } from "#seal";
import { joinValue } from "../cookie/chunks.js";
import { parseCookieHeader } from "../cookie/jar.js";
import type { RejectionReason } from "../events.js";
import { type CookieOptions, OPTIONS, type SessionDefinition } from "../session/options.js";
import { type CompleteSettings, completeSettingsOf } from "../session/settings/complete-settings.js";
import { readAttributes } from "../session/settings/cookie-settings.js";
import type { Settings } from "../session/settings/settings.js";
import { cookieName, type Kind, kindOf } from "../session/token/kinds.js";
import { readSessionCookies } from "../session/token/read-cookies.js";
import { decodeToken, type Token } from "../session/token/token.js";
import { readSecrets } from "../util/secrets.js";

/** How {@link inspectCookies} goes about it. */
export interface InspectOptions {
  /** Whether to hand over the values themselves, and not only their keys and sizes. Default false. */
  readonly values?: boolean;
}

/** One value of a session. */
export interface InspectedValue {
  /** The session key. */
  readonly key: string;
  /** Bytes of its encoded form. */
  readonly bytes: number;
  /** The value itself, where `values` was asked for. */
  readonly value?: unknown;
}

/** What {@link inspectCookies} found. Neither an id nor a sealed text is in it. */
export interface CookieInspection {
  /** Whether the cookies are a session, as far as the cookies alone can tell: the server may have ended it. */
  readonly accepted: boolean;
  /** Why the cookies are no session; undefined when they are one, or when there is no session cookie at all. */
  readonly reason: RejectionReason | undefined;
  /** The session's cookies that came, and the bytes of name and value. */
  readonly cookies: readonly { readonly name: string; readonly bytes: number }[];
  /** The names of cookies that another environment's session has, as that of `next dev` beside production's: not opened. */
  readonly beside: readonly string[];
  /** The place of the secret that sealed it, 0 for the one that seals now; undefined when none of the ring did. */
  readonly secret: number | undefined;
  /** What the cookie says; undefined when it cannot be opened. An expired cookie is opened all the same. */
  readonly content: InspectedContent | undefined;
}

/** The content of a session cookie. */
export interface InspectedContent {
  /** Where the values are: in the cookie, on the server, or in both while the session returns into the cookie. */
  readonly placement: "cookie" | "server" | "both";
  /** The row's public handle and the lowest version that this browser may see, for a session that the server knows. */
  readonly row: { readonly handle: string; readonly version: number } | undefined;
  readonly userId: string | undefined;
  readonly authenticatedAt: Date | undefined;
  readonly sealedAt: Date;
  /** The absolute deadline. */
  readonly expiresAt: Date;
  /** The idle deadline, as the activity cookie extends it. */
  readonly idleExpiresAt: Date;
  /** Whether the cookie outlives the browser. */
  readonly persistent: boolean;
  /** Whether `start({ secure: true })` bound it to HTTPS. */
  readonly secureOnly: boolean;
  /** Whether it is bound to a user agent or an address, which is not compared here. */
  readonly bound: boolean;
  /** The values that the cookie holds; undefined when it holds none, or when they cannot be decoded. */
  readonly values: readonly InspectedValue[] | undefined;
  /** Why there are no values although the cookie holds some. */
  readonly unreadable: string | undefined;
}

/**
 * Opens the cookies of a request with the secrets of a definition. Nothing is loaded, written or extended.
 *
 * @param cookies a `Cookie` header, with or without its name, or the value of the session cookie by itself.
 */
export async function inspectCookies<Data extends object, Flash extends object>(
  definition: SessionDefinition<Data, Flash>,
  cookies: string,
  options: InspectOptions = {},
): Promise<CookieInspection> {
  const settings = completeSettingsOf(definition);
  const secrets = readSecrets(definition[OPTIONS]().secret);
  const text = cookies.trim().replace(/^cookie:\s*/i, "");
  const given = parseCookieHeader(text);
  const names = namesOf(settings.attributes.name, definition[OPTIONS]().cookie ?? {}, secrets[0] ?? "");
  const sent = names.filter((name) => [...given.names()].some((one) => suffixOf(name, one) !== undefined));
  const head = sent[0] ?? settings.attributes.name;
  const isBare = BARE_VALUE.test(text);
  const bare = isBare ? await unseal(settings, secrets, text) : undefined;
  const nameOf = (kind: Kind) => cookieName(settings.attributes.name, kind);
  const header = isBare
    ? `${nameOf(bare ? kindOf(bare.token) : "visitor")}=${text}`
    : underName(settings.attributes.name, head, text);
  const jar = parseCookieHeader(header);
  const opened = await readSessionCookies(settings, new Headers({ cookie: header }));
  // Where neither of the two is a session, the user's is the one that is missed.
  const kind = opened.token ? kindOf(opened.token) : jar.all(nameOf("user")).length > 0 ? "user" : "visitor";
  const joined = joinValue(jar, nameOf(kind));
  const found = joined.ok ? await unseal(settings, secrets, joined.value) : undefined;
  // Which device sent it is not known here: what is bound to one is told as such, and not refused.
  const reason = opened.token || opened.rejected === "binding" ? undefined : opened.rejected;
  return {
    accepted: joined.ok && reason === undefined,
    reason,
    cookies: opened.present.map((name) => {
      const own = `${head}${name.slice(settings.attributes.name.length)}`;
      return { name: own, bytes: own.length + (jar.get(name)?.length ?? 0) };
    }),
    beside: [...given.names()].filter((one) => sent.slice(1).some((name) => suffixOf(name, one) !== undefined)),
    secret: found?.secret,
    content: found && contentOf(settings, found.token, opened.idleExpiresAt, options),
  };
}

/** A value without its name. */
const BARE_VALUE = /^(Fe26\.2\*|~\d)[^=;]*$/;

/** The names that the cookie may have come by: the definition's own first, then production's and those of `next dev`. */
function namesOf(name: string, cookie: CookieOptions, secret: string): string[] {
  const [production, development] = [false, true].map((isDevelopment) => readAttributes(cookie, isDevelopment, secret));
  const names = [name, production?.name, development?.name, name.replace(/^__(Host|Secure)-/i, "")];
  return [...new Set(names.filter((one) => one !== undefined))];
}

/** What a cookie of the session has in its name beside the session's; undefined where it is none of it. */
function suffixOf(name: string, cookie: string): string | undefined {
  const rest = cookie.startsWith(name) ? cookie.slice(name.length) : undefined;
  return rest !== undefined && /^(-user)?(-activity)?(\.\d+)?$/.test(rest) ? rest : undefined;
}

/** The cookies of one name under that of the definition, and those of its other names left out: each is a session by itself. */
function underName(name: string, head: string, cookies: string): string {
  return cookies
    .split(/; */)
    .flatMap((pair) => {
      const suffix = suffixOf(head, pair.split("=", 1)[0] ?? "");
      return suffix === undefined ? [] : [`${name}${suffix}${pair.slice(head.length + suffix.length)}`];
    })
    .join("; ");
}

async function unseal(
  { application }: Settings,
  secrets: readonly string[],
  sealed: string,
): Promise<{ token: Token; secret: number } | undefined> {
  for (const [secret, text] of secrets.entries()) {
    // Moment 0: an expired cookie opens too.
    const opened = await createSealer([text], application).open("session", sealed, 0);
    const token = opened.ok ? decodeToken(opened.text) : undefined;
    if (token) return { token, secret };
  }
  return undefined;
}

function contentOf(settings: CompleteSettings, token: Token, idle: number, options: InspectOptions): InspectedContent {
  const decoded = token.data === undefined ? undefined : settings.codec.decode(token.data);
  return {
    placement: token.reference === undefined ? "cookie" : token.data === undefined ? "server" : "both",
    row: token.reference && { handle: token.reference.key, version: token.reference.version },
    userId: token.userId,
    authenticatedAt: token.authenticatedAt === undefined ? undefined : new Date(token.authenticatedAt),
    sealedAt: new Date(token.sealedAt),
    expiresAt: new Date(token.expiresAt),
    idleExpiresAt: new Date(Math.max(idle, token.idleExpiresAt)),
    persistent: token.persistent,
    secureOnly: token.secure,
    bound: token.binding !== undefined,
    values: decoded?.ok
      ? [...decoded.data].map(([key, value]) => ({
          key,
          bytes: byteLength(settings.codec.encode(new Map([[key, value]]))),
          ...(options.values ? { value } : {}),
        }))
      : undefined,
    unreadable:
      decoded?.ok === false ? "The values need codecs that the definition does not have, or are damaged." : undefined,
  };
}
