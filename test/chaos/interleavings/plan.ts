/** Which pairs meet where. */

import { ACTS, type Act } from "./acts.js";
import { BEGINNINGS, type BeginningName, DEPLOYMENTS, type Place } from "./beginnings.js";

/** Every place at which two requests can meet. */
export const PLACES: readonly Place[] = DEPLOYMENTS.flatMap((deployment) =>
  (Object.keys(BEGINNINGS) as BeginningName[]).flatMap((beginning) =>
    ([1, 2] as const).flatMap((processes) =>
      (deployment === "db+kv" ? [false, true] : [false]).map((isCold) => ({
        deployment,
        beginning,
        processes,
        isCold,
      })),
    ),
  ),
);

/** A commit and each of the acts. */
export const WITH_A_COMMIT: readonly (readonly [Act, Act])[] = ACTS.map((act) => ["append", act] as const);

/** Each of the acts and each. */
export const ALL: readonly (readonly [Act, Act])[] = ACTS.flatMap((one, at) =>
  ACTS.slice(at).map((other) => [one, other] as const),
);

/** A place in words. */
export function nameOf({ deployment, beginning, processes, isCold }: Place): string {
  const tiers = { "db+kv": "cookie + KV + database", db: "cookie + database", kv: "cookie + KV" }[deployment];
  return `${tiers}${isCold ? " (KV empty)" : ""}, ${beginning}, ${processes === 1 ? "one process" : "two processes"}`;
}
