/** The route that a cron job calls to remove what has expired. */

import { equalBytes, sha256 } from "#seal";
import { SessionConfigError } from "../errors.js";
import type { SessionManager } from "../session/manager/sessions.js";
import { isBuilding } from "../session/settings/settings.js";
import { type Duration, milliseconds } from "../util/expiry.js";
import { CHECKED_ELSEWHERE, checkShape, type Shape } from "../util/option-shape.js";

/** The options of {@link createCleanupRoute}. */
export interface CleanupRouteOptions {
  /** What the cron job sends as `Authorization: Bearer …`; at least 16 characters, as Vercel advises. */
  secret: string | undefined;
  /** How long one call may work. Default `"20s"`. */
  budget?: Duration;
}

const MIN_SECRET = 16;

/** The most rows that one call removes, whatever its `limit` says. */
const MAX_LIMIT = 10_000_000;

/** The longest head that is answered, in bytes: more than all cookies of a session. */
const MAX_HEAD = 8192;

/**
 * Makes the route `/api/cron/cleanup`. It answers `{ deleted, complete }`; 401 without the right secret; 503, and does
 * nothing, while no secret is configured. `?limit=` bounds how many rows one call removes. `?head=` removes none: the
 * answer has a head of at least so many bytes, by which `npx spillway doctor` finds out what a proxy in front lets through.
 * @throws {SessionConfigError} naming the option that is unknown or of another type.
 *
 * @example
 * ```ts
 * import { createCleanupRoute } from "spillway/next/cron";
 * export const { GET } = createCleanupRoute(sessions, { secret: process.env.CRON_SECRET });
 * ```
 */
export function createCleanupRoute<Data extends object, Flash extends object>(
  sessions: Pick<SessionManager<Data, Flash>, "cleanup">,
  options: CleanupRouteOptions,
): { GET: (request: Request) => Promise<Response> } {
  if (!isBuilding()) refuseWrong(sessions, options);
  return {
    async GET(request) {
      const { secret, budget } = options;
      if (typeof secret !== "string" || secret.replace(/\s/g, "").length < MIN_SECRET) {
        return answer(503, { error: "Set CRON_SECRET to at least 16 characters." });
      }
      if (!(await isEqual(request.headers.get("authorization") ?? "", `Bearer ${secret}`))) {
        return answer(401, { error: "Unauthorized" });
      }
      const { searchParams } = new URL(request.url);
      const head = Math.min(Math.trunc(Number(searchParams.get("head"))) || 0, MAX_HEAD);
      if (head > 0) return answer(200, { head }, { "X-Spillway-Head": "x".repeat(head) });
      const limit = limitOf(searchParams.get("limit"));
      return answer(200, await sessions.cleanup({ limit, ...(budget === undefined ? {} : { budget }) }));
    },
  };
}

/** What each option may be. A missing secret is reported by the route. */
const SHAPE: Shape<CleanupRouteOptions> = {
  secret: { must: "must be a text, or undefined while there is none", fits: (value) => typeof value === "string" },
  budget: CHECKED_ELSEWHERE,
};

function refuseWrong(sessions: unknown, options: CleanupRouteOptions): void {
  if (typeof (sessions as { readonly cleanup?: unknown } | null | undefined)?.cleanup !== "function") {
    throw new SessionConfigError("sessions", "must be the `sessions` that createSessions() returns.");
  }
  checkShape("", options, SHAPE);
  if (options.budget !== undefined) milliseconds("budget", options.budget);
}

/** Compares hashes, which have one length, in constant time: neither length nor content of the secret shows. */
async function isEqual(given: string, expected: string): Promise<boolean> {
  return equalBytes(await sha256(given), await sha256(expected));
}

function limitOf(asked: string | null): number {
  const limit = Math.trunc(Number(asked));
  return asked === null || Number.isNaN(limit) ? MAX_LIMIT : Math.min(Math.max(limit, 0), MAX_LIMIT);
}

function answer(status: number, body: object, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { ...headers, "Cache-Control": "no-store" } });
}
