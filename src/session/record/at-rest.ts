/** How data lies in the cache and the store: compressed when large, and sealed with `encryptAtRest`. */

import { pack, unpack } from "#deflate";
import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import { SessionError } from "../../errors.js";
import { now } from "../../util/clock.js";
import type { Context } from "../context.js";
import { MAX_LIFETIME } from "../../util/expiry.js";

/** Marks a text that is sealed; what is not starts with a digit or a lower-case letter. */
const SEALED = "S";

/** The stored form of an encoded text. A sealed one carries the key it belongs to, so that it fits no other row. */
export function toStored(context: Context, key: string, text: string): MaybePromise<string> {
  const packed = pack(text);
  if (!context.server.encryptAtRest) return packed;
  const sealed = context.settings.sealer.seal("record", `${key}\n${packed}`, now() + 2 * MAX_LIFETIME);
  return chain(sealed, (value) => SEALED + value);
}

/**
 * The encoded text behind a stored form.
 * @throws {SessionError} `unreadable` when it is damaged, of another row, or longer than `maxSize`.
 */
export function fromStored(context: Context, key: string, stored: string): MaybePromise<string> {
  if (!stored.startsWith(SEALED)) return unpacked(context, stored);
  return chain(context.settings.sealer.open("record", stored.slice(1), now()), (opened) => {
    if (!opened.ok || !opened.text.startsWith(`${key}\n`)) throw unreadable();
    return unpacked(context, opened.text.slice(key.length + 1));
  });
}

function unpacked(context: Context, packed: string): MaybePromise<string> {
  return chain(unpack(packed, context.server.maxSize), (result) => {
    if (!result.ok) throw unreadable();
    return result.text;
  });
}

function unreadable(): SessionError {
  return new SessionError(
    "unreadable",
    "What the server holds of this session cannot be read: it is damaged, or sealed with a secret that is no longer given. It was left as it is.",
  );
}
