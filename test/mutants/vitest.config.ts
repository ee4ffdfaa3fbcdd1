/** The tests of a room, as mutation testing runs them. */

import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import whole from "../../vitest.config.js";
import { TESTS } from "./rooms.js";

export default defineConfig({
  plugins: [
    {
      // A change that shows in one of a thousand cases only is too rare to wait for.
      name: "fewer-runs",
      // Before TypeScript is taken away, which writes 1000 as 1e3.
      enforce: "pre",
      transform: (code, id) =>
        id.includes("/test/") ? code.replaceAll(/\bnumRuns: [\d_]+/g, "numRuns: 10") : undefined,
    },
  ],
  resolve: whole.resolve ?? {},
  test: {
    root: fileURLToPath(new URL("../../", import.meta.url)),
    include: (process.env[TESTS] ?? "").split(",").map((path) => `${path}${path.endsWith("*") ? "" : "/**/*"}.test.ts`),
    // Without services, and without what takes a second for each of its tests.
    exclude: ["**/node_modules/**", "**/*.services.test.ts", "**/{canaries,redaction,gae-*}.test.ts"],
    setupFiles: ["test/mutants/setup.ts"],
    isolate: false,
    // Sources with all changes in them are slow, on a busy machine ten times as much.
    testTimeout: 120_000,
  },
});
