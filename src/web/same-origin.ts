/** Requests that other sites cause, and how to refuse them. */

import type { RequestHeaders } from "../cookie/jar.js";
import { SessionConfigError, SessionError } from "../errors.js";
import { CHECKED_ELSEWHERE, checkShape } from "../util/option-shape.js";
import { headersOf } from "./arguments.js";

/** How {@link isSameOrigin} knows its own origin. */
export interface SameOriginOptions {
  /**
   * The origin that browsers see: `https://app.example.com`, or several. Default: what the request's `Host` says, and
   * what a proxy says in `X-Forwarded-Host` (see {@link isSameOrigin}).
   */
  origin?: string | readonly string[];
}

/** What is needed of a request. Its `url` tells whether it came over https, where no proxy tells. */
export interface CheckedRequest {
  readonly headers: RequestHeaders;
  readonly url?: string;
}

/** An origin as browsers write it: a scheme and a host, nothing else. */
const ORIGIN = /^https?:\/\/[^\s/?#@\\,]+$/i;

/** A host that an origin may be made of. */
const HOST = /^[^\s/?#@\\,]+$/;

/** Hosts whose requests never leave the machine, so that nothing in between can forge a page of theirs. */
const LOOPBACK = /^(localhost|[\w-]+\.localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * Whether a request comes from a page of this application (OWASP ASVS 5.0, 3.5.1 to 3.5.3): by `Origin`, and by
 * `Sec-Fetch-Site` where there is none. `Origin: null`, a sibling domain and a request that tells neither do not.
 *
 * Without `options.origin` it is compared with `Host`, letter case and default ports aside, and as Next does for server
 * actions with `X-Forwarded-Host`; that is believed where the browser says same-origin, or `X-Forwarded-Proto` agrees. A
 * page of http is none of an application on https.
 * @throws {SessionConfigError} when `options.origin` is no origin.
 */
export function isSameOrigin(request: CheckedRequest, options: SameOriginOptions = {}): boolean {
  return problemOf(request, options) === undefined;
}

/**
 * Refuses a request that another site caused. Inside `withSession` a route handler answers it with 403, and the message.
 * @throws {SessionError} `cross-site`; its message says by which header, and what to do behind a proxy.
 * @throws {SessionConfigError} when `options.origin` is no origin.
 */
export function assertSameOrigin(request: CheckedRequest, options: SameOriginOptions = {}): void {
  const problem = problemOf(request, options);
  if (problem !== undefined) throw new SessionError("cross-site", `The request was refused: ${problem}`);
}

/** Why a request is not from here; undefined when it is. Nothing of the request is repeated. */
function problemOf(request: CheckedRequest, options: SameOriginOptions): string | undefined {
  checkShape<SameOriginOptions>("", options, { origin: CHECKED_ELSEWHERE });
  const { origin: own } = options;
  const headers = headersOf("isSameOrigin", request);
  if (Array.isArray(own) && own.length === 0) configured(own);
  const allowed = own === undefined ? undefined : (Array.isArray(own) ? own : [own]).map(configured);
  const site = headers.get("sec-fetch-site");
  const sent = headers.get("origin");
  if (sent === null) {
    if (site === "same-origin") return undefined;
    return site === null
      ? "it has neither `Origin` nor `Sec-Fetch-Site`, so it does not tell which page caused it."
      : "`Sec-Fetch-Site` says that a page of another site caused it.";
  }
  const origin = ORIGIN.test(sent) && URL.canParse(sent) ? new URL(sent) : undefined;
  if (!origin) return "its `Origin` is null, or no origin: a sandboxed page, a redirect or a file caused it.";
  if (allowed) return allowed.includes(origin.origin) ? undefined : "its `Origin` is not the application's.";
  const isOwn = isHost(headers.get("host"), origin)
    ? !isDowngraded(request, origin)
    : isForwarded(headers, origin, site);
  if (isOwn) return undefined;
  return 'its `Origin` is not that of the host that it was sent to. Behind a proxy that rewrites `Host`, name the origin that browsers see: `{ origin: "https://example.com" }`.';
}

/** Whether a host, as a header has it, is that of an origin: without regard to case and to the port that goes without saying. */
function isHost(host: string | null | undefined, origin: URL): boolean {
  if (!host || !HOST.test(host)) return false;
  const url = `${origin.protocol}//${host}`;
  return URL.canParse(url) && new URL(url).host === origin.host;
}

/** Whether a page of http asks something of an application on https: whoever is in between may have made it. */
function isDowngraded({ headers, url }: CheckedRequest, origin: URL): boolean {
  if (origin.protocol === "https:") return false;
  const forwarded = first(headers.get("x-forwarded-proto"));
  if (forwarded !== undefined) return forwarded.toLowerCase() !== "http";
  if (url !== undefined && URL.canParse(url)) return new URL(url).protocol !== "http:";
  return !LOOPBACK.test(origin.hostname);
}

/** Whether an origin is that of the host which a proxy has forwarded. No page of another site can set these headers. */
function isForwarded(headers: RequestHeaders, origin: URL, site: string | null): boolean {
  if (!isHost(first(headers.get("x-forwarded-host")), origin)) return false;
  const scheme = first(headers.get("x-forwarded-proto"))?.toLowerCase();
  if (site !== null) return site === "same-origin";
  return `${scheme}:` === origin.protocol;
}

/** The first of a list, as the outermost proxy wrote it. */
function first(header: string | null): string | undefined {
  return header?.split(",")[0]?.trim() || undefined;
}

function configured(origin: unknown): string {
  const url = typeof origin === "string" && URL.canParse(origin) ? new URL(origin) : undefined;
  // The origin of a scheme without hosts is "null", which every sandboxed page sends.
  if (url && url.origin !== "null") return url.origin;
  throw new SessionConfigError("origin", 'must be an origin such as "https://example.com", or a list of them.');
}
