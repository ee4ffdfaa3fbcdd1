/** A theme: what the plans of a simulation dwell on. */

import type { Act, Setting } from "./plan.js";

/** What one kind of plan is like. Durations are milliseconds. */
export interface Theme {
  readonly acts: readonly Act[];
  /** What is certain about the setting; the rest is drawn. */
  readonly setting: Partial<Setting>;
  /** Pauses between bursts, and how probable one is after each request. */
  readonly pauses: readonly number[];
  readonly pausing: number;
  /** How probable it is that a process dies or falls asleep in a call, and for how long it sleeps (undefined: it dies). */
  readonly blows: number;
  /** In which of its calls, and before or after it is carried out. */
  readonly strikes: readonly number[];
  readonly whens: readonly ("before" | "after")[];
  readonly sleeps: readonly (number | undefined)[];
  /** How many milliseconds there are at most between requests. */
  readonly paces: readonly number[];
  /** How many outages, deaths and evictions there are at most. */
  readonly mishaps: number;
  /** How often the database is away for seconds, beyond that. */
  readonly absences: number;
  /** How often the database first takes no calls, and then carries them out without an answer. */
  readonly fadings: number;
  /** How probable it is that a response is late or lost, beyond what the trouble of the setting says. */
  readonly lost: number;
  /** How probable it is that a request is late. */
  readonly late: number;
}

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

/** Acts, each as many times as it is to be probable. */
export const times = (acts: Partial<Record<Act, number>>): Act[] =>
  Object.entries(acts).flatMap(([act, count]) => Array.from({ length: count }, () => act as Act));

/** What most themes have in common. */
export const COMMON = {
  setting: {},
  pauses: [15 * SECOND, 70 * SECOND, 5 * MINUTE, 80 * MINUTE],
  pausing: 0.08,
  paces: [20, 200, 2 * SECOND],
  blows: 0.02,
  strikes: [0, 1, 2, 3, 4, 5],
  whens: ["before", "after"],
  sleeps: [undefined, undefined, 6 * SECOND, 80 * MINUTE],
  mishaps: 3,
  absences: 0,
  fadings: 0,
  lost: 0,
  late: 0.02,
} as const;

/** A deployment whose writes wait in the cache while the database does not take them. */
export const DEFERRING = {
  deployment: "db+kv",
  onStoreDown: "cache",
  cookieThreshold: 0,
  storeTrouble: 0.02,
} as const;
