import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const src = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

/** The public names of package.json's `exports`, answered by the sources, so that a test needs no build. */
const alias = [
  { find: /^spillway\/next$/, replacement: src("next/server.ts") },
  { find: /^spillway\/(web|client|testing|diagnostics)$/, replacement: src("$1/index.ts") },
  { find: /^spillway\/(.+)$/, replacement: src("$1.ts") },
  { find: /^spillway$/, replacement: src("index.ts") },
  { find: "#seal", replacement: src("cookie/seal-node.ts") },
  { find: "#deflate", replacement: src("codec/compress-node.ts") },
];

export default defineConfig({
  resolve: { alias },
  test: {
    include: ["test/**/*.test.ts"],
    environment: "node",
    testTimeout: 30_000,
    globalSetup: "test/support/global-setup.ts",
    reporters: ["default", "./test/support/count-reporter.ts"],
  },
});
