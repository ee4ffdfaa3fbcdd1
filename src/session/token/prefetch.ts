/** Telling a prefetch: a request that a browser or a framework makes ahead, and that no person has asked for. */

import type { RequestHeaders } from "../../cookie/jar.js";

/** Headers by which browsers say what a request is for. */
const PURPOSES = ["sec-purpose", "purpose", "x-purpose", "x-moz"] as const;

/** Headers that Next's clients send with a prefetch alone: of the App Router, of its segments, of the Pages Router. */
const MARKS = ["next-router-prefetch", "next-router-segment-prefetch", "x-middleware-prefetch"] as const;

/** Whether a request is a prefetch; a page that a browser renders in advance counts, since it may never be seen. */
export function isPrefetch(headers: RequestHeaders): boolean {
  return (
    PURPOSES.some((name) => /prefetch|preview|prerender/i.test(headers.get(name) ?? "")) ||
    MARKS.some((name) => headers.get(name) !== null)
  );
}
