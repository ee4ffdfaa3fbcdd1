/** Cache outages in figures. */

import { type Goals, whole } from "../../support/goals.js";
import { CACHE_FAULTS, type CacheFault, visitUnderFault } from "./cache-faults.js";
import type { ServerUrls } from "./describe-with-both.js";
import { errors, percentile, row, times } from "./figures.js";
import type { Visit } from "./visitors.js";
import type { Transport } from "./world.js";

/** How many visit at once, and as many beside them who have the database alone. */
const VISITORS = 10;

/** How long a visitor thinks between two requests (milliseconds), so that the machine is not what is measured. */
const THINK = 60;

/** What the 99th percentile may be above that of the database alone (milliseconds): at first, and with the breaker open. */
const ALLOWED = { first: 120, later: 5 } as const;

const WIDTHS = [40, 8, 6, 8, 6, 6, 6, 7, 9, 6, 10] as const;

/** The 99th percentiles of visits, and of those at the same time, on the same machine, to the database alone. */
function compare(visits: readonly Visit[], alone: readonly Visit[]) {
  const [p99, base] = [visits, alone].map((some) => percentile(times(some), 0.99)) as [number, number];
  return {
    excess: p99 - base,
    text: `${p99.toFixed(1)} ms, the database alone at the same time ${base.toFixed(1)} ms`,
  };
}

/**
 * Tells what every fault of the cache costs. Half of the requests come from the fault's first moment on, half when it
 * has lasted; and as many go to a deployment without a cache meanwhile, to compare with.
 *
 * @param requests how many for each fault.
 * @param which a part of the names of the faults to show.
 */
export async function tellOfCache(goals: Goals, urls: ServerUrls, requests: number, which: string): Promise<void> {
  const traffic = { visitors: VISITORS, each: Math.ceil(requests / VISITORS / 2), think: THINK };
  console.log(
    `${VISITORS} visitors who read, write and log in; beside them as many who have the database alone. Times in ms,\n` +
      "from the first moment of a fault; later: when it has lasted; back: until the cache is used again, without a restart.",
  );
  row(
    ["cache", "requests", "errors", "findings", "median", "p99", "alone", "slowest", "later p99", "alone", "back"],
    WIDTHS,
  );
  let worst = { excess: Number.NEGATIVE_INFINITY, text: "" };
  const lasting: { readonly visits: Visit[]; readonly alone: Visit[] } = { visits: [], alone: [] };
  let [failed, found, visited, faults] = [0, 0, 0, 0];
  const visit = async (name: string, transport: Transport, fault: CacheFault | undefined) => {
    const [report, alone] = await Promise.all([
      visitUnderFault({ ...urls, transport }, fault, traffic),
      visitUnderFault({ ...urls, transport: undefined }, undefined, traffic),
    ]);
    const { during, findings, recovered } = report;
    const visits = [...during, ...report.later];
    const p99 = (some: readonly Visit[]) => percentile(times(some), 0.99);
    row(
      [
        ...[name, visits.length, errors(visits), findings.length],
        ...[0.5, 0.99].map((share) => percentile(times(during), share)),
        ...[p99(alone.during), percentile(times(during), 1), p99(report.later), p99(alone.later), recovered],
      ],
      WIDTHS,
    );
    failed += errors(visits);
    found += findings.length;
    visited += visits.length;
    if (!fault) return;
    faults += 1;
    const first = compare(during, alone.during);
    if (first.excess > worst.excess) worst = { ...first, text: `${first.text} (${name})` };
    if (!fault.isOutage) return;
    lasting.visits.push(...report.later);
    lasting.alone.push(...alone.later);
  };
  for (const transport of ["kv", "redis"] as const) {
    await visit(`${transport}: healthy`, transport, undefined);
    for (const fault of CACHE_FAULTS) {
      if (!fault.name.includes(which) || !fault.transports.includes(transport)) continue;
      await visit(`${transport}: ${fault.name}`, transport, fault);
    }
  }
  goals.none(`errors in ${whole(visited)} reads, data writes and logins, ${faults} faults`, failed);
  goals.none("acknowledged writes lost, older values seen, people signed out", found);
  goals.time(
    "p99 from the first moment of a fault, the worst",
    worst.text,
    `+ ${ALLOWED.first} ms`,
    worst.excess <= ALLOWED.first,
  );
  const later = compare(lasting.visits, lasting.alone);
  goals.time(
    "p99 when an outage has lasted, of all",
    later.text,
    `+ ${ALLOWED.later} ms`,
    later.excess <= ALLOWED.later,
  );
}
