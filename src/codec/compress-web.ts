/** The same at the edge, on pako (zlib in JavaScript): the edge runtime has neither `node:zlib` nor `DecompressionStream`. */

import { deflate, Inflate } from "pako";
import type { MaybePromise } from "../util/maybe-promise.js";
import { NOT_UNPACKED, PACK_ABOVE, PACKED, type Unpacked } from "./compress.js";

/** `String.fromCharCode` takes its bytes as arguments, of which engines allow some ten thousands. */
const SLICE = 8192;

/** Compresses as the Node flavour does, into what that reads as well. */
export function pack(text: string): MaybePromise<string> {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= PACK_ABOVE) return text;
  const packed = PACKED + toBase64(deflate(bytes, { level: 1 }));
  return packed.length < bytes.length ? packed : text;
}

/**
 * The text again. Never throws: corrupt input, and input that would inflate to more than `maxBytes` (it stops there),
 * is not ok. A text that was not compressed comes back as it is, whatever its length.
 */
export function unpack(packed: string, maxBytes: number): MaybePromise<Unpacked> {
  if (!packed.startsWith(PACKED)) return { ok: true, text: packed };
  try {
    return { ok: true, text: inflate(fromBase64(packed.slice(1)), maxBytes) };
  } catch {
    return NOT_UNPACKED;
  }
}

function inflate(bytes: Uint8Array, maxBytes: number): string {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const inflater = new Inflate();
  let text = "";
  let length = 0;
  inflater.onData = (chunk) => {
    length += chunk.length;
    if (length > maxBytes) throw new RangeError("The text inflates to more than it may.");
    text += decoder.decode(chunk as Uint8Array, { stream: true });
  };
  inflater.push(bytes, true);
  if (inflater.err !== 0 || !inflater.ended) throw new RangeError("The text is damaged.");
  return text + decoder.decode();
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let start = 0; start < bytes.length; start += SLICE) {
    binary += String.fromCharCode(...bytes.subarray(start, start + SLICE));
  }
  return btoa(binary);
}
