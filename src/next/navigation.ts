/** What Next throws to end a handler on purpose: `redirect()`, `notFound()`, `forbidden()`, `unauthorized()`. */

import { unstable_rethrow } from "next/navigation.js";

/** How a handler was ended: a redirect, or a status that stands for a page. */
export type Navigation = { readonly type: "redirect" } | { readonly type: "status"; readonly status: number };

/** What an error of Next's stands for; undefined for a real error, and for what Next throws while it prerenders. */
export function navigationOf(error: unknown): Navigation | undefined {
  if (!isNexts(error)) return undefined;
  const [type, status] = String((error as { digest?: unknown }).digest).split(";");
  if (type === "NEXT_REDIRECT") return { type: "redirect" };
  if (type === "NEXT_HTTP_ERROR_FALLBACK") return { type: "status", status: Number(status) };
  return undefined;
}

/** Next's own test: it rethrows what is its own. */
function isNexts(error: unknown): boolean {
  try {
    unstable_rethrow(error);
    return false;
  } catch (rethrown) {
    return rethrown === error;
  }
}
