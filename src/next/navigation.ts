/** What Next throws to end a handler on purpose: `redirect()`, `notFound()`, `forbidden()`, `unauthorized()`. */

/** How a handler was ended: a redirect, or a status that stands for a page. */
export type Navigation = { readonly type: "redirect" } | { readonly type: "status"; readonly status: number };

/** The statuses for which Next has a page: `unauthorized()`, `forbidden()`, `notFound()`. */
const STATUSES: ReadonlySet<number> = new Set([401, 403, 404]);

/**
 * What an error of Next's stands for; undefined for a real error, and for what Next throws while it prerenders.
 *
 * Told by its digest, as Next tells it. Next's own function is out of reach: imported with the file extension that Node
 * demands of a package, `next/navigation.js` breaks Turbopack's build of every route handler (16.4: "Could not parse
 * module app-router-context.js, file not found").
 */
export function navigationOf(error: unknown): Navigation | undefined {
  const digest = (error as { readonly digest?: unknown } | null | undefined)?.digest;
  if (typeof digest !== "string") return undefined;
  const [type, detail] = digest.split(";");
  if (type === "NEXT_REDIRECT" && (detail === "push" || detail === "replace")) return { type: "redirect" };
  if (type === "NEXT_HTTP_ERROR_FALLBACK" && STATUSES.has(Number(detail))) {
    return { type: "status", status: Number(detail) };
  }
  return undefined;
}
