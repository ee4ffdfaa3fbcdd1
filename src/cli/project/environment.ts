/** The environment of an application: the files that Next reads, in its order. */

import { createRequire } from "node:module";
import { join } from "node:path";

/** The part of `@next/env` that is used: the loader that Next itself uses. */
interface NextEnvironment {
  loadEnvConfig(folder: string, development: boolean, log: object, force: boolean): { combinedEnv: NodeJS.ProcessEnv };
}

const loaded = new Set<string>();

const SILENT = { info() {}, error: console.error };

/**
 * Puts the variables of `.env.local`, `.env` and the like into this process, as `next start` (or `next dev`) would. What
 * is set already stays. Without Next in the application, nothing is read.
 */
export function loadEnvironment(root: string, development: boolean): void {
  // A second time, Next's loader would put back what this process has set since.
  if (loaded.has(root)) return;
  loaded.add(root);
  (process.env as { NODE_ENV?: string }).NODE_ENV ??= development ? "development" : "production";
  nextEnvironment(root)?.loadEnvConfig(root, development, SILENT, true);
}

/** `@next/env` belongs to Next, and need not be reachable from the application itself. */
function nextEnvironment(root: string): NextEnvironment | undefined {
  try {
    const next = createRequire(join(root, "package.json")).resolve("next/package.json");
    return createRequire(next)("@next/env");
  } catch {
    return undefined;
  }
}
