/** Issuing: the one place that writes session cookies. */

import { activityName, signActivity } from "../../cookie/activity.js";
import { type CookieAttributes, type CookieWrite, cookieDeletion, cookieWrite } from "../../cookie/attributes.js";
import { splitValue } from "../../cookie/chunks.js";
import type { Sealer } from "../../cookie/sealer.js";
import { now } from "../../util/clock.js";
import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import type { Settings } from "../settings/settings.js";
import { cookieName, kindOf } from "./kinds.js";
import { openedCookiesOf } from "./opened-cookies.js";
import type { PresentedToken } from "./read-cookies.js";
import { encodeToken, type Token } from "./token.js";

/** What a token asks of its cookies: whether they outlive the browser, are for HTTPS only, and until when they live. */
type Attributed = Pick<Token, "persistent" | "secure" | "expiresAt">;

/**
 * How many cookies one response expires: a deletion has some 120 bytes, and a proxy with a buffer of 4 KB answers 502 to a
 * longer head. Later responses expire the rest.
 */
const MAX_DELETIONS = 8;

/**
 * Seals a token. The cookies to set come first; those that the browser has and needs no more, of either kind, are expired.
 */
export function writeSessionCookies(
  settings: Settings & { readonly sealer: Sealer },
  token: Token,
  present: Iterable<string>,
): MaybePromise<CookieWrite[]> {
  return chain(settings.sealer.seal("session", encodeToken(token), token.expiresAt), (sealed) => {
    openedCookiesOf(settings)?.noteSealed(sealed, token);
    const attributes = attributesFor(settings, token);
    const name = cookieName(attributes.name, kindOf(token));
    const chunks = splitValue(name, sealed);
    const kept = new Set([...chunks.map((chunk) => chunk.name), activityName(name)]);
    return [
      ...chunks.map((chunk) => cookieWrite(attributes, chunk.name, chunk.value, maxAge(token))),
      ...expire(
        attributes,
        [...present].filter((other) => !kept.has(other)),
      ),
    ];
  });
}

/** Expires session cookies that the browser has. */
export function expireSessionCookies(settings: Settings, present: Iterable<string>): CookieWrite[] {
  return expire(settings.attributes, present);
}

/** What sliding came to. */
export interface Slid {
  readonly idleExpiresAt: number;
  readonly cookie: CookieWrite;
}

/**
 * Slides: a new activity cookie, when the last is old enough (`slideEvery`) and there is anything to extend.
 * @returns undefined when there is not.
 */
export function slide(
  settings: Settings,
  opened: Pick<PresentedToken, "token" | "idleExpiresAt">,
): MaybePromise<Slid | undefined> {
  const { token } = opened;
  if (!token) return undefined;
  const idleExpiresAt = Math.min(now() + settings.idleTimeout, token.expiresAt);
  // rule: whoever comes extends the idle deadline
  if (idleExpiresAt - opened.idleExpiresAt < Math.max(settings.slideEvery, 1)) return undefined;
  const { lineage, expiresAt, persistent, secure } = token;
  return chain(signActivity(settings.opener, { lineage, idleExpiresAt, expiresAt, persistent, secure }), (value) => {
    const attributes = attributesFor(settings, token);
    const name = activityName(cookieName(attributes.name, kindOf(token)));
    return { idleExpiresAt, cookie: cookieWrite(attributes, name, value, maxAge(token)) };
  });
}

function attributesFor(settings: Settings, token: Attributed): CookieAttributes {
  return token.secure ? { ...settings.attributes, secure: true } : settings.attributes;
}

function maxAge(token: Attributed): number | undefined {
  return token.persistent ? (token.expiresAt - now()) / 1000 : undefined;
}

/** The heads and what has no number come first: parts without their head mean nothing. */
function expire(attributes: CookieAttributes, names: Iterable<string>): CookieWrite[] {
  const [parts, heads] = [[...names].filter(isPart), [...names].filter((name) => !isPart(name))];
  return [...heads, ...parts].slice(0, MAX_DELETIONS).map((name) => cookieDeletion(attributes, name));
}

/** Whether a name is that of a later part of a cookie in several. */
export function isPart(name: string): boolean {
  return /\.\d$/.test(name);
}
