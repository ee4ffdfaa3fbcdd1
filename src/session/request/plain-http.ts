/** Secure cookies over plain http, which browsers drop without a word: said once, with the cause. */

import type { RequestHeaders } from "../../cookie/jar.js";

/** One for the process: bundlers make several instances of a module. */
const WARNED = Symbol.for("spillway.plain-http");

/** Hosts for which browsers take Secure cookies over plain http. */
const LOCAL = /^(localhost|[^:]+\.localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

/** Says once that the browser drops a Secure cookie, when the request shows that it came over plain http from elsewhere. */
export function warnOfPlainHttp(headers: RequestHeaders): void {
  const shared = globalThis as { [WARNED]?: boolean };
  if (shared[WARNED] || !isPlainHttp(headers)) return;
  shared[WARNED] = true;
  console.warn(
    "Spillway: a session cookie was sent over plain http, to another host than localhost. It is Secure, so the browser drops it, and every request begins anew. Serve the application over https; or, for a network that you trust, give `cookie: { name, secure: false }` with a name without prefix. If a proxy ends TLS in front, let it send `X-Forwarded-Proto: https`.",
  );
}

/**
 * Whether a browser made the request over plain http to a host where that matters. `Sec-Fetch-Site` is sent to https and
 * localhost alone; whoever sends it is safe, whatever a proxy has lost.
 */
function isPlainHttp(headers: RequestHeaders): boolean {
  const host = first(headers.get("x-forwarded-host")) ?? headers.get("host");
  if (!host || LOCAL.test(host) || headers.get("sec-fetch-site") !== null) return false;
  const page = headers.get("origin") ?? headers.get("referer") ?? "";
  if (page.startsWith("https://")) return false;
  const isBrowser = (headers.get("user-agent") ?? "").startsWith("Mozilla/");
  return (isBrowser && first(headers.get("x-forwarded-proto")) === "http") || page.startsWith("http://");
}

function first(list: string | null): string | undefined {
  return list?.split(",")[0]?.trim() || undefined;
}
