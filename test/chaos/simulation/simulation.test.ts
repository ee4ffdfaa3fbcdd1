/** Simulations in the small: `npm run simulate` runs many more of them, and `npm run simulate:mutations` breaks every rule. */

import { beforeAll, describe, expect, test } from "vitest";
import { runBatch } from "./batch.js";
import { drawPlan } from "./draw.js";
import type * as Library from "./library.js";
import { loadLibrary } from "./load-library.js";
import { mutationOf } from "./mutations.js";
import { invariantOf, shrink } from "./shrink.js";
import { simulate } from "./simulate.js";

let library: typeof Library;

beforeAll(async () => {
  library = await loadLibrary();
});

describe("simulated deployments", () => {
  test("[G32] [G33] [G34] [G35] [G36] [G37] [G38] [G39] [G40] [G41] [G42] whatever several browsers do while tiers fail, the invariants I1 to I5 hold, and sessions are what a plain map says, in 300 runs", async () => {
    const { runs, answered, failures } = await runBatch(library, 0, 300);
    expect(failures).toEqual([]);
    expect(runs).toBe(300);
    expect(answered).toBeGreaterThan(10_000);
  });

  test("are the same run from the same seed", async () => {
    for (const seed of [1, 2, 3, 5, 8, 13, 21, 34]) {
      const [one, other] = [
        await simulate(drawPlan(seed), library, true),
        await simulate(drawPlan(seed), library, true),
      ];
      expect(one.trace.length).toBeGreaterThan(100);
      expect(other).toEqual(one);
    }
  });
});

describe("a library with a broken rule", () => {
  const known = [
    "a commit looks for its own id",
    "a write that failed was not acknowledged",
    "a tombstone is put in the place of a copy",
    "a login as another user takes nothing over",
    "the previous id works until its successor has arrived",
    "a session shrinks in two steps",
  ];

  test.each(known)("is found out: %s", async (rule) => {
    const { failures } = await runBatch(await loadLibrary(mutationOf(rule)), 0, 100, true);
    expect(failures).toHaveLength(1);
  });

  test("fails of a plan that is as small as can be", async () => {
    const broken = await loadLibrary(mutationOf("a commit looks for its own id"));
    const [failure] = (await runBatch(broken, 0, 100, true)).failures;
    const plan = drawPlan(failure?.seed ?? 0);
    const smallest = await shrink(plan, broken);
    expect(smallest.items.length).toBeLessThan(plan.items.length / 2);
    const { violation } = await simulate(smallest, broken);
    expect(violation).toMatch(/^Violation: I5/);
    for (const left of smallest.items) {
      const items = smallest.items.filter((item) => item !== left);
      const { violation: other } = await simulate({ ...smallest, items }, broken);
      expect(invariantOf(other)).not.toBe(invariantOf(violation));
    }
    expect((await simulate(smallest, library)).violation).toBeUndefined();
  });
});
