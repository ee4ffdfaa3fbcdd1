/** The modules that `init` writes: the definition, the server's side, the cron route. */

import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import type { Project } from "../project/project.js";
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
  const imports = [importLine("{ createSessions }", "spillway/next")];
  const options: string[] = [];
  if (storage.cache === "kv") {
    imports.push(importLine("{ kvCache }", "spillway/stores/kv"));
    options.push("cache: kvCache.fromEnv()");
  }
  if (storage.cache === "redis") {
    imports.push(importLine("{ redisCache }", "spillway/stores/redis"));
    options.push("cache: redisCache({ url: process.env.REDIS_URL })");
  }
  if (model !== undefined) {
    const client = project.prisma?.client ?? { path: join(project.source, "lib/prisma"), name: "prisma" };
    const name = client.name === "default" ? "prisma" : client.name;
    imports.push(importLine("{ prismaStore }", "spillway/stores/prisma"));
    imports.push(importLine(client.name === "default" ? name : `{ ${name} }`, importPath(path, client.path)));
    options.push(`store: prismaStore(${name}.${delegateOf(model)})`);
  }
  imports.push(importLine("{ sessionOptions }", "./options"));
  const lines = options.map((option) => `  ${option},\n`).join("");
  const text = `${imports.join("")}
${
  options.length === 0
    ? `// Sessions live in the cookie alone. To sign users in without a store, say \`{ revocation: "none" }\` here: such a session
// cannot be ended from the server.
export const { getSession, withSession, sessions } = createSessions(sessionOptions);
`
    : `export const { getSession, withSession, sessions } = createSessions(sessionOptions, {
${lines}});
`
}`;
  return created(project, path, text);
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
  const there = ["ts", "tsx", "mts", "js", "jsx", "mjs"].some((one) =>
    existsSync(join(project.root, `${path}.${one}`)),
  );
  return there ? {} : { changes: [{ path: `${path}.${extension}`, before: undefined, after: text }] };
}
