import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CONFIGURATIONS, type Configuration, deploy } from "../support/deployments.js";
import { stopTime, travel } from "../support/fake-time.js";
import { Client } from "./model-client.js";
import { history, type Step } from "./model-history.js";
import type { ModelSession } from "./model-session.js";

const RUNS = Number(process.env.MODEL_RUNS ?? 40);

const PROMISES = "[G32] [G33] [G34] [G35] [G36] [G37] [G38] [G39] [G40] [G41] [G42]";

beforeEach(() => {
  stopTime();
  // The pauses between attempts are of random length: here of none.
  vi.spyOn(Math, "random").mockReturnValue(0);
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Lives through a history, and compares with the model after every step. */
async function live(configuration: Configuration, steps: readonly Step[]): Promise<void> {
  const { tiers, cookieThreshold } = configuration;
  const application = deploy({ tiers, server: { cookieThreshold } });
  const ids = new Map<string, ModelSession>();
  const clients = [0, 1, 2].map((n) => new Client(application, configuration, ids, `user${n}`));
  let hadOutage = false;
  for (const step of steps) {
    hadOutage ||= step.type === "flush" || ("outage" in step && step.outage !== "none");
    if (step.type === "wait") travel("61s");
    else if (step.type === "flush") {
      application.flushCache();
      travel("11s"); // what has just been sealed would be lag, and an error
      if (tiers === "cookie+kv") for (const client of clients) client.session.flushed();
    } else {
      const client = clients[step.client] as Client;
      if (step.type === "tamper") await client.tamper(step.at);
      else if (step.type === "tabs") await client.tabs(step.counts, step.outage);
      else if (step.handled) await client.handled(step.ops, step.outage);
      else await client.direct(step.ops, step.outage);
    }
  }
  for (const client of clients) await client.observe([]);
  if (hadOutage) return;
  // Nothing readable is left behind by what has shrunk or ended.
  const expected = clients.map(({ session }) => session.rows);
  const held = (await application.records()).length;
  const atLeast = expected.reduce<number>((sum, rows) => sum + (rows ?? 0), 0);
  expect(held).toBeGreaterThanOrEqual(atLeast);
  expect(held).toBeLessThanOrEqual(atLeast + expected.filter((rows) => rows === undefined).length);
}

describe.each(CONFIGURATIONS)("$tiers, threshold $cookieThreshold", (configuration) => {
  test(`${PROMISES} whatever several clients do while tiers fail, sessions are what a plain model says`, async () => {
    await fc.assert(
      fc.asyncProperty(history, (steps) => live(configuration, steps)),
      { numRuns: RUNS },
    );
  }, 60_000);
});
