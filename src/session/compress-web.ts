/** The same at the edge, without `node:` modules: it reads what a server compressed, and compresses nothing. */

import type { MaybePromise } from "../cookie/maybe-promise.js";
import { NOT_UNPACKED, PACKED, type Unpacked } from "./compress.js";

/** The text as it is: the next commit on a server will compress it. */
export function pack(text: string): MaybePromise<string> {
  return text;
}

/**
 * The text again. Never throws or rejects: corrupt input, and input that would inflate to more than `maxBytes` (it
 * stops there), is not ok; nor is any compressed text in a runtime without `DecompressionStream`. A text that was not
 * compressed comes back as it is, whatever its length.
 */
export function unpack(packed: string, maxBytes: number): MaybePromise<Unpacked> {
  if (!packed.startsWith(PACKED)) return { ok: true, text: packed };
  return inflate(packed.slice(1), maxBytes).catch(() => NOT_UNPACKED);
}

async function inflate(base64: string, maxBytes: number): Promise<Unpacked> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let text = "";
  let length = 0;
  for (const reader = inflated.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return { ok: true, text: text + decoder.decode() };
    length += value.byteLength;
    if (length > maxBytes) {
      await reader.cancel();
      return NOT_UNPACKED;
    }
    text += decoder.decode(value, { stream: true });
  }
}
