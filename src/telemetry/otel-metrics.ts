/** Metrics of OpenTelemetry: how long operations and round trips take, how large sessions are, and what happens to them. */

import type { Attributes, Counter, Histogram, Meter } from "@opentelemetry/api";
import type { Emit } from "../events.js";
import type { Operation, Outcome } from "./telemetry.js";

/** Seconds: from a cookie that is opened without I/O to a store that is about to be given up. */
const DURATIONS = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Bytes: up to what a cookie takes, and from there to the default of `maxSize`. */
const SIZES = [64, 256, 512, 1024, 2048, 4096, 8192, 16384, 65536, 262144, 1048576];

interface Instruments {
  readonly operations: Histogram;
  readonly calls: Histogram;
  readonly sizes: Histogram;
  readonly retries: Counter;
  readonly events: Counter;
}

/** Keeps the metrics of sessions. */
export class SessionMetrics {
  readonly #meter: () => Meter;
  #made: { readonly meter: Meter; readonly instruments: Instruments } | undefined;

  /** @param meter asked each time, since a provider may be registered later. */
  constructor(meter: () => Meter) {
    this.#meter = meter;
  }

  /** Notes an operation that has ended. */
  note(operation: Operation, outcome: Outcome): void {
    const { operations, calls, sizes, retries } = this.#instruments();
    const seconds = outcome.milliseconds / 1000;
    if (operation.name === "call") {
      const { tier, method } = operation;
      calls.record(seconds, { tier, method, outcome: outcome.error ?? "ok" });
      return;
    }
    operations.record(seconds, attributesOf(operation.name, outcome));
    if (operation.name !== "commit" || outcome.error !== undefined) return;
    sizes.record(outcome.bytes ?? 0, { placement: outcome.placement ?? "none" });
    if (outcome.retries) retries.add(outcome.retries);
  }

  /** Counts an event, with its reason or its tier. */
  readonly event: Emit = (name, event) => {
    this.#instruments().events.add(1, {
      event: name,
      ...("reason" in event ? { reason: event.reason } : {}),
      ...("tier" in event ? { tier: event.tier } : {}),
    });
  };

  #instruments(): Instruments {
    const meter = this.#meter();
    if (this.#made?.meter !== meter) this.#made = { meter, instruments: instrumentsOf(meter) };
    return this.#made.instruments;
  }
}

function attributesOf(operation: string, { error, from, placement, intent, accepted }: Outcome): Attributes {
  return {
    operation,
    outcome: error ?? "ok",
    ...(from === undefined ? {} : { from }),
    ...(placement === undefined ? {} : { placement }),
    ...(intent === undefined ? {} : { intent }),
    ...(accepted === undefined ? {} : { accepted }),
  };
}

function instrumentsOf(meter: Meter): Instruments {
  return {
    operations: meter.createHistogram("spillway.operation.duration", {
      description: "Checks, loads, commits and ends of sessions, by who had the values and where they are afterwards.",
      unit: "s",
      advice: { explicitBucketBoundaries: DURATIONS },
    }),
    calls: meter.createHistogram("spillway.tier.duration", {
      description: "Round trips to the cache and the store.",
      unit: "s",
      advice: { explicitBucketBoundaries: DURATIONS },
    }),
    sizes: meter.createHistogram("spillway.session.size", {
      description: "Encoded values of sessions that were committed, by where they are.",
      unit: "By",
      advice: { explicitBucketBoundaries: SIZES },
    }),
    retries: meter.createCounter("spillway.retries", {
      description: "Commits that were made again, since another request came first or an answer was lost.",
      unit: "{retry}",
    }),
    events: meter.createCounter("spillway.events", {
      description: "Events of sessions, as under the option `on`.",
      unit: "{event}",
    }),
  };
}
