/**
 * The time, as milliseconds since 1970, and waiting for it to pass.
 *
 * Built on `performance`, because Next refuses or drops what reads `Date.now()` while it prerenders
 * (`cacheComponents`, partial prefetching). A monotonic clock does not follow a machine that slept or whose time was
 * set, so code that runs where `Date` may be read (an action, a handler, the middleware) calls {@link resync} first; for
 * pages, Node's HTTP server does so every half second.
 */

/** A source of time. Tests bring their own, to stand a millisecond on either side of a deadline. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since any moment, by a clock that cannot be set. Default: as {@link now}. */
  steady?(): number;
  /** Calls back after this many milliseconds; returns a function that cancels it. */
  after(milliseconds: number, then: () => void): () => void;
}

/** What time it was, by the system's clock, when `performance` began to count: one for all bundles of the process. */
const SHARED = Symbol.for("spillway.clock");
const kept = globalThis as { [SHARED]?: { origin: number } };
const shared = kept[SHARED] ?? { origin: performance.timeOrigin };
kept[SHARED] = shared;

const systemClock: Clock = {
  now: () => Math.trunc(shared.origin + performance.now()),
  steady: () => performance.now(),
  after(milliseconds, then) {
    const timer = setTimeout(then, milliseconds);
    return () => clearTimeout(timer);
  },
};

let clock = systemClock;

/** The current time in milliseconds since 1970. Safe in a prerender. */
export function now(): number {
  return clock.now();
}

/** Follows the system's clock again. Not to be called while a page renders. */
export function resync(): void {
  shared.origin = Date.now() - performance.now();
}

/** A step back of the time that is more than what a clock is corrected by all day (milliseconds). */
const STEP_BACK = 1_000;

/**
 * What has elapsed, judged by two clocks: the time can be set, and a clock that cannot be set stands still while the
 * machine sleeps. What says that more has elapsed is right; where the time was set back, anything may have.
 */
export class Stopwatch {
  readonly #began = now();
  readonly #beganSteady = monotonic();

  /** Milliseconds since it was started; infinitely many when the time was set back meanwhile. */
  get elapsed(): number {
    const byTime = now() - this.#began;
    return byTime < -STEP_BACK ? Number.POSITIVE_INFINITY : Math.max(byTime, monotonic() - this.#beganSteady);
  }
}

/** Milliseconds since any moment, by a clock that cannot be set: for measuring what takes less than one. */
export function monotonic(): number {
  return clock.steady?.() ?? clock.now();
}

/** Waits this many milliseconds. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => clock.after(milliseconds, resolve));
}

/** The outcome of `work`, or a rejection with the error that `late` makes when it takes longer than this (milliseconds). */
export function within<T>(milliseconds: number, work: Promise<T>, late: () => Error): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    // A process that was busy itself meets its timers first: what came in meanwhile gets one more turn to be heard.
    let cancel = clock.after(milliseconds, () => {
      cancel = clock.after(0, () => reject(late()));
    });
    work.then(resolve, reject).finally(() => cancel());
  });
}

/** Sets the clock of this module instance; without an argument the system's again. For tests. */
export function setClock(other: Clock = systemClock): void {
  clock = other;
}
