import { afterEach, beforeEach, expect, test } from "vitest";
import { setClock } from "../../src/util/clock.js";
import { deploy, type Tiers } from "../support/deployments.js";
import { HandClock } from "../support/hand-clock.js";

let clock: HandClock;

beforeEach(() => {
  clock = new HandClock();
  setClock(clock.clock);
});

afterEach(() => setClock());

/** A session on the server, and how long (milliseconds) requests take once a tier does not answer any more. */
async function silenced(tier: "store" | "cache", tiers: Tiers, server = {}) {
  const defaults = { cookieThreshold: 0, cacheTimeout: 0.25, storeTimeout: 5 };
  const application = deploy({ tiers, server: { ...defaults, ...server } });
  const browser = application.browser();
  const { sessions, wire } = application;
  await browser.request(sessions, (session) => session.set("n", 1));
  wire.trouble = (call) => (call.tier === tier ? new Promise(() => {}) : undefined);
  return async (work: "read" | "write" | "destroy") => {
    const began = clock.time;
    const request = browser.request(sessions, async (session) => {
      if (work === "read") await session.get("n");
      else if (work === "write") await session.update("n", (n) => (n as number) + 1);
      else await session.destroy();
    });
    const failed = await clock.finished(
      request.then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
    return [clock.time - began, failed === undefined ? "done" : (failed as { code: string }).code];
  };
}

test("Rule 13: a cache that does not answer costs one request two fifths of `cacheTimeout`, and the next nothing", async () => {
  for (const [server, patience] of [
    [{}, 100],
    [{ cacheTimeout: 1 }, 400],
  ] as const) {
    const take = await silenced("cache", "cookie+kv+db", server);
    expect(await take("write")).toEqual([patience, "done"]);
    expect(await take("read")).toEqual([0, "done"]);
    expect(await take("write")).toEqual([0, "done"]);
  }
});

test("Rule 13: a revocation waits four times `cacheTimeout` for a cache that does not answer, and says so", async () => {
  const take = await silenced("cache", "cookie+kv+db");
  await take("read");
  expect(await take("destroy")).toEqual([1000, "store"]);
});

test("Rule 13: a store that nothing stands in for is waited for as long as `storeTimeout`, every time", async () => {
  for (const [tier, tiers] of [
    ["store", "cookie+db"],
    ["cache", "cookie+kv"],
  ] as const) {
    const take = await silenced(tier, tiers);
    for (const _ of [1, 2]) expect(await take("read")).toEqual([5000, "store"]);
    const patient = await silenced(tier, tiers, { storeTimeout: 2 });
    expect(await patient("read")).toEqual([2000, "store"]);
  }
});
