/** Time that stands still until a test moves it: for the library, for the stores in memory, and for the tests' browser. */

import ms from "ms";
import { onTestFinished, vi } from "vitest";
import { resync, setClock } from "../../src/util/clock.js";

/** Stops the time for the rest of the test. Waiting goes on as it does. */
export function stopTime(): void {
  vi.useFakeTimers({ toFake: ["Date"] });
  setClock({
    now: () => Date.now(),
    after(milliseconds, then) {
      const timer = setTimeout(then, milliseconds);
      return () => clearTimeout(timer);
    },
  });
  onTestFinished(() => {
    vi.useRealTimers();
    setClock();
    resync(); // what followed the stopped time follows the system's again
  });
}

/** Moves the stopped time by a duration (`"7d"`, `"-1h"`) or by milliseconds. */
export function travel(by: ms.StringValue | number): void {
  vi.setSystemTime(Date.now() + (typeof by === "number" ? by : ms(by)));
}

/** Moves the stopped time to a moment, given as a Date or as milliseconds since 1970. */
export function travelTo(moment: Date | number): void {
  vi.setSystemTime(moment);
}
