/** The store on what else Prisma makes: both generators, of Prisma 6 and 7, with the adapters of each. */

import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { prismaStore, type SessionDelegate } from "spillway/stores/prisma";
import { describeWith } from "../support/describe-with.js";
import { describeStore } from "../tiers/store-suite.js";

/** Where each version is installed. */
const HOMES = { 6: "test/fixtures/prisma-6/", 7: "" } as const;

type Version = keyof typeof HOMES;
type Generator = "prisma-client" | "prisma-client-js";
type Provider = "sqlite" | "postgresql" | "mysql";

/** The adapter of each database, by its package and class. */
const ADAPTERS = {
  sqlite: ["@prisma/adapter-libsql", "PrismaLibSQL", "PrismaLibSql"],
  postgresql: ["@prisma/adapter-pg", "PrismaPg"],
  mysql: ["@prisma/adapter-mariadb", "PrismaMariaDb"],
} as const;

/** As far as these tests need a client. */
interface Client {
  readonly session: SessionDelegate;
  $executeRawUnsafe(sql: string): Promise<unknown>;
  $disconnect(): Promise<void>;
}

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Generates a client and connects it. */
async function connect(version: Version, generator: Generator, provider: Provider, url: string): Promise<Client> {
  const home = join(root, HOMES[version]);
  const folder = join(home, "generated", `${generator}-${provider}`);
  mkdirSync(folder, { recursive: true });
  const model = readFileSync(join(root, provider === "mysql" ? "prisma/mysql" : "prisma", "session.prisma"), "utf8");
  // Prisma 6 wants a url in the schema, Prisma 7 refuses one; and 6 brings an engine of its own unless it is told not to.
  const [engine, at] = version === 6 ? ['engineType = "client"', 'url = "file:./unused.db"'] : ["", ""];
  writeFileSync(
    join(folder, "schema.prisma"),
    `generator client {
  provider = "${generator}"
  output = "./client"
  ${engine}
}
datasource db {
  provider = "${provider}"
  ${at}
}
${model}`,
  );
  // Neither engine is run to generate a client; any executable will do where they cannot be downloaded.
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: "1" };
  const from = createRequire(join(home, "package.json"));
  const prisma = join(from.resolve("prisma/package.json"), "../build/index.js");
  execFileSync(process.execPath, [prisma, "generate", "--schema", join(folder, "schema.prisma")], {
    env,
    cwd: folder,
    stdio: "pipe",
  });
  const made = await import(join(folder, "client", generator === "prisma-client" ? "client.ts" : "index.js"));
  const [name, ...classes] = ADAPTERS[provider];
  const adapters = from(name) as Record<string, new (to: unknown) => unknown>;
  const Adapter = classes.map((one) => adapters[one]).find((one) => one !== undefined);
  if (!Adapter) throw new Error(`${name} of Prisma ${version} has no adapter of these names.`);
  const to = { sqlite: { url, timeout: 5_000 }, postgresql: { connectionString: url }, mysql: toMariadb(url) }[
    provider
  ];
  return new made.PrismaClient({ adapter: new Adapter(to) }) as Client;
}

function toMariadb(url: string): object {
  if (!url.startsWith("mysql:")) return {};
  const { hostname: host, port, username: user, password, pathname } = new URL(url);
  return { host, port: Number(port), user, password, database: pathname.slice(1) };
}

async function makeTable(client: Client, provider: Provider): Promise<void> {
  const sql = readFileSync(join(root, `sql/${provider}.sql`), "utf8");
  for (const statement of sql.split(";\n").filter((one) => /\S/.test(one))) await client.$executeRawUnsafe(statement);
}

/** What every store must do, through such a client, over the SQL that the package ships. */
function describeVersion(version: Version, generator: Generator, provider: Provider, serverUrl?: string): void {
  describeStore(`on ${provider}, through ${generator} of Prisma ${version}`, async () => {
    if (serverUrl === undefined) {
      const folder = mkdtempSync(join(tmpdir(), "spillway-prisma-"));
      const client = await connect(version, generator, provider, `file:${join(folder, "test.db")}`);
      await makeTable(client, provider);
      const drop = async () => {
        await client.$disconnect();
        rmSync(folder, { recursive: true, force: true });
      };
      return { store: prismaStore(client.session), drop };
    }
    const name = `test_${randomUUID().replaceAll("-", "")}`;
    const server = await connect(version, generator, provider, serverUrl);
    await server.$executeRawUnsafe(`CREATE DATABASE ${name}`);
    await server.$disconnect();
    const url = new URL(serverUrl);
    url.pathname = name;
    const client = await connect(version, generator, provider, url.href);
    await makeTable(client, provider);
    return { store: prismaStore(client.session), drop: () => client.$disconnect() };
  });
}

describeVersion(7, "prisma-client-js", "sqlite");
describeVersion(6, "prisma-client-js", "sqlite");
describeVersion(6, "prisma-client", "sqlite");

await describeWith("postgres", "with PostgreSQL", (url) => {
  describeVersion(7, "prisma-client-js", "postgresql", url);
  describeVersion(6, "prisma-client-js", "postgresql", url);
});

await describeWith("mariadb", "with MariaDB", (url) => {
  describeVersion(7, "prisma-client-js", "mysql", url);
  describeVersion(6, "prisma-client-js", "mysql", url);
});
