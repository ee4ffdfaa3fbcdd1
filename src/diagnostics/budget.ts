/** How many bytes the cookies of a session may take on the wire, and whether they are all that there is. */

import { contextOf } from "../session/manager/context-of.js";
import type { SessionManager } from "../session/manager/sessions.js";

/** The bytes of the activity cookie and of flash messages: all cookies of a session stay under 7 KB. */
const BESIDES = 1_000;

/** The most bytes that the cookies of one session take in a request, names and values; undefined when the argument is not a session manager. */
export function cookieBytes(sessions: Pick<SessionManager, "cleanup">): number | undefined {
  const context = contextOf(sessions);
  return context && context.server.cookieThreshold + BESIDES;
}

/** Whether sessions are held in the cookie alone: there is neither store nor cache, and nothing that a manager could list or end. */
export function isCookieAlone(sessions: Pick<SessionManager, "cleanup">): boolean {
  const server = contextOf(sessions)?.server;
  return server !== undefined && !server.store && !server.cache;
}
