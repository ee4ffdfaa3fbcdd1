import "server-only";
import { metrics } from "@opentelemetry/api";
import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";

/** What starts with the server and what serves a request are bundled apart, and mean the same exporter. */
const shared = globalThis as { [key: symbol]: PrometheusExporter | undefined };
const KEY = Symbol.for("spillway-demo.metrics");

/** Begins to collect what the library and others measure. Once, when the server starts. */
export function collectMetrics(): void {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [exporter] }));
  shared[KEY] = exporter;
}

/** All metrics of this process in Prometheus' text format; undefined when none are collected. */
export async function metricsText(): Promise<string | undefined> {
  const collected = await shared[KEY]?.collect();
  return collected && new PrometheusSerializer().serialize(collected.resourceMetrics);
}
