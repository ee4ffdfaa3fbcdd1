import { context, metrics, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { openTelemetry } from "spillway/otel";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bulk, deploy } from "../support/deployments.js";

/** OpenTelemetry's own SDK, registered as an application does it, with what it exports kept in memory. */
describe("spillway/otel, with OpenTelemetry's SDK", () => {
  const spans = new InMemorySpanExporter();
  let points: InMemoryMetricExporter;
  let meters: MeterProvider;

  beforeEach(() => {
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }));
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    points = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    meters = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter: points })] });
    metrics.setGlobalMeterProvider(meters);
  });

  afterEach(async () => {
    await meters.shutdown();
    for (const api of [trace, context, metrics]) api.disable();
    spans.reset();
  });

  const spanNamed = (name: string) => spans.getFinishedSpans().findLast((span) => span.name === name);

  async function metric(name: string) {
    await meters.forceFlush();
    const all =
      points
        .getMetrics()
        .at(-1)
        ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
    const found = all.find(({ descriptor }) => descriptor.name === name);
    return (found?.dataPoints ?? []).map(({ attributes, value }) => ({ attributes, value }));
  }

  test("a load is a span of the request's, with one for each round trip below it", async () => {
    const { sessions, browser } = deploy({ server: { telemetry: openTelemetry(), cookieThreshold: 1000 } });
    const visitor = browser();
    await visitor.request(sessions, (session) => session.set("cart", bulk()));
    spans.reset();

    await trace.getTracer("application").startActiveSpan("GET /cart", async (request) => {
      await visitor.request(sessions, (session) => session.get("cart"));
      request.end();
    });
    const [request, load, read] = ["GET /cart", "session load", "session cache read"].map(spanNamed);
    expect(load?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
    expect(read?.parentSpanContext?.spanId).toBe(load?.spanContext().spanId);
    expect(load?.attributes).toEqual({
      "spillway.from": "cache",
      "spillway.placement": "server",
      "spillway.bytes": 8012,
      "spillway.round_trips": 1,
    });
    expect(read?.attributes).toEqual({ "spillway.tier": "cache", "spillway.method": "read" });
  });

  test("a commit tells what it was for, where the session is, how many round trips and retries it took", async () => {
    const { sessions, browser } = deploy({ server: { telemetry: openTelemetry(), cookieThreshold: 1000 } });
    await browser().request(sessions, (session) => session.set("cart", bulk()));
    expect(spanNamed("session commit")?.attributes).toEqual({
      "spillway.intent": "write",
      "spillway.placement": "server",
      "spillway.bytes": 8012,
      "spillway.changed": true,
      "spillway.retries": 0,
      "spillway.round_trips": 2,
    });
    expect(await metric("spillway.session.size")).toMatchObject([
      { attributes: { placement: "server" }, value: { count: 1, sum: 8012 } },
    ]);
  });

  test("conflicts and retries are counted, and stand on the span of the commit", async () => {
    const application = deploy({ tiers: "cookie+db", server: { telemetry: openTelemetry(), cookieThreshold: 0 } });
    const visitor = application.browser();
    await visitor.request(application.sessions, (session) => session.set("n", 0));
    // Another process: it does not queue with this one, so that they meet in the database alone.
    const held = application.wire.hold("store.update");
    const first = visitor.request(application.sessions, (session) => session.update("n", (n) => (n as number) + 1));
    await held.reached;
    const [row] = await application.records();
    await application.store?.update(row!, { seenAt: new Date() });
    held.release();
    await first;
    const commit = spanNamed("session commit");
    expect(commit?.attributes["spillway.retries"]).toBe(1);
    expect(commit?.events.map(({ name }) => name)).toContain("session conflict");
    expect(await metric("spillway.retries")).toMatchObject([{ value: 1 }]);
    expect(await metric("spillway.events")).toContainEqual({ attributes: { event: "conflict" }, value: 1 });
  });

  test("checks of users' sessions are spans with their verdict, and are counted", async () => {
    const { sessions, browser } = deploy({ server: { telemetry: openTelemetry(), revocationDelay: 0 } });
    const user = browser();
    await user.request(sessions, (session) => session.login("ada"));
    await user.request(sessions, (session) => session.userId);
    await sessions.sessions.revokeUser("ada");
    await user.request(sessions, (session) => session.userId);
    const checks = spans.getFinishedSpans().filter(({ name }) => name === "session check");
    expect(checks.map(({ attributes }) => attributes["spillway.accepted"])).toEqual([true, false]);
    expect(await metric("spillway.operation.duration")).toContainEqual({
      attributes: { operation: "check", outcome: "ok", accepted: false },
      value: expect.objectContaining({ count: 1 }),
    });
  });

  test("what fails is a span with an error, and a code in the metrics", async () => {
    const application = deploy({ tiers: "cookie+db", server: { telemetry: openTelemetry(), cookieThreshold: 0 } });
    const visitor = application.browser();
    await visitor.request(application.sessions, (session) => session.set("n", 1));
    application.wire.cut("store");
    await expect(visitor.request(application.sessions, (session) => session.get("n"))).rejects.toThrow();
    expect(spanNamed("session store get")?.status.code).toBe(SpanStatusCode.ERROR);
    expect((await metric("spillway.tier.duration")).map(({ attributes }) => attributes)).toContainEqual({
      tier: "store",
      method: "get",
      outcome: "error",
    });
    expect(await metric("spillway.events")).toContainEqual({
      attributes: { event: "unavailable", tier: "store" },
      value: 1,
    });
  });

  test("[S14] no id, key, value, user or cookie is in what is exported", async () => {
    const telemetry = openTelemetry();
    const { sessions, browser } = deploy({ server: { telemetry, cookieThreshold: 0, revocationDelay: 0 } });
    const user = browser();
    const canaries: (string | undefined)[] = ["canary-key", "canary-value", "canary-user"];
    await user.request(sessions, async (session) => {
      await session.login("canary-user");
      await session.set("canary-key", "canary-value");
      canaries.push(session.id, session.handle);
    });
    await user.request(sessions, (session) => session.logout());
    await meters.forceFlush();
    const exported = JSON.stringify([
      spans.getFinishedSpans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
      points.getMetrics(),
    ]);
    expect(exported).toContain("session commit");
    expect(canaries.filter((canary) => canary === undefined || exported.includes(canary))).toEqual([]);
  });

  test("spans and metrics can be had one without the other", async () => {
    const application = deploy({ server: { telemetry: openTelemetry({ spans: false }) } });
    await application.browser().request(application.sessions, (session) => session.set("n", 1));
    expect(spans.getFinishedSpans()).toEqual([]);
    expect(await metric("spillway.session.size")).toHaveLength(1);
  });
});

test("spillway/otel without any SDK does nothing, and sessions work", async () => {
  const { sessions, browser } = deploy({ server: { telemetry: openTelemetry(), cookieThreshold: 0 } });
  const visitor = browser();
  await visitor.request(sessions, (session) => session.set("n", 1));
  expect(await visitor.request(sessions, (session) => session.get("n"))).toBe(1);
});
