/**
 * Interleavings in the small: `npm run interleavings` lets a commit meet everything else everywhere, and
 * `npm run interleavings:mutations` breaks every rule.
 */

import { beforeAll, describe, expect, test } from "vitest";
import type * as Library from "../simulation/library.js";
import { loadLibrary } from "../simulation/load-library.js";
import { mutationOf } from "../simulation/mutations.js";
import { HandClock } from "../../support/hand-clock.js";
import type { Act } from "./acts.js";
import { type BeginningName, begin, type Deployment, type Place } from "./beginnings.js";
import { findFault } from "./find-fault.js";
import { controlled, type Explored, explorePair } from "./pair.js";
import { nameOf, PLACES } from "./plan.js";

let library: typeof Library;

beforeAll(async () => {
  library = await loadLibrary();
});

/** Lets each pair meet at a place, in every order. */
async function explored(place: Place, pairs: readonly (readonly [Act, Act])[]): Promise<Explored[]> {
  const clock = new HandClock();
  return controlled(library, clock, async () => {
    const beginning = await begin(library, place, clock);
    const results = [];
    for (const acts of pairs) results.push(await explorePair(library, beginning, acts, clock));
    return results;
  });
}

const withCommit = (...acts: Act[]) => acts.map((act) => ["append", act] as const);
const failuresOf = (results: readonly Explored[]) => results.flatMap(({ failures }) => failures);
const countOf = (results: readonly Explored[]) => results.reduce((sum, { interleavings }) => sum + interleavings, 0);

describe("every interleaving of a commit and another request", () => {
  const places = PLACES.filter(({ processes, deployment }) => processes === 2 && deployment !== "db+kv");
  const pairs = withCommit(
    "append",
    "logout",
    "slide",
    "regenerate",
    "login bob",
    "revoke",
    "cleanup",
    "spill",
    "shrink",
  );

  test.each(places.map((place) => [nameOf(place), place] as const))(
    "%s: nothing is revived, and nothing lost",
    async (_name, place) => {
      const results = await explored(place, pairs);
      expect(failuresOf(results)).toEqual([]);
      expect(countOf(results)).toBeGreaterThan(2 * pairs.length);
    },
  );

  test.each(["on the server", "on the server, rotation due", "in the cookie, signed in"] as const)(
    "cookie + KV + database, %s: nothing is revived, and nothing lost",
    async (beginning) => {
      const place = { deployment: "db+kv", beginning, processes: 2, isCold: false } as const;
      const results = await explored(place, withCommit("append", "logout", "regenerate"));
      expect(failuresOf(results)).toEqual([]);
      expect(countOf(results)).toBeGreaterThan(30);
    },
  );
});

describe("a library with a broken rule", () => {
  const known: readonly [string, Deployment, BeginningName, Act][] = [
    ["an update compares the version", "db", "on the server", "append"],
    ["an exact version is compared exactly", "kv", "on the server", "append"],
    ["in the cache the higher version wins", "db+kv", "on the server", "append"],
    ["an update never creates a row", "db", "on the server", "logout"],
    ["a tombstone is put in the place of a copy", "db+kv", "on the server", "logout"],
    ["nothing is stored over a tombstone", "db+kv", "on the server", "logout"],
    ["of two rotations at a time one takes place", "db", "on the server, rotation due", "append"],
    [
      "a row is released only at the version that the cookie holds",
      "db",
      "shrinking, about to leave the server",
      "spill",
    ],
    ["a session shrinks in two steps", "db", "too large", "shrink"],
    ["a replay starts from what is there now", "db", "on the server", "append"],
  ];

  test.each(known)("is found out: %s", async (rule, deployment, beginning, act) => {
    const place = { deployment, beginning, processes: 2, isCold: false } as const;
    expect(await findFault(library, [place], withCommit(act))).toBeUndefined();
    expect(await findFault(await loadLibrary(mutationOf(rule)), [place], withCommit(act))).toMatch(/: I[1-5]: /);
  });
});
