/** Making the plan of `init`, which writes nothing. */

import { dependsOn } from "../project/manifest.js";
import type { Project } from "../project/project.js";
import { withSecrets } from "./env-file.js";
import { cronRoute, optionsModule, serverModule } from "./modules.js";
import { withPanel } from "./panel.js";
import type { Part, Plan, Storage } from "./plan.js";
import { clientModule, missingAdapter } from "./prisma-client.js";
import { modelOf, withModel } from "./prisma-model.js";
import { withSession } from "./proxy.js";
import { withLineEnds } from "./source-text.js";
import { withCron } from "./vercel-json.js";

/**
 * Plans what an application needs for sessions of this storage. What is there already is left as it is.
 * @param panel whether the root layout gets the panel of `next dev`.
 */
export function planInit(project: Project, storage: Storage, panel: boolean): Plan {
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
    panel ? withPanel(project) : {},
    cacheComponents(project),
  ];
  return {
    changes: parts
      .flatMap(({ changes = [] }) => changes)
      .map(withLineEnds)
      .filter(({ before, after }) => before !== after),
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
