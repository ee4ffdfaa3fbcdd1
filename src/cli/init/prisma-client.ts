/** The module that makes the Prisma client, for an application that has a schema and no client yet. */

import { posix } from "node:path";
import { CommandError } from "../output.js";
import { dependsOn } from "../project/manifest.js";
import type { Prisma } from "../project/prisma.js";
import type { Project } from "../project/project.js";
import { created } from "./modules.js";
import type { Part } from "./plan.js";
import { importLine, importPath } from "./source-text.js";

/** From this version on a client needs a driver adapter. */
const FIRST_WITH_ADAPTERS = 7;

interface Adapter {
  readonly name: string;
  readonly className: string;
  readonly options: string;
}

// The limits: a statement on a connection that died in silence would keep its place in the pool for a quarter of an
// hour; without SQLite's, a second process makes writes fail.
const SQLITE: Adapter = {
  name: "@prisma/adapter-libsql",
  className: "PrismaLibSql",
  options: '{ url: process.env.DATABASE_URL ?? "file:./dev.db", timeout: 5_000 }',
};
const ADAPTERS: Readonly<Record<string, readonly Adapter[]>> = {
  sqlite: [
    SQLITE,
    {
      name: "@prisma/adapter-better-sqlite3",
      className: "PrismaBetterSqlite3",
      options: '{ url: process.env.DATABASE_URL ?? "file:./dev.db" }',
    },
  ],
  postgresql: [
    {
      name: "@prisma/adapter-pg",
      className: "PrismaPg",
      options:
        '{ connectionString: process.env.DATABASE_URL ?? "", connectionTimeoutMillis: 5_000, query_timeout: 10_000 }',
    },
  ],
  mysql: [
    {
      name: "@prisma/adapter-mariadb",
      className: "PrismaMariaDb",
      options: 'process.env.DATABASE_URL ?? ""',
    },
  ],
};

/** Writes the module, unless the application makes its client somewhere. */
export function clientModule(project: Project): Part {
  const { prisma } = project;
  if (!prisma || prisma.client) return {};
  const path = posix.join(project.source, "lib/prisma");
  const adapter = adapterOf(project, prisma);
  const generated = "package" in prisma.generated ? prisma.generated.package : importPath(path, prisma.generated.path);
  const cast = project.typescript ? " as { prisma?: PrismaClient }" : "";
  return created(
    project,
    path,
    `${adapter ? importLine(`{ ${adapter.className} }`, adapter.name) : ""}${importLine("{ PrismaClient }", generated)}
/** Pages and route handlers are bundled apart, and \`next dev\` loads modules again: one client for the whole process. */
const shared = globalThis${cast};

shared.prisma ??= new PrismaClient(${adapter ? `{\n  adapter: new ${adapter.className}(${adapter.options}),\n}` : ""});

export const prisma = shared.prisma;
`,
  );
}

/** The driver adapter that the client module needs and package.json does not name. */
export function missingAdapter(project: Project): string | undefined {
  const { prisma } = project;
  if (!prisma || prisma.client) return undefined;
  const adapter = adapterOf(project, prisma);
  return adapter && !dependsOn(project.manifest, adapter.name) ? adapter.name : undefined;
}

function adapterOf({ manifest }: Project, { major, provider }: Prisma): Adapter | undefined {
  if (major < FIRST_WITH_ADAPTERS) return undefined;
  const known = ADAPTERS[provider] ?? [];
  const adapter = known.find(({ name }) => dependsOn(manifest, name)) ?? known[0];
  if (adapter) return adapter;
  throw new CommandError(
    "provider",
    `How to make a Prisma client for \`${provider}\` is not known here. Write the module that exports it, for example lib/prisma.ts, then run this again.`,
  );
}
