/** A short cleanup, by chance, after a response: for deployments without a cron job. */

import type { Context } from "../context.js";
import type { SessionManager } from "./sessions.js";

/** How many rows it deletes at most, and for how many seconds: the next one does the rest. */
const SHORT = { limit: 500, budget: 2 } as const;

/**
 * As often as `cleanupProbability` says, hands over a short cleanup.
 * @param afterwards gets the work to do once the response has left. It never rejects: what fails emits an event.
 */
export function cleanUpByChance(
  { server }: Context,
  sessions: Pick<SessionManager, "cleanup">,
  afterwards: (cleanUp: () => Promise<unknown>) => void,
): void {
  const { cleanupProbability } = server;
  if (cleanupProbability === 0 || Math.random() >= cleanupProbability) return;
  afterwards(() => sessions.cleanup(SHORT).catch(() => undefined));
}
