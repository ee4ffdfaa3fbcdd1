/** The modules that `init` writes: the definition, the server's side, the cron route. */

import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { type Project, textOf } from "../project/project.js";
import { hasComma } from "./env-file.js";
import type { Part, Storage } from "./plan.js";
import { importLine, importPath } from "./source-text.js";

/** The folder of the session's modules. Next makes no route of a folder with an underscore. */
export function sessionFolder({ source }: Project): string {
  return posix.join(source, "app/_session");
}

const RING = "  // One secret, or several with a comma between them while you roll over: `npx spillway rotate`.\n";

const TYPES = `
/** What a session of this application holds. */
export interface AppSession {
  visits?: number;
}

/** Messages that the next page shows, once: \`session.flash("notice", "Saved.")\`. */
export interface AppFlash {
  notice: string;
}
`;

/** `options.ts`: what the edge needs to know. */
export function optionsModule(project: Project): Part {
  const types = project.typescript;
  const text = `${importLine("{ defineSession }", "spillway")}${types ? TYPES : ""}
/** Imported by the proxy as well: no store, no database here. */
export const sessionOptions = defineSession${types ? "<AppSession, AppFlash>" : ""}({
${hasComma(project.root) ? "" : RING}  secret: process.env.SESSION_SECRET${hasComma(project.root) ? "" : '?.split(",")'},
});
`;
  return created(project, posix.join(sessionFolder(project), "options"), text);
}

/**
 * `server.ts`: where sessions are held.
 * @param model the name of the Prisma model, where there is a database.
 */
export function serverModule(project: Project, storage: Storage, model: string | undefined): Part {
  const path = posix.join(sessionFolder(project), "server");
  const parts = tiersOf(project, storage, model, path);
  const imports = [
    importLine("{ createSessions }", "spillway/next"),
    ...parts.flatMap((part) => part.imports),
    importLine("{ sessionOptions }", "./options"),
  ];
  const lines = parts.map(({ option }) => `  ${option},\n`).join("");
  const text = `${imports.join("")}
${
  parts.length === 0
    ? `// Sessions live in the cookie alone. To sign users in without a store, say \`{ revocation: "none" }\` here: such a session
// cannot be ended from the server.
export const { getSession, withSession, sessions } = createSessions(sessionOptions);
`
    : `export const { getSession, withSession, sessions } = createSessions(sessionOptions, {
${lines}});
`
}`;
  const part = created(project, path, text);
  return part.changes ? part : { notes: missingIn(project, path, parts) };
}

/** A tier as the server's module names it: `call` is what makes it, by which one that is there is known. */
interface TierText {
  readonly call: string;
  readonly option: string;
  readonly imports: readonly string[];
}

function tiersOf(project: Project, storage: Storage, model: string | undefined, path: string): TierText[] {
  const tiers: TierText[] = [];
  if (storage.cache === "kv") {
    const imports = [importLine("{ kvCache }", "spillway/stores/kv")];
    tiers.push({ call: "kvCache", option: "cache: kvCache.fromEnv()", imports });
  }
  if (storage.cache === "redis") {
    const imports = [importLine("{ redisCache }", "spillway/stores/redis")];
    tiers.push({ call: "redisCache", option: "cache: redisCache({ url: process.env.REDIS_URL })", imports });
  }
  if (model !== undefined) {
    const client = project.prisma?.client ?? { path: join(project.source, "lib/prisma"), name: "prisma" };
    const name = client.name === "default" ? "prisma" : client.name;
    const imports = [
      importLine("{ prismaStore }", "spillway/stores/prisma"),
      importLine(client.name === "default" ? name : `{ ${name} }`, importPath(path, client.path)),
    ];
    tiers.push({ call: "prismaStore", option: `store: prismaStore(${name}.${delegateOf(model)})`, imports });
  }
  return tiers;
}

/** What a module that is there lacks for the storage that was asked for: it is the user's, so he is told. */
function missingIn(project: Project, path: string, tiers: readonly TierText[]): string[] {
  const file = fileOf(project, path);
  const text = file ? (textOf(project.root, file) ?? "") : "";
  return tiers
    .filter(({ call }) => !text.includes(call))
    .map(
      ({ option, imports }) =>
        `${file} is there and stays as it is. Give createSessions() \`${option}\` in its second argument, and above: ${imports.join("").trim().replaceAll("\n", " ")}`,
    );
}

/** The route that removes expired rows. */
export function cronRoute(project: Project): Part {
  const path = posix.join(project.source, "app/api/cron/cleanup/route");
  const text = `${importLine("{ createCleanupRoute }", "spillway/next/cron")}${importLine("{ sessions }", importPath(path, posix.join(sessionFolder(project), "server")))}
/** Removes expired sessions, for callers that know CRON_SECRET: Vercel's cron, by vercel.json, or any other scheduler. */
export const { GET } = createCleanupRoute(sessions, { secret: process.env.CRON_SECRET });
`;
  return created(project, path, text);
}

/** The name under which a Prisma client has a model. */
export function delegateOf(model: string): string {
  return model.charAt(0).toLowerCase() + model.slice(1);
}

/** A module, unless there is one of that name, with whatever extension: then it is the user's. */
export function created(project: Project, path: string, text: string): Part {
  const extension = project.typescript ? "ts" : "js";
  return fileOf(project, path) ? {} : { changes: [{ path: `${path}.${extension}`, before: undefined, after: text }] };
}

/** The file of a module, with whatever extension; undefined when there is none. */
function fileOf({ root }: Project, path: string): string | undefined {
  return ["ts", "tsx", "mts", "js", "jsx", "mjs"]
    .map((extension) => `${path}.${extension}`)
    .find((file) => existsSync(join(root, file)));
}
