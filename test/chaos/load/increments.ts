/** Many clients on one session: every increment that was acknowledged has to be in the count at the end. */

import { defineSession, type ServerOptions, SessionError } from "spillway";
import { createSessions } from "spillway/web";
import { newSecret } from "../../support/deployments.js";
import { FakeBrowser } from "../../support/fake-browser.js";

/** How much is asked for, of what. */
export interface IncrementLoad {
  readonly options: Pick<ServerOptions, "store" | "cache">;
  readonly clients: number;
  /** How many processes serve them. Requests of one take turns; those of several meet at the row. Default 1. */
  readonly servers?: number;
  readonly increments: number;
  /** Told how many are acknowledged so far. */
  readonly progress?: (acknowledged: number) => void;
}

/** What was seen. */
export interface IncrementReport {
  readonly acknowledged: number;
  /** The count that the session holds. */
  readonly count: number;
  /** How many of the clients' own keys hold their last acknowledged value. */
  readonly keysKept: number;
  /** Requests that were told of a conflict, and were repeated. */
  readonly conflicts: number;
  readonly seconds: number;
}

/** Increments one counter from all clients at once, each of which also writes a key of its own with every increment. */
export async function runIncrements({
  options,
  clients,
  servers = 1,
  increments,
  progress,
}: IncrementLoad): Promise<IncrementReport> {
  const definition = defineSession<Record<string, number>>({ secret: newSecret() });
  const server = () => createSessions(definition, { ...options, cookieThreshold: 0, storeTimeout: "60s" });
  const sessions = server();
  const all = [sessions, ...Array.from({ length: servers - 1 }, server)];
  const first = new FakeBrowser();
  await first.request(sessions, (session) => session.set("count", 0));
  const setCookies = first.lastSetCookies;

  const started = performance.now();
  let left = increments;
  let acknowledged = 0;
  let conflicts = 0;
  const last = new Map<string, number>();

  async function client(number: number): Promise<void> {
    const name = `client ${number}`;
    const mine = all[number % servers] as typeof sessions;
    const browser = new FakeBrowser();
    browser.receive(setCookies);
    while (left > 0) {
      left -= 1;
      const value = acknowledged + 1;
      for (let isDone = false; !isDone; ) {
        isDone = await browser
          .request(mine, (session) =>
            Promise.all([session.update("count", (count = 0) => count + 1), session.set(name, value)]),
          )
          .then(() => true, isConflict);
        if (!isDone) conflicts += 1;
      }
      last.set(name, value);
      acknowledged += 1;
      if (acknowledged % 1000 === 0) progress?.(acknowledged);
    }
  }

  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  const kept = await first.request(sessions, (session) => session.all());
  return {
    acknowledged,
    count: kept.count ?? 0,
    keysKept: [...last].filter(([name, value]) => kept[name] === value).length,
    conflicts,
    seconds: (performance.now() - started) / 1000,
  };
}

/** A conflict is an answer, not a loss: nothing was acknowledged. Anything else is a failure. */
function isConflict(error: unknown): false {
  if (error instanceof SessionError && error.code === "conflict") return false;
  throw error;
}
