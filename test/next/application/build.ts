/** The application of test/fixtures/app, built with a version of Next, over the library as it is published. */

import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { makeUnlessCurrent } from "../../../app/_services/build.js";
import { Children } from "../../../app/_services/children.js";
import { claim, claimInTurn } from "../../support/claim.js";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const FIXTURE = join(ROOT, "test/fixtures/app");
const LIBRARY = ".spillway/test-library";

/** A version of Next, and how the application is built with it. */
export interface Flavour {
  readonly name: string;
  /**
   * Where it is built, relative to the root; beside it while another test run is using that. The version of Next is the
   * one that is found from there.
   */
  readonly folder: string;
  readonly bundler: "turbopack" | "webpack";
  readonly cacheComponents: boolean;
  /** The name of the file: `middleware.ts` runs at the edge, `proxy.ts`, which 16 would rather have, in Node. */
  readonly middleware: "middleware.ts" | "proxy.ts";
}

export const NEXT_16: Flavour = {
  name: "Next 16",
  folder: ".spillway/test-next-16",
  bundler: "turbopack",
  cacheComponents: false,
  middleware: "middleware.ts",
};

export const NEXT_15: Flavour = {
  name: "Next 15.5",
  folder: "test/fixtures/next-15/.spillway/test-next-15",
  bundler: "webpack",
  cacheComponents: false,
  middleware: "middleware.ts",
};

export const NEXT_16_CACHE_COMPONENTS: Flavour = {
  name: "Next 16, cacheComponents, proxy.ts",
  folder: ".spillway/test-next-16-cache-components",
  bundler: "turbopack",
  cacheComponents: true,
  middleware: "proxy.ts",
};

/** An application that is built. */
export interface Built {
  readonly flavour: Flavour;
  readonly folder: string;
  /** The arguments for Node that run Next's command. */
  readonly next: readonly string[];
  /** The environment of builds and servers, to be added to. It holds no secret. */
  readonly env: NodeJS.ProcessEnv;
  /** To be called when nobody serves it any more. */
  release(): void;
}

/** Builds the application, unless it was built and nothing has changed since. No secret is there when it is built. */
export async function buildApplication(flavour: Flavour): Promise<Built> {
  const built = describeBuild(flavour);
  await withLibrary();
  await makeUnlessCurrent(ROOT, {
    from: ["test/fixtures/app", "generated/sqlite", "package-lock.json", join(LIBRARY, "dist/index.js")],
    results: [join(relative(ROOT, built.folder), ".next/BUILD_ID")],
    make: () => build(built),
  });
  return built;
}

/** The application as it is before a build: for `next dev`. */
export async function copyApplication(flavour: Flavour): Promise<Built> {
  const built = describeBuild(flavour);
  await withLibrary(() => copyInto(built));
  return built;
}

function describeBuild(flavour: Flavour): Built {
  const unclaim = claim(flavour.folder);
  const folder = join(ROOT, unclaim ? flavour.folder : `${flavour.folder}-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const { PATH, HOME } = process.env;
  return {
    flavour,
    folder,
    next: [createRequire(join(folder, "package.json")).resolve("next/dist/bin/next")],
    env: {
      PATH,
      HOME,
      NODE_ENV: "production",
      NEXT_TELEMETRY_DISABLED: "1",
      TEST_ROOT: ROOT,
      TEST_BUNDLER: flavour.bundler,
      TEST_CACHE_COMPONENTS: flavour.cacheComponents ? "1" : "",
    },
    release: unclaim ?? (() => rmSync(folder, { recursive: true, force: true })),
  };
}

async function build(built: Built): Promise<void> {
  const { folder, next, env } = built;
  rmSync(folder, { recursive: true, force: true });
  await withLibrary(() => copyInto(built));
  await new Children(folder, env, join(folder, "logs")).run(process.execPath, [...next, "build"]);
}

/** Compiles the library, and does something with it that nobody else compiles meanwhile. */
async function withLibrary(use = () => {}): Promise<void> {
  const release = await claimInTurn(LIBRARY);
  try {
    await compileLibrary();
    use();
  } finally {
    release();
  }
}

/**
 * Compiles the library to what its package holds. Aside, and from a copy: `dist` may be in the making for others, and a
 * compiler finds the targets of `imports` only beside their package.json.
 */
async function compileLibrary(): Promise<void> {
  const folder = join(ROOT, LIBRARY);
  await makeUnlessCurrent(ROOT, {
    from: ["src", "package.json", "tsconfig.json"],
    results: [join(LIBRARY, "dist/index.js")],
    async make() {
      rmSync(folder, { recursive: true, force: true });
      for (const name of ["src", "package.json", "tsconfig.json"]) {
        cpSync(join(ROOT, name), join(folder, name), { recursive: true });
      }
      const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
      await new Children(folder, process.env, join(folder, "logs")).run(process.execPath, [compiler, "-p", "src"]);
    },
  });
}

/** RowCache the fixture, the database client, and the library: a copy, since a link would find the repository's own Next. */
function copyInto({ folder, flavour }: Built): void {
  cpSync(FIXTURE, folder, { recursive: true });
  // Next refuses the directive elsewhere.
  if (!flavour.cacheComponents) rmSync(join(folder, "app/kept"), { recursive: true });
  // Both together are an error of Next's.
  rmSync(join(folder, flavour.middleware === "proxy.ts" ? "middleware.ts" : "proxy.ts"));
  cpSync(join(ROOT, "generated/sqlite"), join(folder, "sqlite"), { recursive: true });
  const library = join(folder, "node_modules/spillway");
  for (const name of ["dist", "package.json"]) {
    cpSync(join(ROOT, LIBRARY, name), join(library, name), { recursive: true });
  }
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  const compilerOptions = {
    ...{ jsx: "preserve", module: "esnext", moduleResolution: "bundler", target: "ES2022", strict: true },
    ...{ noEmit: true, esModuleInterop: true, isolatedModules: true, resolveJsonModule: true, skipLibCheck: true },
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["**/*.ts", "**/*.tsx"] }));
}
