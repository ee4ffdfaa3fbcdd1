/**
 * Whether interleavings find what they are for: `npm run interleavings:mutations -- [rule]` breaks each rule of the protocol
 * in turn (those whose name holds the text) and prints where that is found first, and by which invariant. Rules about tiers
 * that fail cannot be found here: nothing fails in a meeting. `npm run simulate:mutations` finds those.
 */

import { loadLibrary } from "../simulation/load-library.js";
import { MUTATIONS } from "../simulation/mutations.js";
import { findFault } from "./find-fault.js";

const [text = ""] = process.argv.slice(2);
const chosen = MUTATIONS.filter(({ rule }) => rule.includes(text));
let found = 0;
for (const mutation of chosen) {
  const fault = await findFault(await loadLibrary(mutation));
  if (fault !== undefined) found += 1;
  console.log(`${mutation.rule.padEnd(70)}  ${fault ?? "not found"}`);
}
console.log(`${found} of ${chosen.length} mutations found`);
