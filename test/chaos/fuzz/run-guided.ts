/**
 * `npm run fuzz:openers -- [count [seed]]` fuzzes whatever opens bytes from outside, guided by coverage, each so many times
 * (default 100,000), and adds to its corpus what took branches of its own. Exits 1 when one has thrown.
 */

import { readCorpus, writeCorpus } from "./corpus.js";
import { fuzzGuided, instrumentedOpeners } from "./guided.js";
import { seeded } from "./random.js";

const [count = 100_000, seed = Date.now() % 2 ** 32] = process.argv.slice(2).map(Number);
const { openers, coverage } = await instrumentedOpeners();
console.log(`seed ${seed}`);
for (const [name, open] of Object.entries(openers)) {
  const before = readCorpus(name);
  const { tried, reached, corpus, faults } = await fuzzGuided(open, coverage, before, count, seeded(seed));
  writeCorpus(name, [...corpus, ...faults.map(({ text }) => text)]);
  console.log(
    `${name}: ${tried} tried, ${reached} branches reached, ${corpus.length} in the corpus, ${faults.length} threw`,
  );
  for (const { text, error } of faults.slice(0, 3)) console.log(`  ${JSON.stringify(text)}: ${error}`);
  if (faults.length > 0) process.exitCode = 1;
}
