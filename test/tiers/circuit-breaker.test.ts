import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SessionStoreError } from "../../src/errors.js";
import { CircuitBreaker, type CircuitBreakerSettings } from "../../src/tiers/circuit-breaker.js";
import { setClock } from "../../src/util/clock.js";
import { HandClock } from "../support/hand-clock.js";

const SETTINGS: CircuitBreakerSettings = { timeout: 250, softTimeout: 100, failures: 5, pause: 5_000, refuses: true };

describe("CircuitBreaker", () => {
  let clock: HandClock;
  let told: unknown[];
  let breaker: CircuitBreaker;
  /** How many calls reached the tier. */
  let calls: number;

  beforeEach(() => {
    clock = new HandClock();
    setClock(clock.clock);
    told = [];
    calls = 0;
    breaker = new CircuitBreaker("cache", SETTINGS, (_, event) => told.push(event));
  });

  afterEach(() => setClock());

  /** A call that the tier answers after so long; undefined: never. */
  const taking = (milliseconds: number | undefined) => () => {
    calls += 1;
    return new Promise<string>((resolve) => {
      if (milliseconds !== undefined) clock.clock.after(milliseconds, () => resolve("answer"));
    });
  };

  /** What became of a call, and when. */
  const outcome = (call: () => Promise<string>, force = false) => {
    const seen: { result?: string; error?: unknown; after?: number } = {};
    const started = clock.time;
    breaker.run(call, force).then(
      (result) => Object.assign(seen, { result, after: clock.time - started }),
      (error) => Object.assign(seen, { error, after: clock.time - started }),
    );
    return seen;
  };

  const failing = () => {
    calls += 1;
    return Promise.reject(new Error("down"));
  };

  test("a request waits 100 ms for a cache that does not answer, and those after it do not wait at all", async () => {
    const first = outcome(taking(undefined));
    await clock.pass(100);
    expect(first).toMatchObject({ after: 100, error: { code: "store", tier: "cache", outcome: "unknown" } });
    const second = outcome(taking(undefined));
    await clock.pass(0);
    expect(second).toMatchObject({ after: 0, error: { code: "store" } });
  });

  test("one call at a time looks in the background whether the cache is back, and one quick answer is enough", async () => {
    await expect(breaker.run(failing)).rejects.toThrow(SessionStoreError);
    const probe = outcome(taking(30));
    const others = [outcome(taking(30)), outcome(taking(30))];
    await clock.pass(0);
    for (const seen of [probe, ...others]) expect(seen).toMatchObject({ after: 0, error: { code: "store" } });
    expect(calls).toBe(2);
    await clock.pass(30);
    const after = outcome(taking(30));
    await clock.pass(30);
    expect(after).toMatchObject({ result: "answer", after: 30 });
  });

  test("after five failures in a row not even that is tried for five seconds, and then one call is", async () => {
    for (let i = 0; i < 5; i++) {
      outcome(failing);
      await clock.pass(0);
    }
    expect(breaker.state).toBe("open");
    await clock.pass(4_999);
    outcome(taking(1));
    expect(calls).toBe(5);
    await clock.pass(1);
    outcome(taking(1));
    expect(calls).toBe(6);
    await clock.pass(1);
    expect(breaker.state).not.toBe("open");
    const after = outcome(taking(1));
    await clock.pass(1);
    expect(after).toMatchObject({ result: "answer" });
  });

  test("a cache that always takes 80 ms is waited for twice, and is heard again when it is quick", async () => {
    const first = [outcome(taking(80)), outcome(taking(80))];
    await clock.pass(80);
    for (const seen of first) expect(seen).toMatchObject({ result: "answer", after: 80 });
    const later = outcome(taking(80));
    await clock.pass(80);
    expect(later).toMatchObject({ after: 0, error: { code: "store" } });
    outcome(taking(10));
    await clock.pass(10);
    const quick = outcome(taking(10));
    await clock.pass(10);
    expect(quick).toMatchObject({ result: "answer" });
  });

  test("a single answer that took 80 ms changes nothing", async () => {
    for (const took of [80, 10, 80, 10]) {
      const seen = outcome(taking(took));
      await clock.pass(took);
      expect(seen).toMatchObject({ result: "answer", after: took });
    }
    expect(told).toEqual([]);
  });

  test("answers that come too late to be of use are told once, and open no breaker, since looking again costs nothing", async () => {
    for (let i = 0; i < 9; i++) {
      outcome(taking(200));
      await clock.pass(200);
    }
    expect(breaker.state).not.toBe("open");
    expect(told).toHaveLength(1);
    outcome(taking(10));
    await clock.pass(10);
    const quick = outcome(taking(10));
    await clock.pass(10);
    expect(quick).toMatchObject({ result: "answer" });
  });

  test("failures that a success came between open nothing", async () => {
    for (const call of [failing, failing, failing, failing, taking(1), failing, failing, failing, failing]) {
      outcome(call);
      await clock.pass(1);
    }
    expect(breaker.state).not.toBe("open");
  });

  test("a forced call is let through an open breaker, and waits for four times the timeout", async () => {
    for (let i = 0; i < 5; i++) await expect(breaker.run(failing)).rejects.toThrow();
    const patient = outcome(taking(900), true);
    const vain = outcome(taking(undefined), true);
    await clock.pass(1_000);
    expect(patient).toMatchObject({ result: "answer", after: 900 });
    expect(vain).toMatchObject({ after: 1_000, error: { outcome: "unknown" } });
  });

  test("a tier that nothing stands in for is asked every time and waited for, and only tells that it is down", async () => {
    breaker = new CircuitBreaker("store", { ...SETTINGS, refuses: false }, () => {});
    for (let i = 0; i < 5; i++) await expect(breaker.run(failing)).rejects.toThrow("The session store failed.");
    expect(breaker.state).toBe("open");
    const slow = outcome(taking(240));
    await clock.pass(240);
    expect(slow).toMatchObject({ result: "answer", after: 240 });
    expect(breaker.state).not.toBe("open");
  });

  test("an answer that came in while the process was busy counts, though its timer was due before", async () => {
    const busy = outcome(async () => {
      await null;
      return new Promise((resolve) => clock.clock.after(100, () => resolve("answer")));
    });
    await clock.pass(100);
    expect(busy).toMatchObject({ result: "answer" });
  });
});
