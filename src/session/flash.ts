/** Flash messages: shown exactly once, and kept in a sealed cookie of their own, which the middleware may consume. */

import { randomToken } from "#seal";
import { type CookieWrite, cookieDeletion, cookieWrite } from "../cookie/attributes.js";
import { parseCookieHeader } from "../cookie/jar.js";
import { chain, type MaybePromise } from "../cookie/maybe-promise.js";
import { SessionValueError } from "../errors.js";
import type { RequestHeaders } from "./binding.js";
import { now } from "./clock.js";
import type { Settings } from "./settings.js";

/** A message that waits to be shown. */
export interface FlashMessage {
  readonly id: string;
  readonly key: string;
  readonly message: unknown;
}

/** How long a message waits (milliseconds). A page that shows it normally follows within seconds. */
const FLASH_LIFETIME = 60 * 60 * 1000;

/** The flash cookie's share of the 7 KB that all cookies of a session may take. */
const FLASH_BUDGET = 768;

/** The name of the flash cookie beside a session cookie. */
export function flashName(name: string): string {
  return `${name}-flash`;
}

/**
 * The name of the cookie in which the browser's script lists the ids that it has shown, separated by dots. The script
 * writes it, so it has no prefix, is not HttpOnly, and is believed in nothing but this.
 */
export function shownName(name: string): string {
  return `${name.replace(/^__(Host|Secure)-/i, "")}-flash-shown`;
}

/** The messages that came with a request and were not shown yet. What cannot be read is no message. */
export function readFlash(settings: Settings, headers: RequestHeaders): MaybePromise<readonly FlashMessage[]> {
  const { attributes, sealer } = settings;
  const jar = parseCookieHeader(headers.get("cookie"));
  const sealed = jar.get(flashName(attributes.name));
  if (sealed === undefined) return [];
  const shown = new Set(jar.get(shownName(attributes.name))?.split("."));
  return chain(sealer.open("flash", sealed, now()), (opened) =>
    opened.ok ? parse(settings, opened.text).filter(({ id }) => !shown.has(id)) : [],
  );
}

/** Whether a request brought a flash cookie. */
export function hasFlash(settings: Settings, headers: RequestHeaders): boolean {
  return parseCookieHeader(headers.get("cookie")).get(flashName(settings.attributes.name)) !== undefined;
}

/** A new message, with an id of its own. */
export function flashMessage(settings: Settings, key: string, message: unknown): FlashMessage {
  return { id: randomToken(6), key, message: settings.codec.snapshot(message, key) };
}

/**
 * The cookie that holds these messages; without any, what expires it.
 * @throws {SessionValueError} `too-large` when they do not fit.
 */
export function flashCookie(settings: Settings, messages: readonly FlashMessage[]): MaybePromise<CookieWrite> {
  const { attributes, sealer, codec } = settings;
  const name = flashName(attributes.name);
  if (messages.length === 0) return cookieDeletion(attributes, name);
  const text = codec.encode(new Map(messages.map(({ id, key, message }) => [`${id} ${key}`, message])));
  return chain(sealer.seal("flash", text, now() + FLASH_LIFETIME), (sealed) => {
    if (name.length + sealed.length > FLASH_BUDGET) {
      throw new SessionValueError(
        "too-large",
        `The flash messages would take ${name.length + sealed.length} bytes of cookie, and have ${FLASH_BUDGET}. Shorten them, or keep what is long in the session.`,
      );
    }
    return cookieWrite(attributes, name, sealed, FLASH_LIFETIME / 1000);
  });
}

/** What makes the browser forget the messages, and that they were shown. */
export function consumedFlash(settings: Settings): CookieWrite[] {
  const { attributes } = settings;
  return [
    cookieDeletion(attributes, flashName(attributes.name)),
    cookieDeletion({ ...attributes, path: "/", domain: undefined }, shownName(attributes.name)),
  ];
}

function parse(settings: Settings, text: string): FlashMessage[] {
  const decoded = settings.codec.decode(text);
  if (!decoded.ok) return [];
  return [...decoded.data].map(([name, message]) => {
    const space = name.indexOf(" ");
    return { id: name.slice(0, space), key: name.slice(space + 1), message };
  });
}
