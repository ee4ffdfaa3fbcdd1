/** Cache outages in figures. */

import { type Goals, whole } from "../support/goals.js";
import { CACHE_FAULTS, type CacheReport, visitUnderFault } from "./cache-faults.js";
import type { ServerUrls } from "./describe-with-both.js";
import { errors, percentile, row, THINK, times, VISITORS } from "./figures.js";

/** What the 99th percentile may be above that of the database alone (milliseconds): at first, and with the breaker open. */
const ALLOWED = { first: 120, later: 5 } as const;

const WIDTHS = [46, 9, 7, 9, 7, 7, 8, 9, 11] as const;

/** The worst of something, and where it was seen. */
class Worst {
  value = 0;
  name = "";

  add(value: number, name: string): void {
    if (value > this.value) [this.value, this.name] = [value, name];
  }
}

/**
 * Tells what every fault of the cache costs. Half of the requests come from the fault's first moment on, half when it
 * has lasted.
 *
 * @param requests how many for each fault.
 * @param which a part of the names of the faults to show.
 */
export async function tellOfCache(goals: Goals, urls: ServerUrls, requests: number, which: string): Promise<void> {
  const traffic = { visitors: VISITORS, each: Math.ceil(requests / VISITORS / 2), think: THINK };
  console.log(`${VISITORS} visitors who read, write and log in; first p99, then later p99. Times in ms.`);
  row(["cache", "requests", "errors", "findings", "median", "p99", "slowest", "p99 later", "back after"], WIDTHS);
  const [first, later, back] = [new Worst(), new Worst(), new Worst()];
  let [failed, found, visited, faults] = [0, 0, 0, 0];
  const tell = (name: string, report: CacheReport) => {
    const visits = [...report.during, ...report.later];
    const [median, p99, slowest] = [0.5, 0.99, 1].map((share) => percentile(times(report.during), share));
    const lasting = percentile(times(report.later), 0.99);
    const { findings, recovered } = report;
    row(
      [name, visits.length, errors(visits), findings.length, median ?? 0, p99 ?? 0, slowest ?? 0, lasting, recovered],
      WIDTHS,
    );
    failed += errors(visits);
    found += findings.length;
    visited += visits.length;
    return { p99: p99 ?? 0, lasting, recovered };
  };
  const healthy: number[] = [];
  // Before and after, since other work on the machine comes and goes.
  const tellOfTheHealthy = async () => {
    const alone = await visitUnderFault({ ...urls, transport: undefined }, undefined, traffic);
    tell("none: the database alone, healthy", alone);
    healthy.push(...times([...alone.during, ...alone.later]));
  };
  await tellOfTheHealthy();
  for (const transport of ["kv", "redis"] as const) {
    tell(`${transport}: healthy`, await visitUnderFault({ ...urls, transport }, undefined, traffic));
    for (const fault of CACHE_FAULTS) {
      if (!fault.name.includes(which) || !fault.transports.includes(transport)) continue;
      const name = `${transport}: ${fault.name}`;
      const figures = tell(name, await visitUnderFault({ ...urls, transport }, fault, traffic));
      first.add(figures.p99, name);
      if (fault.isOutage) later.add(figures.lasting, name);
      back.add(figures.recovered, name);
      faults += 1;
    }
  }
  await tellOfTheHealthy();
  const allowed = percentile(healthy, 0.99);
  goals.none(`errors in ${whole(visited)} reads, data writes and logins, ${faults} faults`, failed);
  goals.none("acknowledged writes lost, older values seen, people signed out", found);
  const time = (text: string, { value, name }: Worst, more: number) =>
    goals.time(
      `${text}, the worst (${name})`,
      `${value.toFixed(0)} ms`,
      `that of the database alone, ${allowed.toFixed(0)} ms, + ${more} ms`,
      value <= allowed + more,
    );
  time("p99 from the first moment of a fault", first, ALLOWED.first);
  time("p99 when an outage has lasted", later, ALLOWED.later);
  console.log(
    `Without a restart, the cache answered again at most ${back.value.toFixed(0)} ms after a fault (${back.name}).`,
  );
}
