/** The plan of `migrate`: the modules of an application that use iron-session, moved over. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix, relative, sep } from "node:path";
import { sessionFolder } from "../init/modules.js";
import type { Change, Plan } from "../init/plan.js";
import { importLine, importPath, withLineEnds } from "../init/source-text.js";
import type { Project } from "../project/project.js";
import type { Imported } from "./imports.js";
import { type Migrated, migrateModule, type Opening } from "./iron-session.js";

/** Folders that hold nothing of the application's own. */
const SKIPPED = new Set(["node_modules", "dist", "build", "out", "coverage", "public"]);

const MODULE = /\.([cm]?ts|tsx|[cm]?js|jsx)$/;

/** What moving an application over from iron-session would change in it. */
export function planMigration(project: Project): Plan {
  const server = posix.join(sessionFolder(project), `server.${project.typescript ? "ts" : "js"}`);
  const known = existsSync(join(project.root, server)) ? readFileSync(join(project.root, server), "utf8") : undefined;
  // Sessions of another definition would be others than those that are left with iron-session's interface.
  const isShared = known === undefined || known.includes("definitionOf(") || known.includes("definitionOf<");
  const changes: Change[] = [];
  const notes: string[] = [];
  let first: { readonly opening: Opening; readonly path: string } | undefined;
  for (const path of modulesIn(project.root)) {
    const before = readFileSync(join(project.root, path), "utf8");
    let moved = migrateModule(path, before, isShared ? importPath(path, server) : undefined);
    if (moved?.options && first && !isSame(first, { opening: moved.options, path })) {
      notes.push(`${path}: it has other options than ${first.path}, and keeps iron-session's interface.`);
      moved = migrateModule(path, before, undefined);
    }
    if (!moved) continue;
    changes.push(withLineEnds({ path, before, after: moved.text }));
    if (moved.options) first ??= { opening: moved.options, path };
    notes.push(...noteOf(path, moved));
  }
  if (!isShared) notes.push(`${server} has sessions of its own: all modules keep iron-session's interface.`);
  if (first && known === undefined) {
    changes.push({ path: server, before: undefined, after: serverModule(server, first.opening, first.path) });
  }
  const has = (name: string) => name in { ...project.manifest.dependencies, ...project.manifest.devDependencies };
  return {
    changes,
    packages: changes.length > 0 && !has("spillway") ? ["spillway"] : [],
    notes,
    commands: changes.length > 0 && has("iron-session") ? [`${project.packageManager} remove iron-session`] : [],
  };
}

function modulesIn(root: string, folder = root): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name.startsWith(".") || SKIPPED.has(entry.name) ? [] : modulesIn(root, path);
    return MODULE.test(entry.name) && !entry.name.endsWith(".d.ts") ? [relative(root, path).split(sep).join("/")] : [];
  });
}

function noteOf(path: string, { obstacles }: Migrated): string[] {
  const [{ line, why } = { line: 0, why: "" }, ...more] = obstacles;
  if (line === 0) return [];
  const others = more.length > 0 ? `, and ${more.length} more` : "";
  return [`${path}:${line}: ${why}${others}. The module keeps iron-session's interface, over Spillway.`];
}

/** Whether two modules import the same options: a relative import is another text in another folder. */
function isSame(a: { readonly opening: Opening; readonly path: string }, b: typeof a): boolean {
  const named = ({ opening: { options, data }, path }: typeof a) =>
    [options, data].map((one) => one && `${one.name} ${placeOf(one, path)}`).join();
  return named(a) === named(b);
}

/** Where an import leads: a path from the application's folder, or what it says where that is an alias. */
function placeOf({ from }: Imported, path: string): string {
  return from.startsWith(".") ? posix.join(posix.dirname(path), from) : from;
}

/** The module that makes the sessions of all that were moved: the same as those of iron-session's interface. */
function serverModule(server: string, { options, data }: Opening, path: string): string {
  const seenFrom = (one: Imported) => {
    const place = placeOf(one, path);
    return one.from.startsWith(".") ? importPath(server, `${place}.ts`) : place;
  };
  const isTyped = server.endsWith(".ts") && data !== undefined;
  const named = ({ name, local }: Imported) =>
    name === "default" ? local : name === local ? `{ ${name} }` : `{ ${name} as ${local} }`;
  return [
    importLine("{ definitionOf }", "spillway/compat/iron-session"),
    importLine("{ createSessions }", "spillway/next"),
    importLine(named(options), seenFrom(options)),
    ...(isTyped ? [importLine(named(data).replace(/^/, "type "), seenFrom(data))] : []),
    "\n// The sessions that getIronSession() of spillway/compat/iron-session opens with these options.\n",
    `export const { getSession, withSession, sessions } = createSessions(definitionOf${isTyped ? `<${data.local}>` : ""}(${options.local}));\n`,
  ].join("");
}
