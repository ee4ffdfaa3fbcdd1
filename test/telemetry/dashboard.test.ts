/** The dashboard for Grafana, held against what OpenTelemetry's own exporter for Prometheus gives out. */

import { readFileSync } from "node:fs";
import { metrics } from "@opentelemetry/api";
import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { openTelemetry } from "spillway/otel";
import { expect, onTestFinished, test } from "vitest";
import { bulk, deploy } from "../support/deployments.js";

/** What a panel asks of one metric. */
interface Query {
  readonly expression: string;
  /** The metric's name, as a pattern. */
  readonly name: string;
  readonly labels: readonly string[];
}

/** Something of everything that is counted: sessions in the cookie and on the server, a user, a conflict, a forgery, a cache that is down. */
async function traffic(): Promise<void> {
  const { sessions, browser, wire } = deploy({
    server: { telemetry: openTelemetry(), cookieThreshold: 1000, revocationDelay: 0 },
  });
  const [visitor, other] = [browser(), browser()];
  await visitor.request(sessions, (session) => session.set("small", 1));
  await visitor.request(sessions, (session) => session.get("small"));
  await visitor.request(sessions, (session) => session.login("ada"));
  await visitor.request(sessions, (session) => session.set("cart", bulk()));
  await visitor.request(sessions, async (session) => {
    await session.get("cart");
    await visitor.send(sessions, (second) => second.set("one", 1));
    await session.set("two", 2);
  });
  await other.request(sessions, (session) => session.set("small", 1));
  const [name = "", value = ""] = Object.entries(other.cookies)[0] ?? [];
  other.plant(name, `${value.slice(0, -1)}${value.endsWith("A") ? "B" : "A"}`);
  await other.request(sessions, (session) => session.get("small"));
  wire.cut("cache");
  await visitor.request(sessions, (session) => session.get("cart"));
  wire.mend();
  await visitor.request(sessions, (session) => session.logout());
}

test("every panel of the dashboard asks for a metric that is exported, by labels that it has", async () => {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const meters = new MeterProvider({ readers: [exporter] });
  metrics.setGlobalMeterProvider(meters);
  onTestFinished(() => metrics.disable());
  await traffic();
  const exported = seriesOf(new PrometheusSerializer().serialize((await exporter.collect()).resourceMetrics));
  await meters.shutdown();

  const asked = queriesOf(JSON.parse(readFileSync("docs/public/grafana-dashboard.json", "utf8")));
  expect(asked.length).toBeGreaterThan(15);
  const missing = asked.flatMap(({ expression, name, labels }) => {
    const series = exported.filter((one) => new RegExp(`^(?:${name})$`).test(one.name));
    const known = new Set(series.flatMap((one) => Object.keys(one.labels)));
    if (series.length === 0) return [`${name} is not exported: ${expression}`];
    return labels.filter((label) => !known.has(label)).map((label) => `${name} has no ${label}: ${expression}`);
  });
  expect(missing).toEqual([]);
});

/** The labels of a query: those that it groups by, and those that it chooses by. */
function queriesOf(part: unknown): Query[] {
  if (Array.isArray(part)) return part.flatMap(queriesOf);
  if (typeof part !== "object" || part === null) return [];
  const { expr } = part as { expr?: unknown };
  const own = typeof expr === "string" ? metricsIn(expr) : [];
  return [...own, ...Object.values(part).flatMap(queriesOf)];
}

function metricsIn(expression: string): Query[] {
  const grouped = [...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, names = ""]) => names.split(/, */));
  const names = /\{__name__=~"([^"]+)"((?:, *\w+(?:=~|!=|=)"[^"]*")*)\}|\b(spillway_\w+)(?:\{([^}]*)\})?\[/g;
  return [...expression.matchAll(names)].map(([, pattern, rest, plain, braces]) => {
    const chosen = [...(rest ?? braces ?? "").matchAll(/(\w+)(?:=~|!=|=)"/g)].map(([, label = ""]) => label);
    return { expression, name: pattern ?? plain ?? "", labels: [...new Set([...grouped, ...chosen])] };
  });
}

function seriesOf(text: string) {
  return [...text.matchAll(/^(\w+)(?:\{([^}]*)\})? /gm)].map(([, name = "", labels = ""]) => ({
    name,
    labels: Object.fromEntries(
      [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = "", value = ""]) => [label, value]),
    ),
  }));
}
