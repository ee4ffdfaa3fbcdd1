/**
 * The application's own definition and stores, by loading the modules that make them. What a command says then holds for
 * what the application does, whatever its options, codecs and clients are: environment variables would tell less.
 */

import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { createJiti } from "jiti";
import type { SessionDefinition, SessionManager } from "spillway";
import { isDefinition } from "spillway/diagnostics";
import { CommandError } from "../output.js";
import { loadEnvironment } from "./environment.js";
import { readManifest } from "./manifest.js";

/** How a command is told where to look. */
export interface ApplicationOptions {
  readonly cwd: string;
  /** The module that exports the definition, where it is not where `init` puts it. */
  readonly options?: string;
  /** The module that exports `sessions`. */
  readonly server?: string;
  /** Whether the environment is that of `next dev`. */
  readonly dev?: boolean;
}

const FOLDERS = ["app/_session", "src/app/_session"];
const EXTENSIONS = ["ts", "tsx", "mts", "js", "mjs"];

/** What a bundler replaces in an application, and plain Node cannot load. */
const EMPTY = fileURLToPath(new URL("./empty.js", import.meta.url));
const REPLACED = { "server-only": EMPTY, "client-only": EMPTY };

/**
 * The definition of the application's sessions: what its options module exports, by whatever name.
 * @throws {CommandError} when there is no such module, or nothing in it that `defineSession` made.
 */
export async function loadDefinition(where: ApplicationOptions): Promise<SessionDefinition> {
  const found = await load(where, "options", isDefinition);
  if (found) return found;
  throw new CommandError(
    "no-options",
    `The definition of the application's sessions was not found in ${where.options ?? "app/_session/options.ts"}. Name the module that exports it with --options, or in package.json: "spillway": { "options": "lib/session-options.ts" }.`,
  );
}

/** As {@link loadDefinition}, but undefined when there is no module. */
export async function findDefinition(where: ApplicationOptions): Promise<SessionDefinition | undefined> {
  return load(where, "options", isDefinition);
}

/**
 * The manager of the application's sessions, with the stores behind it: what its server module exports.
 * @throws {CommandError} when there is no such module, or no manager in it.
 */
export async function loadSessions(where: ApplicationOptions): Promise<SessionManager> {
  const found = await load(where, "server", isManager);
  if (found) return found;
  throw new CommandError(
    "no-server",
    `\`sessions\`, which createSessions() returns, was not found in ${where.server ?? "app/_session/server.ts"}. Export it there, or name the module with --server, or in package.json: "spillway": { "server": "lib/session.ts" }.`,
  );
}

async function load<T>(
  where: ApplicationOptions,
  kind: "options" | "server",
  is: (value: unknown) => value is T,
): Promise<T | undefined> {
  const root = resolve(where.cwd);
  loadEnvironment(root, where.dev ?? false);
  const file = findModule(root, kind, where[kind] ?? readManifest(root)?.spillway?.[kind]);
  if (file === undefined) return undefined;
  const { createJiti: create }: { createJiti: typeof createJiti } = await import("jiti");
  const jiti = create(join(root, "package.json"), { alias: REPLACED, tsconfigPaths: true });
  const module = await importModule(() => jiti.import<Record<string, unknown>>(file), file);
  return [module[kind === "server" ? "sessions" : "sessionOptions"], ...Object.values(module)].find(is);
}

async function importModule<T>(run: () => Promise<T>, file: string): Promise<T> {
  try {
    return await run();
  } catch (error) {
    // An option that is refused says so by itself, and the file is not at fault.
    if ((error as { code?: unknown } | null)?.code === "config") throw error;
    const { message } = error as Error;
    throw new CommandError(
      "unloadable",
      `${file} could not be loaded: ${message.replace(/\nRequire stack:[\s\S]*/, "")}`,
    );
  }
}

function findModule(root: string, kind: string, named: string | undefined): string | undefined {
  if (named !== undefined) {
    const file = resolve(root, named);
    if (statSync(file, { throwIfNoEntry: false })?.isFile()) return file;
    throw new CommandError("no-module", `There is no file ${file}. It was named as the module of the session ${kind}.`);
  }
  return FOLDERS.flatMap((folder) => EXTENSIONS.map((extension) => join(root, folder, `${kind}.${extension}`))).find(
    existsSync,
  );
}

function isManager(value: unknown): value is SessionManager {
  const manager = value as Partial<SessionManager> | null | undefined;
  return typeof manager?.cleanup === "function" && typeof manager.revokeUser === "function";
}
