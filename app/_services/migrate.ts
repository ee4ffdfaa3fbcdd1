/** Brings a database up to date without Prisma's schema engine, which not every machine can download. */

import { createHash, randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { PrismaPg } from "@prisma/adapter-pg";
import { ownerOnly } from "./owner-only.js";

type Adapter = Awaited<ReturnType<PrismaPg["connect"] | PrismaLibSql["connect"]>>;

/** What differs between the databases. */
interface Provider {
  readonly folder: "sqlite" | "postgresql";
  connect(url: string): Promise<Adapter>;
  /** Runs a script whole or not at all, one migrator after the other. */
  run(adapter: Adapter, script: string): Promise<unknown>;
  /** Prisma's own table, as `prisma migrate deploy` would create it. */
  readonly table: string;
  /** This moment, as `prisma migrate deploy` would write it. */
  readonly now: string;
}

const postgresql: Provider = {
  folder: "postgresql",
  connect: (url) => new PrismaPg({ connectionString: url }).connect(),
  // Statements sent as one text are one transaction. The lock is the one that Prisma takes.
  run: (adapter, script) =>
    adapter.executeRaw({ sql: `SELECT pg_advisory_xact_lock(72707369); ${script}`, args: [], argTypes: [] }),
  table: `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    id VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum VARCHAR(64) NOT NULL,
    finished_at TIMESTAMPTZ,
    migration_name VARCHAR(255) NOT NULL,
    logs TEXT,
    rolled_back_at TIMESTAMPTZ,
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
);`,
  now: "now()",
};

const sqlite: Provider = {
  folder: "sqlite",
  async connect(url) {
    const isFile = url.startsWith("file:");
    if (isFile) ownerOnly(url.slice("file:".length).replace(/\?.*$/, ""));
    const adapter = await new PrismaLibSql({ url, timeout: 5_000 }).connect();
    // With a write-ahead log, which the file remembers, readers and the writer do not wait for each other.
    if (isFile) await adapter.queryRaw({ sql: "PRAGMA journal_mode = WAL", args: [], argTypes: [] });
    return adapter;
  },
  run: (adapter, script) => adapter.executeScript(`BEGIN IMMEDIATE; ${script} COMMIT;`),
  table: `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id" TEXT PRIMARY KEY NOT NULL,
    "checksum" TEXT NOT NULL,
    "finished_at" DATETIME,
    "migration_name" TEXT NOT NULL,
    "logs" TEXT,
    "rolled_back_at" DATETIME,
    "started_at" DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0
);`,
  now: "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
};

/**
 * Applies the migrations of `prisma/<provider>/migrations` that a database has not seen, and records them as Prisma does,
 * so that `prisma migrate deploy` finds nothing left to do. Two at once are safe: one of them does the work.
 *
 * @param url `postgresql://…`, or whatever libSQL opens: `file:./demo.db` (its folder is created), `libsql://…`.
 * @returns the names of the migrations that were applied now.
 * @throws when a migration fails (nothing of it is kept), or when one failed earlier and was not resolved.
 */
export async function migrate(url: string): Promise<string[]> {
  const provider = /^postgres(ql)?:/.test(url) ? postgresql : sqlite;
  const adapter = await provider.connect(url);
  try {
    await provider.run(adapter, provider.table);
    const applied: string[] = [];
    for (const migration of migrationsOf(provider)) {
      if (await isApplied(adapter, migration.name)) continue;
      try {
        await provider.run(adapter, `${record(migration, provider)}\n${migration.sql}`);
        applied.push(migration.name);
      } catch (error) {
        // Another process may have been quicker; if so, what failed was doing it twice.
        if (!(await isApplied(adapter, migration.name))) throw error;
      }
    }
    return applied;
  } finally {
    await adapter.dispose();
  }
}

interface Migration {
  readonly name: string;
  readonly sql: string;
}

function migrationsOf({ folder }: Provider): Migration[] {
  const root = new URL(`../../prisma/${folder}/migrations/`, import.meta.url);
  const names = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return names
    .map(({ name }) => ({ name, sql: readFileSync(new URL(`${name}/migration.sql`, root), "utf8") }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function isApplied(adapter: Adapter, name: string): Promise<boolean> {
  const sql = `SELECT COUNT(*), COUNT(finished_at) FROM "_prisma_migrations"
    WHERE migration_name = '${name}' AND rolled_back_at IS NULL`;
  const { rows } = await adapter.queryRaw({ sql, args: [], argTypes: [] });
  const [begun, finished] = (rows[0] ?? []).map(Number);
  if (begun !== finished) {
    throw new Error(`The migration ${name} failed earlier. Repair the database, then run \`prisma migrate resolve\`.`);
  }
  return begun !== 0;
}

function record({ name, sql }: Migration, { now }: Provider): string {
  const checksum = createHash("sha256").update(sql).digest("hex");
  return `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
    VALUES ('${randomUUID()}', '${checksum}', '${name}', ${now}, ${now}, 1);`;
}
