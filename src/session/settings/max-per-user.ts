/** How many sessions a user may have, as it is configured. */

import { BOOLEAN, CHECKED_ELSEWHERE, checkShape, whole } from "../../util/option-shape.js";

type MaxPerUser = number | { limit: number; refuse: boolean };

/** The limit in whole, whichever form it was given in. */
export function readMaxPerUser(most: MaxPerUser | undefined): { readonly limit: number; readonly refuse: boolean } {
  if (most === undefined) return { limit: Number.POSITIVE_INFINITY, refuse: false };
  if (typeof most !== "object") return { limit: whole("maxPerUser", most, 1), refuse: false };
  checkShape<typeof most>("maxPerUser", most, { limit: CHECKED_ELSEWHERE, refuse: BOOLEAN });
  return { limit: whole("maxPerUser.limit", most.limit, 1), refuse: most.refuse ?? false };
}
