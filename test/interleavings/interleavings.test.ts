/** Interleavings in the small: `npm run interleavings` lets a commit meet everything else everywhere. */

import { beforeAll, describe, expect, test } from "vitest";
import type * as Library from "../simulation/library.js";
import { loadLibrary } from "../simulation/load-library.js";
import { HandClock } from "../support/hand-clock.js";
import type { Act } from "./acts.js";
import { begin, type Place } from "./beginnings.js";
import { controlled, type Explored, explorePair } from "./pair.js";
import { nameOf, PLACES, WITH_A_COMMIT } from "./plan.js";

let library: typeof Library;

beforeAll(async () => {
  library = await loadLibrary();
});

/** Lets each pair meet at a place, in every order. */
async function explored(place: Place, pairs: readonly (readonly [Act, Act])[], by = library): Promise<Explored[]> {
  const clock = new HandClock();
  return controlled(by, clock, async () => {
    const beginning = await begin(by, place, clock);
    const results = [];
    for (const acts of pairs) results.push(await explorePair(by, beginning, acts, clock));
    return results;
  });
}

const sum = (results: readonly Explored[]) => results.reduce((total, { interleavings }) => total + interleavings, 0);

describe("every interleaving of a commit and another request", () => {
  const places = PLACES.filter(
    ({ processes, isCold, deployment }) => processes === 2 && !isCold && deployment !== "db+kv",
  );

  test.each(places.map((place) => [nameOf(place), place] as const))(
    "with %s: nothing is revived, and nothing lost",
    async (_name, place) => {
      const results = await explored(place, WITH_A_COMMIT);
      expect(results.flatMap(({ failures }) => failures)).toEqual([]);
      expect(sum(results)).toBeGreaterThan(place.beginning === "in the cookie" ? 50 : 150);
    },
  );

  test.each(["on the server", "in the cookie, signed in"] as const)(
    "with a cache in front of a database, %s: nothing is revived, and nothing lost",
    async (beginning) => {
      const place = { deployment: "db+kv", beginning, processes: 2, isCold: false } as const;
      const pairs = (["append", "logout", "revoke", "regenerate", "shrink"] as const).map(
        (act) => ["append", act] as const,
      );
      const results = await explored(place, pairs);
      expect(results.flatMap(({ failures }) => failures)).toEqual([]);
    },
  );
});
