/** Spans of OpenTelemetry: one for each operation, and within it one for each round trip. */

import { context, createContextKey, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import type { Emit } from "../events.js";
import type { Operation, Outcome } from "./telemetry.js";

/** The round trips of the operation that is current: as many as were made within it. */
const ROUND_TRIPS = createContextKey("spillway.round-trips");

/** What an attribute of a span is called. What an outcome has beside these is no attribute. */
const ATTRIBUTES = {
  error: "error.type",
  from: "spillway.from",
  placement: "spillway.placement",
  bytes: "spillway.bytes",
  intent: "spillway.intent",
  changed: "spillway.changed",
  retries: "spillway.retries",
  accepted: "spillway.accepted",
} as const satisfies { readonly [Name in keyof Outcome]?: string };

/** A span that is open. */
export interface OpenSpan {
  run<T>(work: () => T): T;
  end(outcome: Outcome): void;
}

/** Opens the spans of sessions. */
export class SessionSpans {
  readonly #tracer: () => Tracer;

  /** @param tracer asked each time, since a provider may be registered later. */
  constructor(tracer: () => Tracer) {
    this.#tracer = tracer;
  }

  begin(operation: Operation): OpenSpan {
    const parent = context.active();
    const isCall = operation.name === "call";
    const span = isCall
      ? this.#tracer().startSpan(`session ${operation.tier} ${operation.method}`, {
          kind: SpanKind.CLIENT,
          attributes: { "spillway.tier": operation.tier, "spillway.method": operation.method },
        })
      : this.#tracer().startSpan(`session ${operation.name}`);
    const outer = parent.getValue(ROUND_TRIPS) as { count: number } | undefined;
    if (isCall && outer) outer.count += 1;
    const trips = isCall ? undefined : { count: 0 };
    const own = trace.setSpan(trips ? parent.setValue(ROUND_TRIPS, trips) : parent, span);
    return {
      run: (work) => context.with(own, work),
      end(outcome) {
        // A check that loads, and a commit that does, have made the trips of what they consist of.
        if (trips && outer) outer.count += trips.count;
        if (trips) span.setAttribute("spillway.round_trips", trips.count);
        finish(span, outcome);
      },
    };
  }

  /** Events stand on the span in which they took place. */
  readonly event: Emit = (name, event) => {
    const reason = "reason" in event ? event.reason : undefined;
    const tier = "tier" in event ? event.tier : undefined;
    trace.getActiveSpan()?.addEvent(`session ${name}`, {
      ...(reason === undefined ? {} : { "spillway.reason": reason }),
      ...(tier === undefined ? {} : { "spillway.tier": tier }),
    });
  };
}

function finish(span: Span, outcome: Outcome): void {
  for (const [name, attribute] of Object.entries(ATTRIBUTES) as [keyof typeof ATTRIBUTES, string][]) {
    const value = outcome[name];
    if (value !== undefined) span.setAttribute(attribute, value);
  }
  if (outcome.error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: outcome.error });
  span.end();
}
