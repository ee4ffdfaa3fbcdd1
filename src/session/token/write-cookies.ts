/** Issuing: the one place that writes session cookies. */

import { activityName, signActivity } from "../../cookie/activity.js";
import { type CookieAttributes, type CookieWrite, cookieDeletion, cookieWrite } from "../../cookie/attributes.js";
import { splitValue } from "../../cookie/chunks.js";
import { now } from "../../util/clock.js";
import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import type { Settings } from "../settings/settings.js";
import { openedCookiesOf } from "./opened-cookies.js";
import type { PresentedToken } from "./read-cookies.js";
import { encodeToken, type Token } from "./token.js";

/** What a token asks of its cookies: whether they outlive the browser, are for HTTPS only, and until when they live. */
type Attributed = Pick<Token, "persistent" | "secure" | "expiresAt">;

/** Seals a token. The cookies to set come first; those that the browser has and needs no more are expired. */
export function writeSessionCookies(
  settings: Settings,
  token: Token,
  present: Iterable<string>,
): MaybePromise<CookieWrite[]> {
  return chain(settings.sealer.seal("session", encodeToken(token), token.expiresAt), (sealed) => {
    openedCookiesOf(settings)?.noteSealed(sealed, token);
    const attributes = attributesFor(settings, token);
    const chunks = splitValue(attributes.name, sealed);
    const kept = new Set([...chunks.map((chunk) => chunk.name), activityName(attributes.name)]);
    return [
      ...chunks.map(({ name, value }) => cookieWrite(attributes, name, value, maxAge(token))),
      ...expire(
        attributes,
        [...present].filter((name) => !kept.has(name)),
      ),
    ];
  });
}

/** Expires all session cookies that the browser has. */
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
export function slide(settings: Settings, opened: PresentedToken): MaybePromise<Slid | undefined> {
  const { token } = opened;
  if (!token) return undefined;
  const idleExpiresAt = Math.min(now() + settings.idleTimeout, token.expiresAt);
  if (idleExpiresAt - opened.idleExpiresAt < Math.max(settings.slideEvery, 1)) return undefined;
  const { lineage, expiresAt, persistent, secure } = token;
  return chain(signActivity(settings.sealer, { lineage, idleExpiresAt, expiresAt, persistent, secure }), (value) => {
    const attributes = attributesFor(settings, token);
    return { idleExpiresAt, cookie: cookieWrite(attributes, activityName(attributes.name), value, maxAge(token)) };
  });
}

function attributesFor(settings: Settings, token: Attributed): CookieAttributes {
  return token.secure ? { ...settings.attributes, secure: true } : settings.attributes;
}

function maxAge(token: Attributed): number | undefined {
  return token.persistent ? (token.expiresAt - now()) / 1000 : undefined;
}

function expire(attributes: CookieAttributes, names: Iterable<string>): CookieWrite[] {
  return [...names].map((name) => cookieDeletion(attributes, name));
}
