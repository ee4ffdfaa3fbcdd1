/**
 * Every interleaving of two requests, at the granularity of single calls to a tier:
 *
 * `npm run interleavings` lets a commit meet everything else; `npm run interleavings -- all [text]` lets everything meet
 * everything, at the places whose name holds the text. Prints each place and the figures; exits 1 when something was
 * revived, lost, or ended as neither order of the two would have.
 */

import { loadLibrary } from "../simulation/load-library.js";
import { HandClock } from "../../support/hand-clock.js";
import { begin } from "./beginnings.js";
import { controlled, explorePair } from "./pair.js";
import { ALL, nameOf, PLACES, WITH_A_COMMIT } from "./plan.js";
import { Tally, told } from "./tally.js";

const [what, text = what === "all" ? "" : (what ?? "")] = process.argv.slice(2);
const pairs = what === "all" ? ALL : WITH_A_COMMIT;
const places = PLACES.filter((place) => nameOf(place).includes(text));
const library = await loadLibrary();
const clock = new HandClock();
const tally = new Tally();
for (const [at, place] of places.entries()) {
  const before = tally.interleavings;
  await controlled(library, clock, async () => {
    const beginning = await begin(library, place, clock);
    for (const acts of pairs) {
      const explored = await explorePair(library, beginning, acts, clock);
      tally.add(explored);
      for (const failure of explored.failures) console.log(`${nameOf(place)}: ${acts.join(" and ")}: ${told(failure)}`);
    }
  });
  console.log(`${at + 1} of ${places.length}: ${nameOf(place)}: ${tally.interleavings - before} interleavings`);
}
console.log(tally.figure);
process.exitCode = tally.isClean && tally.interleavings > 0 ? 0 : 1;
