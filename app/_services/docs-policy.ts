/** The Content-Security-Policy of the documentation: static pages, whose own inline scripts are told by their hashes. */

import { createHash } from "node:crypto";

const INLINE = /<script(?![^>]*\bsrc=)[^>]*>(.*?)<\/script>/gs;

/** The policy of a page: what is not in it as it was built does not run. */
export function docsPolicy(html: string): string {
  const hashes = [...html.matchAll(INLINE)].map(([, script = ""]) => {
    return `'sha256-${createHash("sha256").update(script).digest("base64")}'`;
  });
  return [
    "default-src 'self'",
    ["script-src 'self'", ...new Set(hashes)].join(" "),
    // Highlighted code has its colours in style attributes.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
