/** A short cleanup, by chance, after a response: for those who have nothing that calls the cleanup. */

import type { Context } from "../context.js";
import type { SessionManager } from "./manager.js";

/** It takes little (rows and seconds): the next one does the rest. */
const SHORT = { limit: 500, budget: 2 } as const;

/**
 * As often as `cleanupProbability` says, hands over a short cleanup.
 * @param afterwards is given what to do once the response has left. That never rejects: what fails is told as an event.
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
