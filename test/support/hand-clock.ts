/** Time that moves by hand: what waits for it is let go when a test says so, or when nothing else can go on. */

import { setImmediate } from "node:timers";

/** When everything begins: any moment will do. */
const BEGINNING = Date.UTC(2026, 0, 1);

interface Timer {
  readonly at: number;
  readonly then: () => void;
}

export class HandClock {
  time = BEGINNING;
  readonly #timers = new Set<Timer>();

  /** The clock that the library goes by. */
  readonly clock = {
    now: () => Math.trunc(this.time),
    after: (milliseconds: number, then: () => void) => {
      const timer = { at: this.time + Math.max(milliseconds, 0), then };
      this.#timers.add(timer);
      return () => void this.#timers.delete(timer);
    },
  };

  /** Waits until no promise can go on by itself. */
  settled(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** The outcome of work that nobody holds up: time passes whenever it waits for that. */
  async finished<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    work.then(done, done);
    for (await this.settled(); !isDone; await this.settled()) {
      if (!(await this.wake())) throw new Error("A request waits for nothing.");
    }
    return work;
  }

  /** Lets so many milliseconds pass: all that is due on the way happens, in order. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    await this.settled();
    while (await this.wake(end));
    this.time = end;
  }

  /** Lets the next thing happen that waits for time to pass, if it does so by then. Returns whether there was one. */
  async wake(by = Number.POSITIVE_INFINITY): Promise<boolean> {
    const next = [...this.#timers].reduce<Timer | undefined>(
      (first, timer) => (first && first.at <= timer.at ? first : timer),
      undefined,
    );
    if (!next || next.at > by) return false;
    this.#timers.delete(next);
    this.time = Math.max(this.time, next.at);
    next.then();
    await this.settled();
    return true;
  }
}
