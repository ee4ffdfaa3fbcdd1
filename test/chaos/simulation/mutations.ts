/** All rules, each to be broken in turn. */

import { COMMITS, CONTRACTS } from "./mutations/commits.js";
import { ENDINGS, ROTATION } from "./mutations/endings.js";
import type { Mutation } from "./mutations/mutation.js";
import { DEFERRED, PLACEMENT } from "./mutations/placements.js";
import { FLEETING, VISITS } from "./mutations/visits.js";

export const MUTATIONS: readonly Mutation[] = [
  ...CONTRACTS,
  ...COMMITS,
  ...ENDINGS,
  ...ROTATION,
  ...PLACEMENT,
  ...DEFERRED,
  ...VISITS,
  ...FLEETING,
];

/** The mutation that breaks this rule. @throws when there is none. */
export function mutationOf(rule: string): Mutation {
  const found = MUTATIONS.find((one) => one.rule === rule);
  if (!found) throw new TypeError(`No mutation breaks the rule "${rule}".`);
  return found;
}
