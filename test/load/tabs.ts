/** Two tabs of one browser over a cache alone, whose responses arrive in any order. */

import type { SessionCache } from "spillway";
import { deploy } from "../support/deployments.js";

/** What was seen. */
export interface TabsReport {
  readonly commits: number;
  /** How often a request found itself signed out. */
  readonly logouts: number;
  /** Commits that are not in the session at the end. */
  readonly lost: number;
}

/** Commits from two tabs at once, and delivers each pair's `Set-Cookie` headers in an order that chance decides. */
export async function runTabs(cache: SessionCache, commits: number, random: () => number): Promise<TabsReport> {
  const app = deploy({ tiers: "cookie+kv", newCache: () => cache, server: { cookieThreshold: 0 } });
  const browser = app.browser();
  await browser.request(app.sessions, (session) => session.login("ada"));
  let logouts = 0;
  for (let done = 0; done < commits; done += 2) {
    const tabs = await Promise.all(
      [done, done + 1].map((number) =>
        browser.send(app.sessions, async (session) => {
          if (!session.active || session.userId !== "ada") logouts += 1;
          await session.set(`commit ${number}`, number);
        }),
      ),
    );
    if (random() < 0.5) tabs.reverse();
    for (const tab of tabs) tab.deliver();
  }
  const kept = await browser.request(app.sessions, (session) => session.keys());
  return { commits, logouts, lost: commits - kept.filter((key) => key.startsWith("commit ")).length };
}
