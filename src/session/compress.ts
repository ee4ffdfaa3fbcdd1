/** What `#deflate` answers: large texts made small on the server, never in a cookie. */

/** What came out of a packed text. Not ok: it is corrupt, too large, or this runtime cannot inflate. */
export type Unpacked = { readonly ok: true; readonly text: string } | { readonly ok: false };

/** The first character of a text that was compressed; no encoded text of a session begins with it. */
export const PACKED = "z";

/** Shorter texts are left alone: over HTTP, compressing pays from about 10 KB on (test/bench/codec.ts). In bytes. */
export const PACK_ABOVE = 10 * 1024;

export const NOT_UNPACKED: Unpacked = { ok: false };
