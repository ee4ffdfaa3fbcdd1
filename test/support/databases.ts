import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { PrismaMariaDb } from "@prisma/adapter-mariadb";
import { PrismaPg } from "@prisma/adapter-pg";
import { migrate } from "../../app/_services/migrate.js";
import { PrismaClient as MysqlClient } from "../../generated/mysql/client.js";
import { PrismaClient as PostgresClient } from "../../generated/postgresql/client.js";
import { PrismaClient as SqliteClient } from "../../generated/sqlite/client.js";

/** The query log of a client: the SQL of every statement since the last `clear`. */
export interface QueryLog {
  readonly statements: string[];
  clear(): void;
}

/** A migrated, empty database, its client, and the way to be rid of both. */
export interface TestDatabase<Client> {
  readonly client: Client;
  readonly url: string;
  readonly log: QueryLog;
  drop(): Promise<void>;
}

const logged = [{ emit: "event", level: "query" }] as const;

function queryLog(listen: (add: (event: { query: string }) => void) => void): QueryLog {
  const statements: string[] = [];
  listen(({ query }) => statements.push(query));
  return { statements, clear: () => statements.splice(0) };
}

/** A SQLite database in a temporary folder. */
export async function sqliteDatabase(): Promise<TestDatabase<SqliteClient<"query">>> {
  const folder = mkdtempSync(join(tmpdir(), "spillway-sqlite-"));
  const url = `file:${join(folder, "test.db")}`;
  await migrate(url);
  const client = new SqliteClient({ adapter: new PrismaLibSql({ url, timeout: 5_000 }), log: [...logged] });
  const log = queryLog((add) => client.$on("query", add));
  return {
    client,
    url,
    log,
    async drop() {
      await client.$disconnect();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A database of its own in the PostgreSQL at `serverUrl`. */
export async function postgresDatabase(serverUrl: string): Promise<TestDatabase<PostgresClient<"query">>> {
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  const server = new PostgresClient({ adapter: new PrismaPg({ connectionString: serverUrl }) });
  await server.$executeRawUnsafe(`CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = name;
  await migrate(url.href);
  const client = new PostgresClient({ adapter: new PrismaPg({ connectionString: url.href }), log: [...logged] });
  const log = queryLog((add) => client.$on("query", add));
  return {
    client,
    url: url.href,
    log,
    async drop() {
      await client.$disconnect();
      await server.$executeRawUnsafe(`DROP DATABASE ${name} WITH (FORCE)`);
      await server.$disconnect();
    },
  };
}

/** A database of its own in the MySQL or MariaDB at `serverUrl`. */
export async function mysqlDatabase(serverUrl: string): Promise<TestDatabase<MysqlClient<"query">>> {
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  const url = new URL(serverUrl);
  url.pathname = name;
  const server = new MysqlClient({ adapter: new PrismaMariaDb(serverUrl) });
  await server.$executeRawUnsafe(`CREATE DATABASE ${name}`);
  // A busy machine may keep a statement waiting for a connection for longer than the ten seconds that the driver allows.
  const adapter = new PrismaMariaDb(`${url.href}?acquireTimeout=60000`);
  const client = new MysqlClient({ adapter, log: [...logged] });
  await client.$executeRawUnsafe(readFileSync(new URL("../../sql/mysql.sql", import.meta.url), "utf8"));
  const log = queryLog((add) => client.$on("query", add));
  return {
    client,
    url: url.href,
    log,
    async drop() {
      await client.$disconnect();
      await server.$executeRawUnsafe(`DROP DATABASE ${name}`);
      await server.$disconnect();
    },
  };
}
