/** The unit tests, as mutation testing runs them: those of what is mutated, without services. */

import { defineConfig } from "vitest/config";
import whole from "../../vitest.config.js";

export default defineConfig({
  resolve: whole.resolve ?? {},
  test: {
    root: new URL("../../", import.meta.url).pathname,
    include: ["test/{cookie,codec,flash,security,session,tiers,util,web}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/*.services.test.ts", "test/security/{canaries,redaction}.test.ts"],
    testTimeout: 30_000,
  },
});
