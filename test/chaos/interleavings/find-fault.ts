/** Looking for the first fault of a library. */

import type * as Library from "../simulation/library.js";
import { HandClock } from "../../support/hand-clock.js";
import type { Act } from "./acts.js";
import { begin, type Place } from "./beginnings.js";
import { controlled, explorePair } from "./pair.js";
import { nameOf, PLACES, WITH_A_COMMIT } from "./plan.js";

/** Places where little happens first. */
const ORDER = ["db", "kv", "db+kv"];

/** The first pair that fails, where, and how; undefined when none does, of two processes and a cache that has lost nothing. */
export async function findFault(
  library: typeof Library,
  places: readonly Place[] = PLACES.filter(({ isCold, processes }) => !isCold && processes === 2),
  pairs: readonly (readonly [Act, Act])[] = WITH_A_COMMIT,
): Promise<string | undefined> {
  const ordered = [...places].sort((a, b) => ORDER.indexOf(a.deployment) - ORDER.indexOf(b.deployment));
  const clock = new HandClock();
  return controlled(library, clock, async () => {
    for (const place of ordered) {
      const beginning = await begin(library, place, clock).catch((error: unknown) => String(error));
      if (typeof beginning === "string") return `${nameOf(place)}: ${beginning}`;
      for (const acts of pairs) {
        const { failures } = await explorePair(library, beginning, acts, clock);
        if (failures[0]) return `${nameOf(place)}: ${acts.join(" and ")}: ${failures[0].text}`;
      }
    }
    return undefined;
  });
}
