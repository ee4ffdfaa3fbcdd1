/** OpenTelemetry: spans and metrics of sessions, by way of `@opentelemetry/api`. Who does not import this needs no such package. */

import { metrics, trace } from "@opentelemetry/api";
import { SessionMetrics } from "./otel-metrics.js";
import { SessionSpans } from "./otel-spans.js";
import type { Telemetry } from "./telemetry.js";

/** The options of {@link openTelemetry}. */
export interface OpenTelemetryOptions {
  /** Whether there are spans. Default true; without a tracer provider registered they cost next to nothing. */
  spans?: boolean;
  /** Whether there are metrics. Default true; without a meter provider registered they cost next to nothing. */
  metrics?: boolean;
}

/** The name of tracer and meter: the instrumentation scope. */
const SCOPE = "spillway";

/**
 * Telemetry for OpenTelemetry, through the providers that the application has registered.
 *
 * Spans: `session check`, `session load`, `session commit`, `session end`, children of the span that is active, each with a
 * child for every round trip (`session cache read`, `session store update`). Metrics: `spillway.operation.duration`,
 * `spillway.tier.duration`, `spillway.session.size`, `spillway.retries`, `spillway.events`. None holds an id, a key or a value.
 *
 * @example
 * ```ts
 * import { openTelemetry } from "spillway/otel";
 * export const { getSession, withSession, sessions } =
 *   createSessions(sessionOptions, { store, telemetry: openTelemetry() });
 * ```
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Telemetry {
  const spans = options.spans === false ? undefined : new SessionSpans(() => trace.getTracer(SCOPE));
  const measured = options.metrics === false ? undefined : new SessionMetrics(() => metrics.getMeter(SCOPE));
  return {
    begin(operation) {
      const span = spans?.begin(operation);
      return {
        run: (work) => (span ? span.run(work) : work()),
        end(outcome) {
          span?.end(outcome);
          measured?.note(operation, outcome);
        },
      };
    },
    event(name, event) {
      spans?.event(name, event);
      measured?.event(name, event);
    },
  };
}
