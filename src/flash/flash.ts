/**
 * Flash messages: shown exactly once. Those of one response travel in one sealed cookie, with a name of its own: two
 * tabs that are answered at the same time overwrite nothing of each other, and what is taken away is what was seen.
 */

import { byteLength } from "#seal";
import type { Codec } from "../codec/codec.js";
import { type CookieAttributes, type CookieWrite, cookieDeletion, cookieWrite } from "../cookie/attributes.js";
import { type Jar, parseCookieHeader, type RequestHeaders } from "../cookie/jar.js";
import type { Opener, Sealer } from "../cookie/sealer.js";
import { now } from "../util/clock.js";
import { chain, type MaybePromise } from "../util/maybe-promise.js";
import { type Batch, decodeBatch, encodeBatch, type FlashMessage, NO_MESSAGES, withIds } from "./batch.js";

/** What the cookies of flash messages need of an application's settings. */
export interface FlashCookieSettings {
  readonly opener: Opener;
  /** Those of the session cookie: the flash cookies have names made from its name, and live where it does. */
  readonly attributes: CookieAttributes;
}

/** What the messages themselves need beside it. */
export interface FlashSettings extends FlashCookieSettings {
  readonly codec: Codec;
  readonly sealer: Sealer;
}

/** A cookie of messages, as it came with a request. */
export interface FlashCookie {
  readonly name: string;
  /** Its bytes, name and value, as the browser counts them. */
  readonly size: number;
  /** Those that were not shown yet. None where it cannot be read. */
  readonly messages: readonly FlashMessage[];
  /** For whom they are, as {@link Batch} says it. */
  readonly audience: string | undefined;
}

/** How long a message waits (milliseconds). A page that shows it normally follows within seconds. */
const FLASH_LIFETIME = 60 * 60 * 1000;

/** What the flash cookies may take of the 7 KB that all cookies of a session stay under. */
export const FLASH_BUDGET = 640;

/**
 * What the browser's script writes about each message that it has shown: a cookie whose name is this, a dot and the id.
 * It is not HttpOnly, and believed in nothing else. One cookie for all ids would be read, changed and written by several
 * tabs at once, and lose some. The script keeps the last 8, some 230 bytes. The name is also that of the parameter in a
 * URL by which a browser without script says the same, and stands in `src/client/flash-claims.ts` as well, which
 * imports nothing of the server.
 */
export const SHOWN = "spillway-shown";

/** An id: a batch and a place in it. */
const ID = /^([\w-]{8})-\d{1,2}$/;

/** The batch of a message, by its id; undefined for what is no id. */
export function batchOf(id: string): string | undefined {
  return ID.exec(id)?.[1];
}

/** The name of the cookie that holds a batch. */
export function flashName(settings: FlashCookieSettings, batch: string): string {
  return `${settings.attributes.name}-flash.${batch}`;
}

/**
 * Cookies by the name of flash cookies that are opened for one request, those that came last. Three fill their budget;
 * more come from elsewhere, from a sibling domain for example.
 */
const MAX_OPENED = 32;

/**
 * Flash cookies that one response takes, and so deletes: a deletion has some 130 bytes, and a proxy with a buffer of
 * 4 KB answers 502 to a longer head, for ever, since the cookies then never go. Later responses take the rest.
 */
export const MAX_TAKEN = 8;

/**
 * The flash cookies that came with a request, in the order in which browsers send them: the oldest first. One that a
 * newer instance sealed, with a key that this one does not know, is left alone. Of more than {@link MAX_TAKEN}, those
 * that can be read come before those that cannot, which are only there to be expired.
 */
export function readFlash(settings: FlashSettings, headers: RequestHeaders): MaybePromise<readonly FlashCookie[]> {
  const shown = readShown(parseCookieHeader(headers.get("cookie")));
  return chain(openFlash(settings, headers), (cookies) =>
    cookies.map(({ name, size, text }) => {
      const { contents, audience } = text === undefined ? NO_MESSAGES : decodeBatch(settings.codec, text);
      const messages = withIds(batchNamed(settings, name) ?? "", contents);
      return { name, size, audience, messages: messages.filter(({ id }) => !shown.has(id)) };
    }),
  );
}

/** The names of cookies that hold no message: this application has not sealed them, or long ago. */
export function junkNames(settings: FlashCookieSettings, headers: RequestHeaders): MaybePromise<readonly string[]> {
  return chain(openFlash(settings, headers), (cookies) =>
    cookies.filter(({ text }) => text === undefined).map(({ name }) => name),
  );
}

