/** The plan of `init`: what it would create and change in an application. Making a plan writes nothing. */

import { dependsOn } from "../project/manifest.js";
import type { Project } from "../project/project.js";
import { withSecrets } from "./env-file.js";
import { cronRoute, optionsModule, serverModule } from "./modules.js";
import { clientModule, missingAdapter } from "./prisma-client.js";
import { modelOf, withModel } from "./prisma-model.js";
import { withSession } from "./proxy.js";
import { withCron } from "./vercel-json.js";

/** Where sessions are held, besides the cookie. */
export interface Storage {
  /** Rows in the database, through Prisma. */
  readonly database: boolean;
  readonly cache: "kv" | "redis" | undefined;
}

/** A file to be created, or to be changed where `before` is there. Paths are relative to the application's folder. */
export interface Change {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string;
  /** What is new in it and must not be shown: a generated secret. */
  readonly secrets?: readonly string[];
}

/** What `init` would do. */
export interface Plan {
  readonly changes: readonly Change[];
  /** Packages to install that package.json does not name. */
  readonly packages: readonly string[];
  /** What the user has to know or do by hand, a sentence each. */
  readonly notes: readonly string[];
  /** Commands to run afterwards. */
  readonly commands: readonly string[];
}

/** What one part of the plan contributes. */
export type Part = Partial<Plan>;

/** Plans what an application needs for sessions of this storage. What is there already is left as it is. */
export function planInit(project: Project, storage: Storage): Plan {
  const parts: Part[] = [
    packages(project, storage),
    optionsModule(project),
    storage.database ? clientModule(project) : {},
    storage.database ? withModel(project) : {},
    serverModule(project, storage, storage.database ? modelOf(project).name : undefined),
    withSession(project),
    storage.database ? cronRoute(project) : {},
    storage.database ? withCron(project) : {},
    withSecrets(project, storage),
    cacheComponents(project),
  ];
  return {
    changes: parts.flatMap(({ changes = [] }) => changes).filter(({ before, after }) => before !== after),
    packages: parts.flatMap((part) => part.packages ?? []),
    notes: parts.flatMap(({ notes = [] }) => notes),
    commands: parts.flatMap(({ commands = [] }) => commands),
  };
}

function packages(project: Project, storage: Storage): Part {
  const needed = ["spillway"];
  if (storage.cache === "redis") needed.push("ioredis");
  const adapter = storage.database ? missingAdapter(project) : undefined;
  if (adapter) needed.push(adapter);
  return { packages: needed.filter((name) => !dependsOn(project.manifest, name)) };
}

function cacheComponents(project: Project): Part {
  if (!project.cacheComponents) return {};
  return {
    notes: [
      "cacheComponents is on: read the session in a component under <Suspense>, or the build of that page fails.",
    ],
  };
}
