/** What the requests of a meeting do. */

import type { SessionError } from "../../../src/errors.js";
import type { Session } from "../../../src/session/session.js";
import type * as Library from "../simulation/library.js";
import type { Server } from "../simulation/server.js";
import type { Definition } from "./beginnings.js";

/** What a request does to its session, or an administrator to it from outside. */
export const ACTS = [
  "append",
  "set",
  "read",
  "pop",
  "spill",
  "shrink",
  "slide",
  "regenerate",
  "login ada",
  "login bob",
  "logout",
  "destroy",
  "revoke",
  "revokeUser",
  "destroyAll",
  "cleanup",
] as const;

/** What it takes to come to a beginning, beside those. */
export type Act = (typeof ACTS)[number] | "begin";

export type Values = Record<string, unknown>;

type AppSession = Session<Values, Values>;

/** Too much for the cookie of these sessions. */
const BIG = "x".repeat(2000);

/** A request: in which process, with which cookies, under which name. */
export interface Asked {
  readonly act: Act;
  /** What it writes is told from what others write by this. */
  readonly tag: string;
  readonly process: Server;
  readonly cookie: string;
  /** The handle that an administrator ends. */
  readonly handle: string | undefined;
}

/** What a request was told, and tells the browser. */
export interface Answer {
  readonly outcome: string;
  /** What it saw of its session at last. */
  readonly seen: Sight | undefined;
  /** What it took out of the session for itself. */
  readonly taken: unknown;
  readonly setCookies: readonly string[];
}

/** What is to be seen of a session. */
export interface Sight {
  readonly active: boolean;
  readonly userId: string | undefined;
  readonly handle: string | undefined;
  readonly placement: "cookie" | "server" | undefined;
  readonly data: Values;
}

/** Carries out a request. An error of the library is an answer as well; any other is thrown. */
export async function perform(library: typeof Library, definition: Definition, asked: Asked): Promise<Answer> {
  const setCookies: string[] = [];
  let seen: Sight | undefined;
  let taken: unknown;
  try {
    if (asked.act === "slide") setCookies.push(...slide(library, definition, asked.cookie));
    else if (!(await administer(asked))) {
      const opened = await asked.process.sessions.open(new Headers({ cookie: asked.cookie }));
      const session = opened.session as unknown as AppSession;
      try {
        taken = await act(session, asked.act, asked.tag);
        seen = await look(session);
      } finally {
        // What was set before an error goes out all the same, as in a server action.
        setCookies.push(...opened.setCookies);
      }
    }
    return { outcome: "done", seen, taken, setCookies };
  } catch (error) {
    const { code } = error as SessionError;
    if (code === undefined) throw error;
    return { outcome: code, seen, taken, setCookies };
  }
}

/** What is to be seen of a session; nothing of one whose values are in a newer cookie. */
async function look(session: AppSession): Promise<Sight> {
  const data = await session.all();
  const { active, userId, handle, placement } = session;
  return { active, userId, handle, placement, data };
}

async function act(session: AppSession, what: Act, tag: string): Promise<unknown> {
  switch (what) {
    case "begin":
      return void (await session.set({ log: [tag], [tag]: true, ticket: "ticket" }));
    case "append":
      return void (await Promise.all([
        session.update("log", (log) => [...((log as string[]) ?? []), tag]),
        session.set(tag, true),
      ]));
    case "set":
      return void (await session.set(tag, true));
    case "pop":
      return session.pop("ticket");
    case "spill":
      return void (await session.set({ [tag]: true, big: BIG }));
    case "shrink":
      return void (await Promise.all([session.set(tag, true), session.delete("big")]));
    case "regenerate":
      return void (await session.regenerateId());
    case "login ada":
      return void (await session.login("ada"));
    case "login bob":
      return void (await session.login("bob"));
    case "logout":
      return session.logout();
    case "destroy":
      return session.destroy();
    default:
      return undefined;
  }
}

/** What is done without a session of one's own. */
async function administer({ act: what, process, handle }: Asked): Promise<boolean> {
  const { sessions } = process.sessions;
  if (what === "revoke") await sessions.revoke(handle ?? "");
  else if (what === "revokeUser") await sessions.revokeUser("ada");
  else if (what === "destroyAll") await sessions.destroyAll();
  else if (what === "cleanup") await sessions.cleanup();
  else return false;
  return true;
}

/** What the middleware does: no tier, no session. */
function slide(library: typeof Library, definition: Definition, cookie: string): string[] {
  const settings = library.settingsOf(definition);
  const opened = library.readSessionCookies(settings, new Headers({ cookie }));
  const sent = "present" in opened ? library.slide(settings, opened) : undefined;
  return sent && "cookie" in sent ? [library.serializeCookie(sent.cookie)] : [];
}
