/** Durations, where the time is set back or the machine has slept. */

import type { SessionStore } from "spillway";
import { memoryStore } from "spillway/stores/memory";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { sha256 } from "#seal";
import { CircuitBreaker } from "../../src/tiers/circuit-breaker.js";
import { Scope } from "../../src/tiers/scope.js";
import { Stopwatch, setClock } from "../../src/util/clock.js";
import { APPLICATION } from "../support/application.js";
import { deploy } from "../support/deployments.js";
import { stopTime, travel } from "../support/fake-time.js";

const MINUTE = 60_000;

describe("a stopwatch", () => {
  const clock = { time: 1_000_000, steady: 0 };

  beforeEach(() => {
    Object.assign(clock, { time: 1_000_000, steady: 0 });
    setClock({ now: () => clock.time, steady: () => clock.steady, after: () => () => {} });
    onTestFinished(() => setClock());
  });

  test.each([
    ["the machine sleeps", { time: 30 * MINUTE, steady: 5 }, 30 * MINUTE],
    ["the time is corrected a little", { time: -20, steady: 5 }, 5],
    ["the time is set forward", { time: 30 * MINUTE, steady: 20 * MINUTE }, 30 * MINUTE],
    ["the time is set back", { time: -30 * MINUTE, steady: 5 }, Number.POSITIVE_INFINITY],
  ])("never says that too little has elapsed when %s", (_, passed, elapsed) => {
    const watch = new Stopwatch();
    clock.time += passed.time;
    clock.steady += passed.steady;
    expect(watch.elapsed).toBe(elapsed);
  });
});

describe("when a server's time is set back by half an hour", () => {
  beforeEach(() => stopTime());
  afterEach(() => vi.useRealTimers());

  test("it notices a revocation as soon as ever", async () => {
    const deployment = deploy({ tiers: "cookie+db", server: { revocationDelay: "10s" } });
    const browser = deployment.browser();
    await browser.request(deployment.sessions, (session) => session.login("ada"));
    expect(await browser.request(deployment.sessions, (session) => session.active)).toBe(true);
    const [row] = await deployment.records();
    await deployment.store?.delete(row?.key ?? "");
    travel(-30 * MINUTE);
    expect(await browser.request(deployment.sessions, (session) => session.active)).toBe(false);
  });

  test("it notices destroyAll() as soon as ever", async () => {
    const deployment = deploy({ server: { revocationDelay: "10s" } });
    const browser = deployment.browser();
    await browser.request(deployment.sessions, (session) => session.set("theme", "dark"));
    const { store } = deployment;
    const at = new Date();
    travel(-30 * MINUTE);
    const row = {
      idHash: "~epoch",
      previousIdHash: null,
      successor: null,
      presentedAt: null,
      userId: null,
      data: null,
    };
    const moments = {
      createdAt: at,
      rotatedAt: at,
      seenAt: at,
      expiresAt: new Date(at.getTime() + 600 * 24 * 60 * MINUTE),
    };
    const rest = { version: 1, commitIds: "", spilledFrom: null, userAgent: null, address: null };
    await store?.insert({
      key: await new Scope(APPLICATION, sha256).counter("epoch"),
      ...row,
      ...moments,
      ...rest,
    } as never);
    deployment.flushCache();
    expect(await browser.request(deployment.sessions, (session) => session.active)).toBe(false);
  });

  test("its breaker does not stay open for as long", async () => {
    const settings = { timeout: 250, softTimeout: 100, failures: 1, pause: 5_000, refuses: true };
    const breaker = new CircuitBreaker("cache", settings, () => {});
    await expect(breaker.run(() => Promise.reject(new Error("down")))).rejects.toThrow();
    expect(breaker.state).toBe("open");
    travel(-30 * MINUTE);
    expect(breaker.state).toBe("half-open");
  });

  test("a cleanup does not take for as long", async () => {
    let batches = 0;
    const store: SessionStore = {
      ...memoryStore(),
      // There is always more, and a batch takes a while.
      deleteBatch: async (_filter, limit) => {
        batches += 1;
        travel(batches === 1 ? -30 * MINUTE : 1_000);
        return limit;
      },
    };
    const { sessions } = deploy({ store }).sessions;
    expect(await sessions.cleanup({ budget: "10s", limit: 1_000_000 })).toMatchObject({ complete: false });
    expect(batches).toBe(1);
  });

  test("a visitor who has used up the rows of an hour does not wait for as long", async () => {
    const deployment = deploy({ server: { cookieThreshold: 0, visitorRows: 1 } });
    const begin = () => deployment.browser().request(deployment.sessions, (session) => session.set("n", 1));
    await begin();
    await expect(begin()).rejects.toMatchObject({ code: "too-many-visitors" });
    travel(-30 * MINUTE);
    await begin();
  });

  test("a sign-in is not fresh for as long", async () => {
    const deployment = deploy();
    const browser = deployment.browser();
    await browser.request(deployment.sessions, (session) => session.login("ada"));
    const isFresh = () => browser.request(deployment.sessions, (session) => session.requireFresh("5m"));
    // Another server's clock may be behind.
    travel(-14 * MINUTE);
    await isFresh();
    travel(-16 * MINUTE);
    await expect(isFresh()).rejects.toMatchObject({ code: "stale-authentication" });
  });

  test("copies of which it cannot tell the age are not used", async () => {
    const deployment = deploy({ server: { cookieThreshold: 0 } });
    const browser = deployment.browser();
    await browser.request(deployment.sessions, (session) => session.set("cart", ["a"]));
    deployment.wire.take();
    await browser.request(deployment.sessions, (session) => session.get("cart"));
    expect(deployment.wire.take()).toEqual(["cache.read"]);
    travel(-30 * MINUTE);
    await browser.request(deployment.sessions, (session) => session.get("cart"));
    expect(deployment.wire.take()).toContain("store.get");
  });
});
