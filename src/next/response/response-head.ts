/** The head of Node's response: the headers that the session adds to it. */

import type { ServerResponse } from "node:http";
import onHeaders from "on-headers";
import type { ResponseCookies } from "../../cookie/response-cookies.js";
import { joinTimings } from "../../telemetry/server-timing.js";
import { targeted, uncached, varying } from "../../web/uncached.js";

/** What the session has to say in a head. */
export interface HeadContent {
  readonly cookies: ResponseCookies;
  /** Cookies that are set as well if the response is a page for a person, and neither a redirect nor a failure. */
  readonly ofPage?: ResponseCookies;
  /** Whether caches are kept away. A page that renders decides for itself, and Next for those that do not. */
  readonly isUncached?: boolean;
}

/**
 * Joins it with the head of a response at the moment in which that is written, whatever a framework has set or replaced
 * there by then.
 */
export function writeIntoHead(response: ServerResponse, content: HeadContent): void {
  onHeaders(response, () => {
    const { cookies, ofPage, isUncached = true } = content;
    const joined = cookies.joinedWith(linesOf(response.getHeader("Set-Cookie")));
    const lines = ofPage && isPage(response.statusCode) ? ofPage.joinedWith(joined) : joined;
    if (lines.length > 0) response.setHeader("Set-Cookie", lines);
    if (!isUncached) return;
    response.setHeader("Cache-Control", uncached(textOf(response.getHeader("Cache-Control"))));
    for (const name of targeted(response.getHeaderNames())) response.removeHeader(name);
    response.setHeader("Vary", varying(textOf(response.getHeader("Vary"))));
  });
}

/**
 * Joins `Server-Timing` with the head of a response when it is written.
 * @param value what there is to tell by then.
 */
export function writeTimingIntoHead(response: ServerResponse, value: () => string | undefined): void {
  onHeaders(response, () => {
    const timing = value();
    if (timing) response.setHeader("Server-Timing", joinTimings(textOf(response.getHeader("Server-Timing")), timing));
  });
}

function isPage(status: number): boolean {
  return (status >= 200 && status < 300) || (status >= 400 && status < 500);
}

type Header = ReturnType<ServerResponse["getHeader"]>;

function linesOf(header: Header): string[] {
  return header === undefined ? [] : [header].flat().map(String);
}

function textOf(header: Header): string | undefined {
  return header === undefined ? undefined : linesOf(header).join(", ");
}
