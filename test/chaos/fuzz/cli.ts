/** What the fuzz commands share: `-- <count> [<seed>]` on the command line, and progress on the screen. */
export function fuzzArguments(defaultCount: number) {
  const [count = defaultCount, seed = Date.now() % 2 ** 32] = process.argv.slice(2).map(Number);
  if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(seed)) {
    console.error("Give a count and, to repeat a run, its seed: npm run fuzz:cookies -- 10000000 42");
    process.exit(2);
  }
  const started = performance.now();
  console.log(`seed ${seed}: ${count} cookies`);
  return {
    count,
    seed,
    progress: (tried: number) => {
      console.log(`${tried} of ${count}, ${((performance.now() - started) / 1000).toFixed(0)} s`);
    },
  };
}
