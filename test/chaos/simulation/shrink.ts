/** Shrinking: from a plan that fails to a smaller one that still does. */

import type * as Library from "./library.js";
import type { Item, Plan, RequestItem, Setting } from "./plan.js";
import { simulate } from "./simulate.js";

/** At most so many plans are tried: a few seconds. */
const ATTEMPTS = 2000;

/** No trouble to speak of, but not none: outages and deaths that the plan has are to be expected still. */
const HARDLY = 1e-9;

/** What makes a setting simpler, each tried in turn. */
const SIMPLER: readonly Partial<Setting>[] = [
  { lag: 0 },
  { skews: [0, 0, 0] },
  { rotateEvery: undefined },
  { storeTrouble: HARDLY },
  { cacheTrouble: HARDLY },
  { latency: 3 },
  { onStoreDown: "throw" },
  { onStoreDown: "throw", deployment: "db", lag: 0 },
  { cookieThreshold: 0 },
  { revocationDelay: 0 },
  { idleTimeout: 4 * 60 * 60 * 1000 },
];

/** What a request is like to which nothing happens. */
const SIMPLEST_REQUEST: Partial<RequestItem> = { blow: undefined, isCalm: true, back: 1, process: 0 };

/**
 * Leaves out of a failing plan what it fails without: items first, in runs and then one by one; then what befalls
 * each request; then what is special about the setting; and again, until nothing more can go.
 *
 * @returns the smallest plan found, of which the same invariant fails: the plan itself at worst.
 */
export async function shrink(plan: Plan, library: typeof Library): Promise<Plan> {
  const broken = invariantOf((await simulate(plan, library)).violation);
  if (broken === undefined) return plan;
  let smallest = plan;
  let attempts = 0;
  const accept = async (candidate: Plan): Promise<boolean> => {
    if (attempts++ >= ATTEMPTS) return false;
    if (invariantOf((await simulate(candidate, library)).violation) !== broken) return false;
    smallest = candidate;
    return true;
  };
  for (let before: Plan | undefined; smallest !== before && attempts < ATTEMPTS; ) {
    before = smallest;
    await leaveOut(() => smallest, accept);
    await calm(() => smallest, accept);
  }
  return smallest;
}

type Accept = (candidate: Plan) => Promise<boolean>;

/** Leaves out items: half of them at a time, then a quarter, down to each. */
async function leaveOut(current: () => Plan, accept: Accept): Promise<void> {
  for (let size = Math.ceil(current().items.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = current().items.length - size; at > -size; at -= size) {
      const plan = current();
      const items = plan.items.filter((_, index) => index < at || index >= at + size);
      if (items.length < plan.items.length) await accept({ ...plan, items });
    }
  }
}

/** Makes the setting and the requests simpler. */
async function calm(current: () => Plan, accept: Accept): Promise<void> {
  for (const simpler of SIMPLER) {
    const plan = current();
    const setting = { ...plan.setting, ...simpler };
    if (!isSame(setting, plan.setting)) await accept({ ...plan, setting });
  }
  for (let at = 0; at < current().items.length; at++) {
    for (const [name, value] of Object.entries(SIMPLEST_REQUEST)) {
      const plan = current();
      const item = plan.items[at];
      if (item?.type !== "request" || isSame(item[name as keyof RequestItem], value)) continue;
      const simpler: Item = { ...item, [name]: value };
      await accept({ ...plan, items: plan.items.with(at, simpler) });
    }
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Which invariant a violation is of, and in which way: its first line without the writes that it names. */
export function invariantOf(violation: string | undefined): string | undefined {
  return violation
    ?.split("\n")[0]
    ?.replace(/ ?\d+\.\d+\+?/g, "")
    .slice(0, 60);
}
