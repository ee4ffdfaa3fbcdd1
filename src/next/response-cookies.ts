/** Setting cookies through Next, and what to say when that is too late or not enough. */

import type { cookies } from "#headers";
import type { CookieWrite } from "../cookie/attributes.js";
import { SessionError } from "../errors.js";
import type { RequestHeaders } from "../cookie/jar.js";
import { UNCACHED } from "../session/token/write-cookies.js";
import { redact } from "../util/redact.js";
import { callsAction } from "./action.js";

/** What `await cookies()` gives. */
export type CookieStore = Awaited<ReturnType<typeof cookies>>;

/**
 * Sets cookies with the response.
 * @throws {SessionError} `read-only` when the response has left.
 */
export function setCookies(store: CookieStore, written: readonly CookieWrite[]): void {
  try {
    for (const { name, value, domain, priority, ...attributes } of written) {
      store.set(name, value, { ...attributes, ...(domain && { domain }), ...(priority && { priority }) });
    }
  } catch (error) {
    throw new SessionError(
      "read-only",
      "A session was committed when the response had left, so its cookie could not be set: nobody awaited the call that changed it. Await it, or wrap the function in withSession().",
      { cause: redact(error) },
    );
  }
}

let hasWarned = false;

/** Says once, in development, that a route handler's response with a session cookie may be kept by caches. */
export function warnOfCaches(headers: RequestHeaders): void {
  if (hasWarned || callsAction(headers)) return;
  hasWarned = true;
  console.warn(
    `Spillway: a route handler has set a session cookie, and Next sends its response without Cache-Control. Wrap the handler in withSession(), which sends \`${UNCACHED}\`, or set the header yourself.`,
  );
}
