/** Compression on `node:zlib`, at once: at this size a trip to the thread pool costs more than the work. */

import { deflateSync, inflateSync } from "node:zlib";
import type { MaybePromise } from "../util/maybe-promise.js";
import { NOT_UNPACKED, PACK_ABOVE, PACKED, type Unpacked } from "./compress.js";

/**
 * Compresses a text of more than 10 KiB if that makes it shorter, base64 included; every other text comes back as it
 * is. Expects a text of a codec: without unpaired surrogates, and not beginning with `z`.
 */
export function pack(text: string): MaybePromise<string> {
  if (Buffer.byteLength(text) <= PACK_ABOVE) return text;
  // The zlib form and not the raw one: its checksum, of 4 bytes, tells a damaged text from a whole one.
  const packed = PACKED + deflateSync(text, { level: 1 }).toString("base64");
  return packed.length < Buffer.byteLength(text) ? packed : text;
}

/**
 * The text again. Never throws: corrupt input, and input that would inflate to more than `maxBytes` (it stops there),
 * is not ok. A text that was not compressed comes back as it is, whatever its length.
 */
export function unpack(packed: string, maxBytes: number): MaybePromise<Unpacked> {
  if (!packed.startsWith(PACKED)) return { ok: true, text: packed };
  try {
    const bytes = inflateSync(Buffer.from(packed.slice(1), "base64"), { maxOutputLength: maxBytes });
    return { ok: true, text: bytes.toString("utf8") };
  } catch {
    return NOT_UNPACKED;
  }
}
