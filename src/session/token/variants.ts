/** Variants: cookies of one name that differ in domain or path, as a browser has them after either option was changed. */

import { type CookieAttributes, type CookieWrite, cookieDeletion } from "../../cookie/attributes.js";
import type { RequestHeaders } from "../../cookie/jar.js";

/** How many domains and paths of one name are tried: deletions are part of the response's head, whose size proxies limit. */
const MAX_DOMAINS = 4;
const MAX_PATHS = 3;

/**
 * What makes a browser forget the variants of cookies: those of the host alone, of its domains, and of the paths above
 * the option's and the page's. A cookie of the attributes' own domain and path is left out: it is what is set.
 *
 * @param names the names that came several times.
 */
export function expireVariants(
  attributes: CookieAttributes,
  names: Iterable<string>,
  headers: RequestHeaders,
): CookieWrite[] {
  // Browsers keep only one cookie of such a name: without a domain, and of the path "/".
  if (/^__host-/i.test(attributes.name)) return [];
  const variants = domainsOf(headers.get("host"))
    .flatMap((domain) => pathsOf(attributes, headers).map((path) => ({ ...attributes, domain, path })))
    .filter(({ domain, path }) => domain !== attributes.domain?.toLowerCase() || path !== attributes.path);
  return [...names].flatMap((name) => variants.map((variant) => cookieDeletion(variant, name)));
}

/** None, the host, and the domains above it of at least two labels. */
function domainsOf(host: string | null): (string | undefined)[] {
  const name = host?.replace(/:\d+$/, "").toLowerCase() ?? "";
  // An address has no domain above it.
  if (!/^[a-z0-9.-]*[a-z][a-z0-9.-]*$/.test(name)) return [undefined];
  const labels = name.split(".");
  const domains = labels.slice(0, -1).map((_, place) => labels.slice(place).join("."));
  return [undefined, ...domains].slice(0, MAX_DOMAINS);
}

/** The root, and what leads to the option's path and to the page that caused the request. */
function pathsOf({ path }: CookieAttributes, headers: RequestHeaders): string[] {
  const referer = headers.get("referer") ?? "";
  const page = URL.canParse(referer) ? new URL(referer).pathname : "/";
  return [...new Set([...prefixesOf(path), ...prefixesOf(page)])].slice(0, MAX_PATHS);
}

function prefixesOf(path: string): string[] {
  const segments = path.split("/").filter(Boolean);
  return ["/", ...segments.map((_, place) => `/${segments.slice(0, place + 1).join("/")}`)];
}
