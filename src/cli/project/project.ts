/** An application as it is found: what `init` has to fit into. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CommandError } from "../output.js";
import { type Manifest, type PackageManager, packageManagerOf, readManifest, versionOf } from "./manifest.js";
import { findPrisma, type Prisma } from "./prisma.js";

/** What is known of an application. Paths are relative to `root`. */
export interface Project {
  readonly root: string;
  readonly manifest: Manifest;
  readonly packageManager: PackageManager;
  readonly next: { readonly version: string; readonly major: number };
  /** `src` or the root itself, as an empty text: where `app` is, and where Next looks for the proxy. */
  readonly source: "" | "src";
  readonly typescript: boolean;
  /** Whether pages are prerendered unless they say otherwise, so that a session is read under `<Suspense>`. */
  readonly cacheComponents: boolean;
  /** The file that runs before every request: `proxy.ts`, or `middleware.ts` before Next 16. Undefined without one. */
  readonly proxy: { readonly path: string; readonly text: string } | undefined;
  readonly prisma: Prisma | undefined;
}

const CONFIGS = ["next.config.ts", "next.config.mjs", "next.config.js", "next.config.mts"];

/** Next 16 calls the middleware proxy. */
export const FIRST_WITH_PROXY = 16;

/**
 * Looks at the application in a folder.
 * @throws {CommandError} when `init` cannot set up what is in the folder.
 */
export function findProject(root: string): Project {
  const manifest = readManifest(root);
  if (!manifest)
    throw new CommandError(
      "no-package",
      `There is no package.json in ${root}. Run this in the application's folder, or name it with --cwd.`,
    );
  const version = versionOf(root, manifest, "next");
  if (version === undefined) {
    throw new CommandError(
      "no-next",
      "package.json does not name `next`. Run this in the application's folder, or name it with --cwd; for what is no Next.js application see `spillway/web` in the documentation.",
    );
  }
  const source = sourceOf(root);
  return {
    root,
    manifest,
    packageManager: packageManagerOf(root, manifest),
    next: { version, major: Number.parseInt(version, 10) },
    source,
    typescript: existsSync(join(root, "tsconfig.json")),
    cacheComponents: CONFIGS.some((name) => /\bcacheComponents\s*:\s*true\b/.test(textOf(root, name) ?? "")),
    proxy: proxyOf(root, source),
    prisma: findPrisma(root, manifest),
  };
}

function sourceOf(root: string): "" | "src" {
  if (existsSync(join(root, "app"))) return "";
  if (existsSync(join(root, "src/app"))) return "src";
  throw new CommandError(
    "no-app-router",
    "There is no folder `app` or `src/app`. `init` sets up the App Router; for the Pages Router see `spillway/next/pages` in the documentation.",
  );
}

function proxyOf(root: string, source: string): Project["proxy"] {
  for (const name of ["proxy", "middleware"]) {
    for (const extension of ["ts", "js", "mjs", "mts"]) {
      const path = join(source, `${name}.${extension}`);
      const text = textOf(root, path);
      if (text !== undefined) return { path, text };
    }
  }
  return undefined;
}

/** The text of a file, or undefined when there is none. */
export function textOf(root: string, path: string): string | undefined {
  const file = join(root, path);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
