/** Database outages in figures. */

import { type Goals, whole } from "../../support/goals.js";
import type { ServerUrls } from "./describe-with-both.js";
import { errors, row } from "./figures.js";
import { STORE_FAULTS, visitUnderStoreFault } from "./store-faults.js";

/** How many visit at once. */
const VISITORS = 20;

const WIDTHS = [46, 6, 12, 7, 14, 13, 9, 11] as const;

/** Tells what becomes of reads and writes under every fault of the database, while the cache is well. */
export async function tellOfStore(goals: Goals, urls: ServerUrls, requests: number, which: string): Promise<void> {
  const traffic = { visitors: VISITORS, each: Math.ceil(requests / VISITORS) };
  console.log(`${VISITORS} visitors. A finding is a false "saved", a lost write, or somebody signed out.`);
  row(
    ["database", "reads", "reads failed", "writes", "writes refused", "lost replies", "findings", "back after"],
    WIDTHS,
  );
  const sum = { reads: 0, readsFailed: 0, findings: 0, errorsAfter: 0, surplus: 0, lostReplies: 0, back: 0 };
  for (const fault of STORE_FAULTS) {
    if (!fault.name.includes(which)) continue;
    const report = await visitUnderStoreFault({ ...urls, transport: "redis" }, fault, traffic);
    const { visits, findings, lostReplies, after, recovered } = report;
    const reads = visits.filter(({ errand }) => errand === "read");
    const writes = visits.filter(({ errand }) => errand !== "read");
    const refused = errors(writes);
    row(
      [fault.name, reads.length, errors(reads), writes.length, refused, lostReplies, findings.length, recovered],
      WIDTHS,
    );
    sum.reads += reads.length;
    sum.readsFailed += errors(reads);
    sum.findings += findings.length;
    sum.errorsAfter += errors(after);
    sum.surplus += fault.refusesWrites ? writes.length - refused : refused;
    sum.lostReplies += lostReplies;
    sum.back = Math.max(sum.back, recovered);
  }
  goals.none('writes said to be "saved" that were not, lost writes, people turned anonymous', sum.findings);
  goals.none(`errors in ${whole(sum.reads)} reads that the cache could answer`, sum.readsFailed);
  goals.none("writes accepted by a database that takes none, or refused though it had them", sum.surplus);
  goals.none("errors afterwards, without a restart", sum.errorsAfter);
  console.log(
    `${whole(sum.lostReplies)} replies to commits were lost; all visitors wrote again at most ${sum.back.toFixed(0)} ms after a fault.`,
  );
}
