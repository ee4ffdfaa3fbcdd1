/** Two clocks: this process's and a server's. */

import { now } from "../util/clock.js";
import { MAX_CLOCK_SKEW } from "../util/expiry.js";
import { type Finding, finding, ok } from "./finding.js";

/** The difference from which a clock is reported, in milliseconds. Synchronised clocks differ by much less. */
const NOTICEABLE = 30_000;

/**
 * Compares the clocks. Half of the time that the answer took is the server's doubt, so the middle of it is compared.
 *
 * @param ask returns the server's time; undefined when the server does not report it.
 */
export async function checkClock(
  check: string,
  server: string,
  ask: () => Promise<Date | undefined>,
): Promise<Finding> {
  const before = now();
  const told = await ask();
  if (!told)
    return finding(
      check,
      "unknown",
      `The ${server} does not report its time.`,
      "Compare its clock with the application's by hand.",
    );
  const difference = Math.round((told.getTime() - (before + now()) / 2) / 1000);
  const seconds = Math.abs(difference);
  if (seconds * 1000 <= NOTICEABLE)
    return ok(check, `The clock of the ${server} agrees, to ${Math.max(seconds, 1)} s.`);
  const level = seconds * 1000 > MAX_CLOCK_SKEW / 2 ? "error" : "warning";
  return finding(
    check,
    level,
    `The clock of the ${server} is ${seconds} s ${difference > 0 ? "ahead of" : "behind"} this one. Deadlines are judged by both; ${MAX_CLOCK_SKEW / 60_000} minutes are allowed for.`,
    "Synchronise both machines (NTP: chrony, systemd-timesyncd).",
  );
}
