import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";

const src = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

/** The public names of package.json's `exports`, answered by the sources, so that a test needs no build. */
const alias = [
  { find: /^spillway\/next$/, replacement: src("next/server.ts") },
  { find: /^spillway\/(web|client|testing|diagnostics)$/, replacement: src("$1/index.ts") },
  { find: /^spillway\/next\/devtools$/, replacement: src("next/devtools/index.ts") },
  { find: /^spillway\/otel$/, replacement: src("telemetry/otel.ts") },
  { find: /^spillway\/(.+)$/, replacement: src("$1.ts") },
  { find: /^spillway$/, replacement: src("index.ts") },
  { find: "#panel", replacement: src("client/panel/panel.tsx") },
  { find: "#seal", replacement: src("cookie/seal-node.ts") },
  { find: "#headers", replacement: src("next/next-headers.ts") },
  { find: "#response", replacement: src("next/response/response-node.ts") },
  { find: "#devalue", replacement: "devalue" },
  { find: "#deflate", replacement: src("codec/compress-node.ts") },
];

/** Tests that start servers of their own or share the run's: Redis, PostgreSQL, a KV server, SQLite through Prisma. */
const SERVICES = ["test/stores/**/*.test.ts", "test/**/*.services.test.ts"];

/** Whatever has a command of its own, in the small. */
const CHAOS = ["test/chaos/**/*.test.ts", "test/bench/**/*.test.ts"];

/** Tests of what is built: applications with Next, in a browser too, the package, the documentation. */
const BUILDS = [
  "test/next/{application,browsers,development}.test.ts",
  "test/{cli,docs,e2e,house,shapes}/**/*.test.ts",
];

/** Projects, from the quickest on: `npx vitest run --project unit`. */
const project = (
  name: string,
  include: string[],
  options: { exclude?: string[]; testTimeout: number; isolate?: boolean; retry?: number },
) => ({
  extends: true as const,
  test: { name, include, ...options },
});

/**
 * Whether the driver of MariaDB has rejected a promise that it gave to nobody: that of an idle connection which the server
 * ended. One test has the server end connections; in any other this is an error.
 */
function isCutIdleConnection({ code, VITEST_TEST_PATH }: Record<string, unknown>): boolean {
  return code === "ER_SOCKET_UNEXPECTED_CLOSE" && String(VITEST_TEST_PATH).endsWith("/chaos/engines/engines.test.ts");
}

/** Real servers and browsers may start or answer too late once, on a busy machine of CI; what is wrong is wrong twice. */
const retry = process.env.CI ? 1 : 0;

export default defineConfig({
  resolve: { alias },
  test: {
    environment: "node",
    globalSetup: "test/support/global-setup.ts",
    onUnhandledError: (error) => !isCutIdleConnection(error as Record<string, unknown>),
    reporters: ["default", "./test/support/count-reporter.ts"],
    projects: [
      project("unit", ["test/**/*.test.ts"], {
        exclude: [...configDefaults.exclude, ...SERVICES, ...CHAOS, ...BUILDS],
        testTimeout: 30_000,
        // Files share what they import, which takes two thirds of the time. Each puts back what it moves.
        isolate: false,
      }),
      project("services", SERVICES, { exclude: [...configDefaults.exclude, ...CHAOS], testTimeout: 60_000, retry }),
      // Not tried again: what is lost in one run of many is what these are for.
      project("chaos", CHAOS, { testTimeout: 180_000 }),
      project("builds", BUILDS, { testTimeout: 60_000, retry }),
    ],
  },
});
