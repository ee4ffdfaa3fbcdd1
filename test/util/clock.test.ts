/** The clock of a process whose machine slept: `performance` stood still meanwhile, and pages may not read `Date`. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";

const HOURS = 2 * 60 * 60 * 1000;

/** The clock as another bundle of the same process has it. */
async function anotherBundle() {
  vi.resetModules();
  const clock = await import("../../src/util/clock.js");
  const { followResponses } = await import("../../src/next/response/response-node.js");
  return { ...clock, followResponses };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setInterval"] });
  const shared = globalThis as { [symbol: symbol]: unknown };
  for (const name of ["spillway.clock", "spillway.responses"]) delete shared[Symbol.for(name)];
});

afterEach(() => {
  vi.useRealTimers();
  vi.resetModules();
});

test("what a handler or the middleware learns of the time, pages of another bundle know", async () => {
  const [page, handler] = [await anotherBundle(), await anotherBundle()];
  vi.setSystemTime(Date.now() + HOURS);
  expect(Date.now() - page.now()).toBeGreaterThan(HOURS - 60_000);
  handler.resync();
  expect(Math.abs(Date.now() - page.now())).toBeLessThan(1_000);
});

test("a page is right again within a second after the machine woke, also if nothing but pages is asked for", async () => {
  const page = await anotherBundle();
  page.followResponses();
  vi.setSystemTime(Date.now() + HOURS);
  vi.advanceTimersByTime(999);
  expect(Math.abs(Date.now() - page.now())).toBeLessThan(1_000);
});
