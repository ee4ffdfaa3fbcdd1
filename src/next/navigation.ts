/** What Next throws to end a handler on purpose: `redirect()`, `notFound()`, `forbidden()`, `unauthorized()`. */

import { callsAction } from "./action.js";

/** How a handler was ended: a redirect, or a status that stands for a page. */
export type Navigation =
  | { readonly type: "redirect"; readonly url: string; readonly status: number }
  | { readonly type: "status"; readonly status: number };

/** The statuses for which Next has a page: `unauthorized()`, `forbidden()`, `notFound()`. */
const STATUSES: ReadonlySet<number> = new Set([401, 403, 404]);

/**
 * The navigation that Next's control-flow error stands for; undefined for a real error, and for what Next throws while it
 * prerenders.
 *
 * Told by its digest, as Next tells it. Next's own function is out of reach: imported with the file extension that Node
 * demands of a package, `next/navigation.js` breaks Turbopack's build of every route handler (16.4: "Could not parse
 * module app-router-context.js, file not found").
 */
export function navigationOf(error: unknown): Navigation | undefined {
  const digest = (error as { readonly digest?: unknown } | null | undefined)?.digest;
  if (typeof digest !== "string") return undefined;
  const [type, detail, ...rest] = digest.split(";");
  if (type === "NEXT_REDIRECT" && (detail === "push" || detail === "replace")) {
    // `NEXT_REDIRECT;<push or replace>;<url, which may hold semicolons>;<status>;`
    return { type: "redirect", url: rest.slice(0, -2).join(";"), status: Number(rest.at(-2)) };
  }
  if (type === "NEXT_HTTP_ERROR_FALLBACK" && STATUSES.has(Number(detail))) {
    return { type: "status", status: Number(detail) };
  }
  return undefined;
}

/** The response that stands for a navigation, as Next answers it when a route handler throws it. */
export function responseOf(navigation: Navigation, { method, headers }: Request): Response {
  if (navigation.type === "status") return new Response(null, { status: navigation.status });
  // A form's POST must not be sent again to where it is redirected.
  const status = method === "POST" && callsAction(headers) ? 303 : navigation.status;
  return new Response(null, { status, headers: { location: navigation.url } });
}
