/** Requests that other sites cause, and how to refuse them. */

import { equalBytes } from "#seal";
import { SessionError } from "../errors.js";
import type { RequestHeaders } from "../cookie/jar.js";
import type { SessionDefinition } from "../session/options.js";
import type { ReadonlySession } from "../session/readonly-session.js";
import { settingsOf } from "../session/settings.js";

/** How {@link isSameOrigin} knows its own origin. */
export interface SameOriginOptions {
  /**
   * The origin that browsers see: `https://app.example.com`. Default: any with the host of the request's `Host` header;
   * forwarded hosts are not believed.
   */
  origin?: string;
}

/**
 * Whether a request comes from a page of this application (OWASP ASVS 5.0, 3.5.1 to 3.5.3): by `Origin`, and by
 * `Sec-Fetch-Site` where there is none. `Origin: null`, a sibling domain and a request that tells neither do not.
 */
export function isSameOrigin(request: { readonly headers: RequestHeaders }, options: SameOriginOptions = {}): boolean {
  const { headers } = request;
  const origin = headers.get("origin");
  if (origin === null) return headers.get("sec-fetch-site") === "same-origin";
  if (options.origin !== undefined) return origin === new URL(options.origin).origin;
  return URL.canParse(origin) && new URL(origin).host === headers.get("host");
}

/**
 * Refuses a request that another site caused. Inside `withSession` a route handler answers it with 403.
 * @throws {SessionError} `cross-site`.
 */
export function assertSameOrigin(request: { readonly headers: RequestHeaders }, options: SameOriginOptions = {}): void {
  if (isSameOrigin(request, options)) return;
  throw new SessionError("cross-site", "The request was caused by another site, or does not tell where it comes from.");
}

/**
 * A token for forms and scripts, bound to the session: nobody else can make one, and it ends with the session's id.
 * Begin a session before (`start()`): without one, no token is good.
 */
export async function csrfToken<Data extends object, Flash extends object>(
  definition: SessionDefinition<Data, Flash>,
  session: Pick<ReadonlySession<Data, Flash>, "id">,
): Promise<string> {
  return settingsOf(definition).sealer.sign("csrf", session.id ?? "");
}

/** Whether a token was made by {@link csrfToken} for this session. */
export async function isCsrfToken<Data extends object, Flash extends object>(
  definition: SessionDefinition<Data, Flash>,
  session: Pick<ReadonlySession<Data, Flash>, "id">,
  token: unknown,
): Promise<boolean> {
  // Without a session there is nothing to bind it to: anybody's would do.
  if (typeof token !== "string" || session.id === undefined) return false;
  const expected = await csrfToken(definition, session);
  return token.length === expected.length && equalBytes(token, expected);
}
