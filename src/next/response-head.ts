/** The head of a response of Node's, and what the session has to say in it. */

import type { ServerResponse } from "node:http";
import onHeaders from "on-headers";
import type { ResponseCookies } from "../cookie/response-cookies.js";
import { joinTimings } from "../telemetry/server-timing.js";
import { uncached, varying } from "../web/uncached.js";

/**
 * Joins cookies with the head of a response at the moment in which it is written, whatever a framework has set or
 * replaced there by then, and keeps caches away.
 */
export function writeIntoHead(response: ServerResponse, cookies: ResponseCookies): void {
  onHeaders(response, () => {
    const lines = cookies.joinedWith(linesOf(response.getHeader("Set-Cookie")));
    if (lines.length > 0) response.setHeader("Set-Cookie", lines);
    response.setHeader("Cache-Control", uncached(textOf(response.getHeader("Cache-Control"))));
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

type Header = ReturnType<ServerResponse["getHeader"]>;

function linesOf(header: Header): string[] {
  return header === undefined ? [] : [header].flat().map(String);
}

function textOf(header: Header): string | undefined {
  return header === undefined ? undefined : linesOf(header).join(", ");
}
