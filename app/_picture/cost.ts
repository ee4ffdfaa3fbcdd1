import "server-only";
import { headers } from "next/headers";

/** What one request has cost so far: round trips to KV, and statements on the database. */
export interface Cost {
  kv: number;
  database: number;
}

/** Pages and route handlers are bundled apart, and should count in the same place. */
const shared = globalThis as { [key: symbol]: WeakMap<object, Cost> | undefined };
const KEY = Symbol.for("spillway-demo.costs");

/** The cost of the request that is being served. `headers()` is the one object that all of its parts share. */
export async function requestCost(): Promise<Cost> {
  shared[KEY] ??= new WeakMap();
  const request = await headers();
  const known = shared[KEY].get(request);
  if (known) return known;
  const cost: Cost = { kv: 0, database: 0 };
  shared[KEY].set(request, cost);
  return cost;
}

/** Adds one to the cost of the request. Work outside of any request belongs to nobody. */
export async function countCall(tier: keyof Cost): Promise<void> {
  const cost = await requestCost().catch(() => undefined);
  if (cost) cost[tier] += 1;
}
