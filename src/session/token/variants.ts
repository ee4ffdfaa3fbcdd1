/** Variants: cookies of one name that differ in domain or path, as a browser has them after either option was changed. */

import { type CookieAttributes, type CookieWrite, cookieDeletion } from "../../cookie/attributes.js";
import type { RequestHeaders } from "../../cookie/jar.js";

/** How many domains and paths of one name are tried. */
const MAX_DOMAINS = 5;
const MAX_PATHS = 3;

/** How many deletions one response carries: they are part of its head, whose size proxies limit. */
const MAX_DELETIONS = 8;

/** Whether browsers keep one cookie of a name at most: without a domain, and of the path "/". */
export function isWithoutVariants({ name }: CookieAttributes): boolean {
  return /^__host-/i.test(name);
}

/**
 * What makes a browser forget the variants of cookies: those of the host alone, of its domains, and of the paths above
 * the option's and the page's. A cookie of the attributes' own domain and path is left out: it is what is set. Where there are
 * too many for one response, the likeliest of all names come first.
 *
 * @param names the names that came several times.
 */
export function expireVariants(
  attributes: CookieAttributes,
  names: Iterable<string>,
  headers: RequestHeaders,
): CookieWrite[] {
  if (isWithoutVariants(attributes)) return [];
  const all = [...names];
  if (all.length === 0) return [];
  const isDomain = ({ domain }: Variant) => domain === attributes.domain?.toLowerCase();
  const isPath = ({ path }: Variant) => path === attributes.path;
  const isOwn = (variant: Variant) => isDomain(variant) && isPath(variant);
  const variants = domainsOf(headers).flatMap((domain) =>
    pathsOf(attributes, headers).map((path) => ({ domain, path })),
  );
  // Those first of which one of the two was changed, rather than both.
  const likeliest = [...variants.filter(isPath), ...variants.filter(isDomain), ...variants];
  return likeliest
    .filter((variant, place) => !isOwn(variant) && likeliest.indexOf(variant) === place)
    .flatMap((variant) => all.map((name) => cookieDeletion({ ...attributes, ...variant }, name)))
    .slice(0, MAX_DELETIONS);
}

interface Variant {
  readonly domain: string | undefined;
  readonly path: string;
}

/** None, the host as the browser and proxies name it, and the domains above it of at least two labels, the widest first. */
function domainsOf(headers: RequestHeaders): (string | undefined)[] {
  const hosts = [hostOf(headers.get("origin")), headers.get("x-forwarded-host"), headers.get("host")];
  const found = hosts.flatMap((host) => {
    const name = host?.replace(/:\d+$/, "").toLowerCase() ?? "";
    // An address has no domain above it.
    if (!/^[a-z0-9.-]*[a-z][a-z0-9.-]*$/.test(name)) return [];
    const labels = name.split(".");
    return labels.slice(1).map((_, above) => (above === 0 ? name : labels.slice(-1 - above).join(".")));
  });
  return [...new Set([undefined, ...found])].slice(0, MAX_DOMAINS);
}

function hostOf(origin: string | null): string | undefined {
  return origin !== null && URL.canParse(origin) ? new URL(origin).host : undefined;
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
