import { memoryCache, memoryStore } from "spillway/stores/memory";
import { afterEach, expect, test, vi } from "vitest";
import { describeCache } from "../tiers/cache-suite.js";
import { describeStore } from "../tiers/store-suite.js";

describeStore("in memory", async () => ({ store: memoryStore() }));
describeCache("in memory", async () => ({ cache: memoryCache() }));

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

test("in a Next application the bundles of pages and of route handlers share one store and one cache", async () => {
  vi.stubEnv("NEXT_RUNTIME", "nodejs");
  const page = { store: memoryStore(), cache: memoryCache() };
  vi.resetModules();
  const handler = await import("spillway/stores/memory");
  expect(handler.memoryStore).not.toBe(memoryStore);
  expect(handler.memoryStore()).toBe(page.store);
  expect(handler.memoryCache()).toBe(page.cache);
});

test("elsewhere each call makes another", () => {
  expect(memoryStore()).not.toBe(memoryStore());
});