/** A flash cookie, opened. Without a text: it was not sealed by this application. */
interface OpenedFlash {
  readonly name: string;
  readonly size: number;
  readonly text: string | undefined;
}

function openFlash(settings: FlashCookieSettings, headers: RequestHeaders): MaybePromise<readonly OpenedFlash[]> {
  const jar = parseCookieHeader(headers.get("cookie"));
  const names = [...jar.names()].filter((name) => batchNamed(settings, name) !== undefined).slice(-MAX_OPENED);
  const opened = names.reduce<MaybePromise<readonly OpenedFlash[]>>(
    (before, name) =>
      chain(before, (cookies) =>
        chain(openOne(settings, name, jar.get(name) ?? ""), (cookie) => (cookie ? [...cookies, cookie] : cookies)),
      ),
    [],
  );
  return chain(opened, (cookies) => {
    const ours = cookies.filter(({ text }) => text !== undefined).slice(-MAX_TAKEN);
    const others = cookies.filter(({ text }) => text === undefined);
    const taken = [...ours, ...[...others, ...misnamed(settings, jar)].slice(0, MAX_TAKEN - ours.length)];
    return [
      ...cookies.filter((cookie) => taken.includes(cookie)),
      ...taken.filter((cookie) => !cookies.includes(cookie)),
    ];
  });
}

/** Opens one flash cookie; undefined when it is to be left alone. */
function openOne({ opener }: FlashCookieSettings, name: string, value: string): MaybePromise<OpenedFlash | undefined> {
  return chain(opener.open("flash", value, now()), (opened) => {
    if (!opened.ok && opened.reason === "unknown-key") return undefined;
    return { name, size: name.length + value.length, text: opened.ok ? opened.text : undefined };
  });
}

/** The batch that a cookie holds, by its name; undefined for another cookie. */
function batchNamed(settings: FlashCookieSettings, name: string): string | undefined {
  const prefix = flashName(settings, "");
  const batch = name.slice(prefix.length);
  return name.startsWith(prefix) && BATCH.test(batch) ? batch : undefined;
}

const BATCH = /^[\w-]{8}$/;

/**
 * The longest name of a cookie that is taken away although no batch has it: a deletion repeats the name, and a proxy with a
 * buffer of 4 KB for a response's head lets longer ones not through.
 */
const LONGEST_NAME = 1024;

/** What a name has to be made of, to stand in a `Set-Cookie`. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/** Cookies that are named like a flash cookie, but for what should name a batch: they came from elsewhere, and are of no use. */
function misnamed(settings: FlashCookieSettings, jar: Jar): OpenedFlash[] {
  const prefix = flashName(settings, "");
  const isMisnamed = (name: string) =>
    name.startsWith(prefix) && !batchNamed(settings, name) && name.length <= LONGEST_NAME && TOKEN.test(name);
  const cookies = [...jar.names()].filter(isMisnamed).map((name) => ({
    name,
    size: name.length + (jar.get(name)?.length ?? 0),
    text: undefined,
  }));
  let room = LONGEST_NAME;
  return cookies.filter(({ name }) => {
    room -= name.length;
    return room >= 0;
  });
}

function readShown(jar: Jar): ReadonlySet<string> {
  const names = [...jar.names()].filter((name) => name.startsWith(`${SHOWN}.`));
  return new Set(names.map((name) => name.slice(SHOWN.length + 1)));
}

/** How many bytes of cookie a batch takes, name and value. */
export function flashSize(settings: FlashSettings, name: string, batch: Batch): number {
  const length = byteLength(encodeBatch(settings.codec, batch));
  return flashName(settings, name).length + settings.sealer.sealedLength(length);
}

/** The cookie that holds a batch. */
export function sealFlash(settings: FlashSettings, name: string, batch: Batch): MaybePromise<CookieWrite> {
  const { attributes, codec, sealer } = settings;
  return chain(sealer.seal("flash", encodeBatch(codec, batch), now() + FLASH_LIFETIME), (sealed) =>
    cookieWrite(attributes, flashName(settings, name), sealed, FLASH_LIFETIME / 1000),
  );
}

/** What makes the browser forget flash cookies. */
export function expireFlash({ attributes }: FlashCookieSettings, names: Iterable<string>): CookieWrite[] {
  return [...names].map((name) => cookieDeletion(attributes, name));
}
