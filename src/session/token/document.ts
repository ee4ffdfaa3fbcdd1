/** Telling a document that a person sees from whatever else a browser fetches. */

import type { RequestHeaders } from "../../cookie/jar.js";
import { isPrefetch } from "./prefetch.js";

/** Whether the answer is a page that a person sees now: not a prefetch, not the client router's, not a script's. */
export function isDocument(headers: RequestHeaders): boolean {
  if (isPrefetch(headers)) return false;
  const destination = headers.get("sec-fetch-dest");
  return destination === null ? /text\/html/.test(headers.get("accept") ?? "") : destination === "document";
}
