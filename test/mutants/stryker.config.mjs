/**
 * Mutation testing: `npm run mutants` changes the sources in every small way, one at a time, and tells which changes no test
 * notices; `npm run mutants -- --mutate "src/cookie/**\/*.ts"` does so in one room. Takes hours for all of them.
 *
 * @type {import("@stryker-mutator/api/core").PartialStrykerOptions}
 */
export default {
  mutate: ["src/{cookie,codec,session,tiers}/**/*.ts"],
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { configFile: "test/mutants/vitest.config.ts" },
  coverageAnalysis: "perTest",
  ignoreStatic: true,
  ignorePatterns: ["docs", "dist", ".next", ".spillway", "test/fixtures", "test/shapes", "test/e2e"],
  // Stryker rewrites it by TypeScript's old API, which version 7 has not; nothing here reads it.
  tsconfigFile: "none",
  tempDirName: ".spillway/mutants",
  reporters: ["clear-text", "json"],
  clearTextReporter: {
    allowColor: false,
    logTests: false,
    reportTests: false,
    reportMutants: true,
    reportScoreTable: true,
  },
  jsonReporter: { fileName: ".spillway/mutants.json" },
  thresholds: { high: 95, low: 90, break: 90 },
  timeoutMS: 20_000,
};
