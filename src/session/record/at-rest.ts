/**
 * The stored form of data in the cache and the store: compressed when large, and sealed with `encryptAtRest`. Sealed data
 * names the place that it was made for, down to the version: an attacker who can write to the cache or the store can put
 * nothing in clear there, nothing of another session, and nothing older of the same one.
 */

import { pack, unpack } from "#deflate";
import { SessionError } from "../../errors.js";
import type { DeferredWrite } from "../../tiers/deferred-write.js";
import type { SessionChange, SessionRecord } from "../../tiers/store.js";
import { now } from "../../util/clock.js";
import { MAX_LIFETIME } from "../../util/expiry.js";
import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import type { Context } from "../context.js";

/** Marks a text that is sealed; what is not starts with a digit or a lower-case letter. */
const SEALED = "S";

/** The place of a record's data, for {@link toStored}: it fits no other row, and no other version of the same. */
export function placeOf({ key, version }: Pick<SessionRecord, "key" | "version">): string {
  return `${key} ${version}`;
}

/** The place of what a deferred write holds: it fits no other row, and no other commits. */
export function deferredPlace(
  { key, base, commitIds }: Pick<DeferredWrite, "key" | "base" | "commitIds">,
  what: "data" | "keys",
): string {
  return `${key} ${what} ${base} ${commitIds.join(" ")}`;
}

/**
 * The stored form of an encoded text.
 * @param place what it belongs to, without a line break: what is sealed opens nowhere else.
 */
export function toStored(context: Context, place: string, text: string): MaybePromise<string> {
  const packed = pack(text);
  if (!context.server.encryptAtRest) return packed;
  const sealed = context.settings.sealer.seal("record", `${place}\n${packed}`, now() + 2 * MAX_LIFETIME);
  return chain(sealed, (value) => SEALED + value);
}

/**
 * The encoded text behind a stored form.
 * @throws {SessionError} `unreadable` when it is damaged, of another place, longer than `maxSize`, or in clear where
 *   `encryptAtRest` is true.
 */
export function fromStored(context: Context, place: string, stored: string): MaybePromise<string> {
  if (!stored.startsWith(SEALED)) {
    if (context.server.encryptAtRest === true) throw inClear();
    return unpacked(context, stored);
  }
  return chain(context.settings.sealer.open("record", stored.slice(1), now()), (opened) => {
    if (!opened.ok || !opened.text.startsWith(`${place}\n`)) throw unreadable();
    return unpacked(context, opened.text.slice(place.length + 1));
  });
}

/**
 * What an update that does not change the data has to write of it all the same: sealed data belongs to one version of its
 * row, so it is sealed again for the next. Nothing where data is not sealed.
 * @throws {SessionError} `unreadable`, as {@link fromStored}.
 */
export async function carriedData(context: Context, record: SessionRecord): Promise<Pick<SessionChange, "data">> {
  if (record.data === null || !(record.data.startsWith(SEALED) || context.server.encryptAtRest)) return {};
  const text = await fromStored(context, placeOf(record), record.data);
  return { data: await toStored(context, placeOf({ ...record, version: record.version + 1 }), text) };
}

/** The data of a deferred write as the next version of its row will hold it. */
export async function repairedData(context: Context, record: SessionRecord, write: DeferredWrite): Promise<string> {
  if (!write.data.startsWith(SEALED) && !context.server.encryptAtRest) return write.data;
  const text = await fromStored(context, deferredPlace(write, "data"), write.data);
  return toStored(context, placeOf({ ...record, version: record.version + 1 }), text);
}

function unpacked(context: Context, packed: string): MaybePromise<string> {
  return chain(unpack(packed, context.server.maxSize), (result) => {
    if (!result.ok) throw unreadable();
    return result.text;
  });
}

function inClear(): SessionError {
  return new SessionError(
    "unreadable",
    'What the server holds of this session is not sealed, which `encryptAtRest: true` refuses: it may be of somebody who can write to the cache or the store. It was left as it is. If it is from before `encryptAtRest`, set that to "migrating" until `lifetime` has passed.',
  );
}

function unreadable(): SessionError {
  return new SessionError(
    "unreadable",
    "What the server holds of this session cannot be read: it is damaged, belongs elsewhere or to an earlier version, or is sealed with a secret that is no longer given. It was left as it is.",
  );
}
