/** Two tabs of one browser over a cache alone, whose responses arrive in any order. */

import { defineSession, type SessionCache } from "spillway";
import { createSessions, type WebSessions } from "spillway/web";
import { newSecret } from "../../support/deployments.js";
import { FakeBrowser } from "../../support/fake-browser.js";

/** What was seen. */
export interface TabsReport {
  readonly commits: number;
  /** How often a request found itself signed out. */
  readonly logouts: number;
  /** Commits that are not in the session at the end. */
  readonly lost: number;
  /** Cookies that a browser would not have kept. */
  readonly refused: number;
}

type Sessions = WebSessions<Record<string, number>, Record<string, unknown>>;

/** Commits from two tabs at once, and delivers each pair's `Set-Cookie` headers in an order that chance decides. */
export async function runTabs(cache: SessionCache, asked: number, random: () => number): Promise<TabsReport> {
  const definition = defineSession<Record<string, number>>({ secret: newSecret() });
  // As in two processes, which do not know of each other.
  const [sessions, others] = [0, 1].map(() =>
    createSessions(definition, { cache, cookieThreshold: 0, storeTimeout: "60s" }),
  ) as [Sessions, Sessions];
  const browser = new FakeBrowser();
  await browser.request(sessions, (session) => session.login("ada"));
  let logouts = 0;
  let commits = 0;
  while (commits < asked) {
    const tabs = await Promise.all(
      [sessions, others].map((server, i) =>
        browser.send(server, async (session) => {
          if (!session.active || session.userId !== "ada") logouts += 1;
          await session.set(`commit ${commits + i}`, i);
        }),
      ),
    );
    commits += tabs.length;
    if (random() < 0.5) tabs.reverse();
    for (const tab of tabs) tab.deliver();
  }
  const kept = await browser.request(sessions, (session) => session.keys());
  const lost = commits - kept.filter((key) => key.startsWith("commit ")).length;
  return { commits, logouts, lost, refused: browser.refused.length };
}
