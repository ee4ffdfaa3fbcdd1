/** Warnings: what a developer would want to know before users find out. */

import type { SessionSnapshot, Warning } from "../../client/panel/snapshot.js";
import { SessionError } from "../../errors.js";
import { redact } from "../../util/redact.js";

/** What is looked at. */
interface Looked {
  readonly request: Request;
  readonly session: SessionSnapshot | undefined;
  readonly secure: boolean;
  readonly threshold: number;
  readonly hasServer: boolean;
  /** Why the values could not be loaded. */
  readonly failure: unknown;
  readonly rejected: string | undefined;
  readonly unawaited: readonly string[];
}

/** A value that takes more than this share of the threshold is large. */
const LARGE_SHARE = 0.5;

/** So near to the threshold, the next value may be the one too many. */
const NEARLY = 0.9;

/** All that is to be said. */
export function warningsOf(looked: Looked): Warning[] {
  return [failed, refused, unawaited, insecure, large, nearlyFull].flatMap((rule) => rule(looked));
}

function failed({ failure }: Looked): Warning[] {
  if (failure === undefined) return [];
  const text = failure instanceof SessionError ? failure.message : String(redact(failure));
  return [{ title: "The values cannot be loaded", text }];
}

function refused({ rejected }: Looked): Warning[] {
  if (rejected === undefined) return [];
  return [{ title: `The cookie that came is no session: ${rejected}`, text: REASONS[rejected] ?? "" }];
}

/** For whom `npx spillway inspect` says it at length. */
const REASONS: Readonly<Record<string, string>> = {
  "unknown-key": "Its secret is not among SESSION_SECRET any more, or was never. The next write begins a new session.",
  forged: "It was not sealed by this application with these secrets. The next document expires it.",
  expired: "One of its deadlines has passed.",
  duplicate: "The browser sent several of its name that do not belong together: look for another Path or Domain.",
  binding: "It is bound to another user agent or address.",
};

function unawaited({ unawaited: calls }: Looked): Warning[] {
  return calls.map((call) => ({
    title: `session.${call} was not awaited`,
    text: "The response may leave before it is committed. Await it, or wrap the function in withSession().",
  }));
}

/** Safari drops `Secure` cookies on http://localhost, and every browser does so on any other http address. */
function insecure({ request, secure }: Looked): Warning[] {
  const proto = request.headers.get("x-forwarded-proto") ?? new URL(request.url).protocol;
  if (!secure || !/^http:?$/.test(proto.split(",")[0]?.trim() ?? "")) return [];
  return [
    {
      title: "The cookie is Secure, and this page came over http",
      text: "Safari drops it on localhost, and every browser does elsewhere. Leave `cookie.secure` to its default in development.",
    },
  ];
}

function large({ session, threshold, hasServer }: Looked): Warning[] {
  const limit = threshold * LARGE_SHARE;
  return (session?.values ?? [])
    .filter(({ bytes }) => threshold > 0 && bytes > limit)
    .map(({ key, bytes }) => ({
      title: `"${key}" takes ${kilobytes(bytes)} of the ${kilobytes(threshold)} that stay in the cookie`,
      text: hasServer
        ? "With it the session lives on the server, at the price of a round trip for each request. Keep an id in its place where you can."
        : "There is no store to take what the cookie cannot. Keep an id in its place, or give createSessions() a store.",
    }));
}

function nearlyFull({ session, threshold, hasServer }: Looked): Warning[] {
  if (!session || hasServer || session.weight < threshold * NEARLY) return [];
  return [
    {
      title: `The cookie is nearly full: ${kilobytes(session.weight)} of ${kilobytes(threshold)}`,
      text: "A write beyond that rejects with `too-large`, since there is no store to spill over to.",
    },
  ];
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} KB`;
}
