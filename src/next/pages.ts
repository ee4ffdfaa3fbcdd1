/** Sessions in the Pages Router, and wherever there are Node's `req` and `res`. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { CookieWrite } from "../cookie/attributes.js";
import { ResponseCookies } from "../cookie/response-cookies.js";
import { createContext } from "../session/context.js";
import { cleanUpByChance } from "../session/manager/cleanup.js";
import { createManager } from "../session/manager/manager.js";
import type { SessionManager } from "../session/manager/sessions.js";
import type { FlashMessages, SessionDefinition } from "../session/options.js";
import { openSession } from "../session/request/open.js";
import { sessionOf } from "../session/request/session-writer.js";
import type { UnitOfWork } from "../session/request/unit-of-work.js";
import type { Session } from "../session/session.js";
import type { ServerOptions } from "../session/settings/server-options.js";
import { checkMessages } from "../web/arguments.js";
import { writeIntoHead, writeTimingIntoHead } from "./response/response-head.js";

/** What {@link createSessions} returns. */
export interface PagesSessions<Data extends object, Flash extends object> {
  /** The session of a request, the same one for each call with it: in `getServerSideProps`, or in an API route. */
  getSession(request: IncomingMessage, response: ServerResponse): Promise<Session<Data, Flash>>;
  /** Sessions seen from outside a request. */
  readonly sessions: SessionManager<Data, Flash>;
}

/**
 * Makes the sessions of an application. Await mutations before the response is sent: its head carries the
 * cookies, beside those that the framework sets there. Afterwards what needs a cookie rejects with `read-only`.
 *
 * @example
 * ```ts
 * import { createSessions } from "spillway/next/pages";
 * const { getSession } = createSessions(sessionOptions);
 * export default async function handler(req: NextApiRequest, res: NextApiResponse) {
 *   const session = await getSession(req, res);
 *   res.json({ visits: await session.update("visits", (count = 0) => count + 1) });
 * }
 * ```
 */
export function createSessions<Data extends object = Record<string, unknown>, Flash extends object = FlashMessages>(
  definition: SessionDefinition<Data, Flash>,
  options: ServerOptions = {},
): PagesSessions<Data, Flash> {
  const context = createContext(definition, options);
  const sessions = createManager<Data, Flash>(context);
  const units = new WeakMap<IncomingMessage, Promise<UnitOfWork>>();

  async function open(request: IncomingMessage, response: ServerResponse): Promise<UnitOfWork> {
    const cookies = new ResponseCookies();
    let unit: UnitOfWork | undefined;
    writeIntoHead(response, {
      get cookies() {
        unit?.log.hasten();
        return cookies;
      },
    });
    const send = (written: readonly CookieWrite[]) => {
      cookies.add(written);
      cleanUpByChance(context(), sessions, (cleanUp) => response.once("close", cleanUp));
    };
    const isOpen = () => !response.headersSent;
    const headers = { get: (name: string) => headerOf(request, name) };
    const { serverTiming } = context();
    if (serverTiming) writeTimingIntoHead(response, () => serverTiming.valueFor(headers));
    unit = await openSession(context(), headers, { send, isOpen });
    return unit;
  }

  return {
    async getSession(request, response) {
      checkMessages("getSession", request, response);
      let opening = units.get(request);
      if (!opening) {
        opening = open(request, response);
        units.set(request, opening);
        opening.catch(() => units.delete(request));
      }
      return sessionOf(await opening);
    },
    sessions,
  };
}

function headerOf(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  return (Array.isArray(value) ? value.join(", ") : value) ?? null;
}
