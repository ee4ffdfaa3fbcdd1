import "server-only";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient as PostgresClient } from "../../generated/postgresql/client";
import { PrismaClient as SqliteClient } from "../../generated/sqlite/client";

const url = process.env.DATABASE_URL || "file:./.spillway/demo.db";

/** Pages and route handlers are bundled apart; what there should be one of in a process is kept here. */
const shared = globalThis as { [key: symbol]: SqliteClient | undefined };
const KEY = Symbol.for("spillway-demo.database");

/** The one database client of this process. SQLite, or PostgreSQL when `DATABASE_URL` names one. */
export const prisma: SqliteClient = shared[KEY] ?? connect();
shared[KEY] = prisma;

function connect(): SqliteClient {
  if (/^postgres(ql)?:/.test(url)) {
    // Without the limits, connections that died in silence keep their places in the pool.
    const adapter = new PrismaPg({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 10_000 });
    // Both clients are generated from one model; their types differ in name alone.
    return new PostgresClient({ adapter }) as unknown as SqliteClient;
  }
  // Without the timeout, a second process on the same file makes a fifth of the writes fail.
  return new SqliteClient({ adapter: new PrismaLibSql({ url, timeout: 5_000 }) });
}
