/** What `#deflate` answers: large texts made small on the server, never in a cookie. */

/** What came out of a packed text. Not ok: it is corrupt or too large. */
export type Unpacked = { readonly ok: true; readonly text: string } | { readonly ok: false };

/** The first character of a text that was compressed; no encoded text of a session begins with it. */
export const PACKED = "z";

/**
 * Texts of up to this many bytes are not compressed. At 10 KB deflating takes some 20 µs and saves five sixths
 * (`npm run bench:codec`), which is when it began to pay over HTTP; at 3 KB it did not.
 */
export const PACK_ABOVE = 10 * 1024;

export const NOT_UNPACKED: Unpacked = { ok: false };
