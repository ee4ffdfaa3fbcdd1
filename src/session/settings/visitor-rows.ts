/** How many rows visitors may make: nobody is signed in, so anybody can ask for as many as they like. */

import { SessionConfigError } from "../../errors.js";
import { Stopwatch } from "../../util/clock.js";

/** Who asks for a row, as far as is known. */
export interface Visitor {
  /** As the option `clientAddress` tells it; null where it tells none. */
  readonly address: string | null;
  readonly userAgent: string | null;
}

/**
 * Which visitors may begin a session on the server:
 * - `true`: all of them;
 * - `false`: none. Their sessions stay in the cookie, as far as that holds them;
 * - a number: how many in an hour for each network address, as this process counts. Visitors without an address share one
 *   count, so this needs `clientAddress`;
 * - a function that decides, by a limiter that all processes share, for example.
 */
export type VisitorRows = boolean | number | ((visitor: Visitor) => boolean | Promise<boolean>);

const HOUR = 60 * 60 * 1000;

/** How many addresses are counted; beyond that, the oldest are forgotten. One takes some 100 bytes. */
const COUNTED = 10_000;

/**
 * The decision as a function, whatever form it was given in.
 * @throws {SessionConfigError} `visitorRows`.
 */
export function decideVisitorRows(given: VisitorRows = true): (visitor: Visitor) => boolean | Promise<boolean> {
  if (typeof given === "function") return given;
  if (typeof given === "boolean") return () => given;
  if (Number.isSafeInteger(given) && given >= 1) return perHour(given);
  throw new SessionConfigError("visitorRows", "must be true, false, a whole number from 1, or a function.");
}

function perHour(limit: number): (visitor: Visitor) => boolean {
  const counts = new Map<string | null, { since: Stopwatch; count: number }>();
  return ({ address }) => {
    const known = counts.get(address);
    const current = known && known.since.elapsed < HOUR ? known : { since: new Stopwatch(), count: 0 };
    if (current.count >= limit) return false;
    current.count += 1;
    counts.delete(address);
    counts.set(address, current);
    if (counts.size > COUNTED) counts.delete(counts.keys().next().value as string | null);
    return true;
  };
}
