import { afterEach, beforeEach, vi } from "vitest";
import type { Tiers } from "../../support/deployments.js";
import type { Call } from "../../support/wire.js";

/** Adds one to a number, or begins with one. */
export const increment = (value: unknown) => ((value as number | undefined) ?? 0) + 1;

/** The tier that decides between writers. */
export function arbiterOf(tiers: Tiers): Call["tier"] {
  return tiers === "cookie+kv" ? "cache" : "store";
}

/** Tells whether a call writes a session's record where the arbiter keeps it. */
export function recordWrites(tiers: Tiers): (call: Call) => boolean {
  const arbiter = arbiterOf(tiers);
  return ({ tier, method, args: [first] }) =>
    tier === arbiter &&
    (arbiter === "store"
      ? method === "update" || method === "insert"
      : method === "write" && (first as { key: string }[]).some(({ key }) => /^[\w-]{28}$/.test(key)));
}

/** The pauses between attempts are of random length: in the tests of this file of none. */
export function withoutPauses(): void {
  beforeEach(() => {
    vi.spyOn(Math, "random").mockReturnValue(0);
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });
}
