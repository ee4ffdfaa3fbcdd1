/**
 * The same at the edge and on Workers, which have compression as streams and no `node:zlib`. Their names stand behind `globalThis`:
 * Next warns of them by name in what webpack builds for the edge, where they have been for long.
 */

import type { MaybePromise } from "../util/maybe-promise.js";
import { NOT_UNPACKED, PACK_ABOVE, PACKED, type Unpacked } from "./compress.js";

/** `String.fromCharCode` takes its bytes as arguments, of which engines allow some ten thousands. */
const SLICE = 8192;

/** Compresses as the Node flavour does, into what that reads as well. */
export async function pack(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= PACK_ABOVE) return text;
  const deflated = new Response(streamOf(bytes).pipeThrough(new globalThis.CompressionStream("deflate")));
  const packed = PACKED + toBase64(new Uint8Array(await deflated.arrayBuffer()));
  return packed.length < bytes.length ? packed : text;
}

/**
 * The text again. Never throws: corrupt input, and input that would inflate to more than `maxBytes` (it stops there),
 * is not ok. A text that was not compressed comes back as it is, whatever its length.
 */
export function unpack(packed: string, maxBytes: number): MaybePromise<Unpacked> {
  if (!packed.startsWith(PACKED)) return { ok: true, text: packed };
  return inflate(packed.slice(1), maxBytes).catch(() => NOT_UNPACKED);
}

async function inflate(base64: string, maxBytes: number): Promise<Unpacked> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const inflated = streamOf(bytes).pipeThrough(new globalThis.DecompressionStream("deflate"));
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let text = "";
  let length = 0;
  for await (const chunk of chunksOf(inflated)) {
    length += chunk.length;
    // Leaving the loop cancels the stream: nothing more is inflated.
    if (length > maxBytes) return NOT_UNPACKED;
    text += decoder.decode(chunk, { stream: true });
  }
  return { ok: true, text: text + decoder.decode() };
}

/** What a stream gives, one chunk after the other. Streams themselves are iterable in Node only. */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function streamOf(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new Blob([bytes]).stream();
}

function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let start = 0; start < bytes.length; start += SLICE) {
    binary += String.fromCharCode(...bytes.subarray(start, start + SLICE));
  }
  return btoa(binary);
}
