/** Two servers, killed in turn, in figures. */

import { type Goals, whole } from "../../support/goals.js";
import type { ServerUrls } from "./describe-with-both.js";
import { runServers } from "./servers-run.js";

/** How often a server is killed. */
const KILLS = 4;

/** Tells what visitors notice who move between two Next servers, one of which is killed now and then. */
export async function tellOfServers(goals: Goals, urls: ServerUrls, requests: number): Promise<void> {
  const report = await runServers(urls, { requests, kills: KILLS });
  const { failed, findings, kills, moves, unanswered, writes } = report;
  console.log(
    `${whole(report.requests)} requests of 8 visitors to two Next servers, ${whole(moves)} of them to the other server than ` +
      `the one before; ${kills} kills under load, ${whole(unanswered)} requests without an answer`,
  );
  for (const what of [...failed, ...findings].slice(0, 10)) console.error(what);
  goals.none(`acknowledged writes lost of ${whole(writes)}, or people signed out`, findings.length);
  goals.none("requests that a server answered with an error", failed.length);
}
