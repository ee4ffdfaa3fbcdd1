/** What the cookies of a request hold, or why they are no session: for a person who looks into it, never for a request. */

import { byteLength, createSealer } from "#seal";
import { joinValue } from "../cookie/chunks.js";
import { type Jar, parseCookieHeader } from "../cookie/jar.js";
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
 * @param cookies a `Cookie` header, or the value of the session cookie by itself.
 */
export async function inspectCookies<Data extends object, Flash extends object>(
  definition: SessionDefinition<Data, Flash>,
  cookies: string,
  options: InspectOptions = {},
): Promise<CookieInspection> {
  const settings = completeSettingsOf(definition);
  const secrets = readSecrets(definition[OPTIONS]().secret);
  const text = cookies.trim();
  const given = parseCookieHeader(text);
  const names = plainNames(settings.attributes.name, definition[OPTIONS]().cookie ?? {}, secrets[0] ?? "");
  const isBare = BARE_VALUE.test(text);
  const bare = isBare ? await unseal(settings, secrets, text) : undefined;
  const nameOf = (kind: Kind) => cookieName(settings.attributes.name, kind);
  const header = isBare
    ? `${nameOf(bare ? kindOf(bare.token) : "visitor")}=${text}`
    : underName(settings.attributes.name, names, text);
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
      const sent = nameSent(settings.attributes.name, names, name, given);
      return { name: sent, bytes: sent.length + (jar.get(name)?.length ?? 0) };
    }),
    secret: found?.secret,
    content: found && contentOf(settings, found.token, opened.idleExpiresAt, options),
  };
}

/** A value without its name. */
const BARE_VALUE = /^(Fe26\.2\*|~\d)[^=;]*$/;

/** What the cookie is called without the prefix that browsers refuse in development, and what `next dev` calls it. */
function plainNames(name: string, cookie: CookieOptions, secret: string): string[] {
  return [readAttributes(cookie, true, secret).name, name.replace(/^__(Host|Secure)-/i, "")];
}

/** The cookies under the name that the definition gives them, whatever development calls them. */
function underName(name: string, plain: readonly string[], cookies: string): string {
  const renamed = (pair: string) => {
    const found = plain.find((one) => pair.startsWith(one) && /^[=.-]/.test(pair.slice(one.length)));
    return found === undefined ? pair : `${name}${pair.slice(found.length)}`;
  };
  return cookies.split(/; */).map(renamed).join("; ");
}

/** The name under which a cookie was given, which may be that of development. */
function nameSent(head: string, plain: readonly string[], name: string, given: Jar): string {
  const sent = [head, ...plain].map((one) => `${one}${name.slice(head.length)}`);
  return sent.find((one) => given.all(one).length > 0) ?? name;
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
