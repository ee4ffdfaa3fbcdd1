/** The modules that `init` writes: the definition, the server's side, the cron route. */

import { existsSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import type { Project } from "../project/project.js";
import type { Part, Storage } from "./plan.js";

/** The folder of the session's modules. Next makes no route of a folder with an underscore. */
export function sessionFolder({ source }: Project): string {
  return posix.join(source, "app/_session");
}

/** `options.ts`: what the edge needs to know. */
export function optionsModule(project: Project): Part {
  const types = project.typescript;
  const text = `${
    types
      ? `import { defineSession } from "spillway";

/** What a session of this application holds. */
export interface AppSession {
  visits?: number;
}

/** Messages that the next page shows, once: \`session.flash("notice", "Saved.")\`. */
export interface AppFlash {
  notice: string;
}
`
      : `import { defineSession } from "spillway";
`
  }
/** Imported by the proxy as well: no store, no database here. */
export const sessionOptions = defineSession${types ? "<AppSession, AppFlash>" : ""}({
  // One secret, or several with a comma between them while you roll over: \`npx spillway rotate\`.
  secret: process.env.SESSION_SECRET?.split(","),
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
  const imports = ['import { createSessions } from "spillway/next";'];
  const options: string[] = [];
  if (storage.cache === "kv") {
    imports.push('import { kvCache } from "spillway/stores/kv";');
    options.push("cache: kvCache.fromEnv()");
  }
  if (storage.cache === "redis") {
    imports.push('import { redisCache } from "spillway/stores/redis";');
    options.push("cache: redisCache({ url: process.env.REDIS_URL })");
  }
  if (model !== undefined) {
    const client = project.prisma?.client ?? { path: join(project.source, "lib/prisma"), name: "prisma" };
    const name = client.name === "default" ? "prisma" : client.name;
    imports.push('import { prismaStore } from "spillway/stores/prisma";');
    const from = importPath(path, client.path);
    imports.push(client.name === "default" ? `import ${name} from "${from}";` : `import { ${name} } from "${from}";`);
    options.push(`store: prismaStore(${name}.${delegateOf(model)})`);
  }
  imports.push('import { sessionOptions } from "./options";');
  const lines = options.map((option) => `  ${option},\n`).join("");
  const text = `${imports.join("\n")}

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
  const text = `import { createCleanupRoute } from "spillway/next/cron";
import { sessions } from "${importPath(path, posix.join(sessionFolder(project), "server"))}";

/** Removes expired sessions, for whoever knows CRON_SECRET: Vercel's cron, by vercel.json, or any other scheduler. */
export const { GET } = createCleanupRoute(sessions, { secret: process.env.CRON_SECRET });
`;
  return created(project, path, text);
}

/** The name under which a Prisma client has a model. */
export function delegateOf(model: string): string {
  return model.charAt(0).toLowerCase() + model.slice(1);
}

/** What one module writes to import another; both are paths from the application's folder. */
export function importPath(from: string, to: string): string {
  const path = posix.relative(dirname(from), to.replace(/\.\w+$/, ""));
  return path.startsWith(".") ? path : `./${path}`;
}

/** A module, unless there is one of that name, with whatever extension: then it is the user's. */
export function created(project: Project, path: string, text: string): Part {
  const extension = project.typescript ? "ts" : "js";
  const there = ["ts", "tsx", "mts", "js", "jsx", "mjs"].some((one) =>
    existsSync(join(project.root, `${path}.${one}`)),
  );
  return there ? {} : { changes: [{ path: `${path}.${extension}`, before: undefined, after: text }] };
}
