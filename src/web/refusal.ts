/** What a handler answers for a request that the session refused. */

import { SessionError } from "../errors.js";
import { UNCACHED } from "./uncached.js";

/** The status of each refusal that is an answer and no failure. A browser does not use a prefetch that came to 503. */
const STATUSES: Readonly<Partial<Record<SessionError["code"], number>>> = { "cross-site": 403, prefetch: 503 };

/** The response for an error of these codes, if it is one. Its text says what was refused and why; nothing of the request is repeated. */
export function refusalOf(error: unknown, ...codes: readonly SessionError["code"][]): Response | undefined {
  if (!(error instanceof SessionError) || !codes.includes(error.code)) return undefined;
  const headers = { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": UNCACHED };
  return new Response(error.message, { status: STATUSES[error.code] ?? 500, headers });
}
