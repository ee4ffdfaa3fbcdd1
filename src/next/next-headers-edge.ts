/**
 * `next/headers` at the edge, without the file's extension: Next 15.5 with Turbopack takes the full name for another
 * instance there, which has no request ("`headers` was called outside a request scope").
 */

// @ts-expect-error Node would find no such file; only bundlers ask for this one.
export { cookies, headers } from "next/headers";
