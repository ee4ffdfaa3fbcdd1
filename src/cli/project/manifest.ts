/** The package.json of an application, and the packages that are installed in it. */

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { CommandError } from "../output.js";
import { objectIn } from "./json.js";

/** What is read of a package.json. */
export interface Manifest {
  readonly type?: string;
  readonly packageManager?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly prisma?: { readonly schema?: string };
  readonly spillway?: { readonly options?: string; readonly server?: string };
}

/** The package managers whose commands are known. */
export type PackageManager = "npm" | "pnpm" | "yarn" | "bun";

const LOCK_FILES: readonly (readonly [string, PackageManager])[] = [
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
  ["bun.lock", "bun"],
  ["bun.lockb", "bun"],
  ["package-lock.json", "npm"],
];

/**
 * The package.json of a folder, or undefined where there is none.
 * @throws {CommandError} when it is no JSON object.
 */
export function readManifest(root: string): Manifest | undefined {
  const file = join(root, "package.json");
  if (!existsSync(file)) return undefined;
  const manifest = objectIn(readFileSync(file, "utf8"));
  if (manifest) return manifest;
  throw new CommandError("package-json", `${file} is no valid JSON. Mend it, then run this again.`);
}

/** Whether an application names a package among what it needs. */
export function dependsOn({ dependencies, devDependencies }: Manifest, name: string): boolean {
  return name in (dependencies ?? {}) || name in (devDependencies ?? {});
}

/**
 * The version of a package: of the installed one, else the lowest that package.json allows; undefined when it is not
 * named there.
 */
export function versionOf(root: string, manifest: Manifest, name: string): string | undefined {
  if (!dependsOn(manifest, name)) return undefined;
  const installed = installedVersion(root, name);
  if (installed) return installed;
  const range = manifest.dependencies?.[name] ?? manifest.devDependencies?.[name];
  return range && (/\d+(\.\d+)*/.exec(range)?.[0] ?? range);
}

function installedVersion(root: string, name: string): string | undefined {
  // Not by `require.resolve`: a package may not export its package.json.
  const folders = createRequire(join(root, "package.json")).resolve.paths(name) ?? [];
  const file = folders.map((folder) => join(folder, name, "package.json")).find(existsSync);
  return file && JSON.parse(readFileSync(file, "utf8")).version;
}

/** The package manager of an application: as package.json says, else by the lock file, also of the workspace around it. */
export function packageManagerOf(root: string, manifest: Manifest): PackageManager {
  const named = /^(npm|pnpm|yarn|bun)@/.exec(manifest.packageManager ?? "")?.[1];
  if (named) return named as PackageManager;
  for (let folder = root; ; folder = dirname(folder)) {
    const lock = LOCK_FILES.find(([file]) => existsSync(join(folder, file)));
    if (lock) return lock[1];
    if (dirname(folder) === folder) return "npm";
  }
}

/** The command that adds packages. */
export function addCommand(manager: PackageManager, names: readonly string[], development = false): string[] {
  const verb = manager === "npm" ? "install" : "add";
  const flag = manager === "npm" || manager === "pnpm" ? "-D" : "--dev";
  return [manager, verb, ...(development ? [flag] : []), ...names];
}
