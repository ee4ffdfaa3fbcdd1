/** `Server-Timing`: how long the session took of a request, as browsers show it beside the network's times. */

import { requestOf } from "./observe.js";
import type { Observation, Operation, Outcome, Telemetry } from "./telemetry.js";

/** What one operation took of a request, all times that it took place. */
interface Timing {
  readonly milliseconds: number;
  /** Who had the values, where they were loaded. */
  readonly who: string | undefined;
}

/** Measures for the `Server-Timing` header of responses. Names and durations are all that it tells. */
export class ServerTiming implements Telemetry {
  readonly #timings = new WeakMap<object, Map<string, Timing>>();

  begin(operation: Operation): Observation | undefined {
    if (operation.name === "call") return undefined;
    const { name, request } = operation;
    return { end: (outcome) => this.#note(request, name, outcome) };
  }

  /**
   * The header's value for the request with these headers; undefined as long as nothing was measured.
   * `session-load;dur=1.3;desc="cache", session-commit;dur=4.1`.
   */
  valueFor(headers: object): string | undefined {
    const timings = this.#timings.get(requestOf(headers));
    if (!timings) return undefined;
    return [...timings]
      .map(([name, { milliseconds, who }]) => {
        const description = who === undefined ? "" : `;desc="${who}"`;
        return `session-${name};dur=${milliseconds.toFixed(2)}${description}`;
      })
      .join(", ");
  }

  #note(request: object, name: string, { milliseconds, from }: Outcome): void {
    const timings = this.#timings.get(request) ?? new Map<string, Timing>();
    this.#timings.set(request, timings);
    const before = timings.get(name)?.milliseconds ?? 0;
    timings.set(name, { milliseconds: before + milliseconds, who: from });
  }
}

/** A `Server-Timing` header with one more value. */
export function joinTimings(present: string | undefined, value: string): string {
  return present ? `${present}, ${value}` : value;
}
