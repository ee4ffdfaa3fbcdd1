/** Durations and deadlines. Options speak in strings or seconds, records in `Date`; milliseconds stay in here. */

import ms from "ms";
import { SessionConfigError } from "../errors.js";

/** The units of time that the package `ms` reads. Spelled out here, so that its types need not be installed. */
type Unit =
  | `${"Year" | "Week" | "Day" | "Hour" | "Minute" | "Second" | "Millisecond"}${"" | "s"}`
  | `${"Yr" | "Hr" | "Min" | "Sec" | "Msec"}${"" | "s"}`
  | ("Y" | "W" | "D" | "H" | "M" | "s" | "Ms");

type UnitInAnyCase = Unit | Uppercase<Unit> | Lowercase<Unit>;

/** A length of time: seconds as a number, or a string with its unit as the package `ms` reads it (`"10s"`, `"15m"`, `"7d"`). */
export type Duration = number | `${number}${"" | " "}${UnitInAnyCase}`;

/** Cookies live at most 400 days (RFC 6265bis, 5.5; browsers clamp what is longer). */
export const MAX_LIFETIME = 400 * 24 * 60 * 60 * 1000;

/** A row outlives the absolute deadline by 15 minutes, so that clocks may differ by as much and cleanup take nothing live. */
export const MAX_CLOCK_SKEW = 15 * 60 * 1000;

/** A sealed-at further ahead than an hour was not made by a clock of ours. */
export const MAX_SEALED_AHEAD = 60 * 60 * 1000;

/** A text without a unit: of seconds, as numbers are, or of milliseconds, as `ms` takes it, nobody can tell. */
const WITHOUT_UNIT = /^[^a-z]*$/i;

/** Milliseconds of a duration; NaN or infinite when it is none. */
export function durationOf(value: unknown): number {
  if (typeof value === "number") return value * 1000;
  // Of other lengths `ms` throws, and quotes the text.
  const isText = typeof value === "string" && value.length < 100 && !WITHOUT_UNIT.test(value);
  return isText ? ms(value as ms.StringValue) : Number.NaN;
}

/**
 * Reads a duration as milliseconds.
 * @throws {SessionConfigError} naming `option`, when it is no duration, or outside `min` to `max` (milliseconds).
 */
export function milliseconds(option: string, value: Duration, min = 1, max = Number.MAX_SAFE_INTEGER): number {
  const parsed = durationOf(value);
  if (!Number.isFinite(parsed)) {
    throw new SessionConfigError(option, 'is no duration. Give seconds as a number, or a text with its unit: "10s".');
  }
  if (parsed < min || parsed > max) {
    throw new SessionConfigError(option, `must lie between ${ms(min, { long: true })} and ${ms(max, { long: true })}.`);
  }
  return Math.round(parsed);
}

/** The idle deadline of a session used at `at`: never beyond the absolute one. */
export function idleDeadline(at: number, idleTimeout: number, expiresAt: number): number {
  return Math.min(at + idleTimeout, expiresAt);
}

/** How often a row is told at most that its session was used (milliseconds): often enough to know who has idled out. */
export function visitInterval(idleTimeout: number): number {
  return idleTimeout / 10;
}

/** When the row of a session with this absolute deadline may be deleted. */
export function rowDeadline(expiresAt: number): Date {
  // rule: a row lives to the absolute deadline
  return new Date(expiresAt + MAX_CLOCK_SKEW);
}
