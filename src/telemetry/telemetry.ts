/** Telemetry: what the library does and how long it takes, reported to a listener. Default none. */

import type { Tier } from "../errors.js";
import type { SessionEvents } from "../events.js";

/**
 * Something that the library does for one request.
 * - `check`: it asks whether the session was ended from elsewhere.
 * - `load`: it fetches the values. At most once in a request, but for what other requests have changed meanwhile.
 * - `commit`: it writes what the request has changed.
 * - `end`: it ends the session.
 */
export interface RequestOperation {
  readonly name: "check" | "load" | "commit" | "end";
  /** One and the same object for everything that belongs to one request. There is nothing in it. */
  readonly request: object;
}

/** A round trip to one of the tiers, for whatever reason: within an operation, by the manager, by a cleanup. */
export interface TierCall {
  readonly name: "call";
  readonly tier: Tier;
  /** The method of `SessionStore` or `SessionCache`. */
  readonly method: string;
}

/** What is measured. No id, cookie, key or value is in it. */
export type Operation = RequestOperation | TierCall;

/** How an operation ended. What does not apply to it is undefined. */
export interface Outcome {
  /** From begin to end, by a monotonic clock. */
  readonly milliseconds: number;
  /** Why it failed: the `code` of a `SessionError`, else `"error"`. Undefined when it succeeded. */
  readonly error?: string;
  /** `load`: who had the values. `"nothing"`: there is no session. */
  readonly from?: "nothing" | "cookie" | "cache" | "store";
  /** `load`, `commit`: where the values are afterwards; `"both"` while a session returns into the cookie. */
  readonly placement?: "none" | "cookie" | "both" | "server";
  /** `load`, `commit`: bytes of the encoded values. */
  readonly bytes?: number;
  /** `commit`: what it was for. */
  readonly intent?: "write" | "start" | "pin" | "login" | "regenerate" | "rotate";
  /** `commit`: false when nothing differed from what was loaded, so nothing was written. */
  readonly changed?: boolean;
  /** `commit`: how often it was made again, since another request came first or an answer was lost. */
  readonly retries?: number;
  /** `check`: whether the session still stands. */
  readonly accepted?: boolean;
}

/** One operation that is under way. */
export interface Observation {
  /**
   * Calls `work`, at once and once, with this operation as the current one: what begins in it is part of it. Default:
   * calls it.
   */
  run?<T>(work: () => T): T;
  /** Is told how the operation ended. */
  end(outcome: Outcome): void;
}

/**
 * Takes measurements, given as the option `telemetry`: `openTelemetry()` of `spillway/otel`, or one of your own. What it
 * throws is reported on the console and goes no further.
 */
export interface Telemetry {
  /** An operation begins. Returns what follows it, or undefined when it is of no interest. */
  begin(operation: Operation): Observation | undefined;
  /** An event was emitted, the same that listeners under `on` get. */
  event?<Name extends keyof SessionEvents>(name: Name, event: SessionEvents[Name]): void;
}
