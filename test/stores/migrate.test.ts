import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { migrate } from "../../app/_services/migrate.js";
import { postgresDatabase, sqliteDatabase } from "../support/databases.js";
import { describeWith } from "../support/describe-with.js";

const folder = mkdtempSync(join(tmpdir(), "spillway-migrate-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const migrationsOf = (provider: string) => {
  const root = new URL(`../../prisma/${provider}/migrations/`, import.meta.url);
  const names = readdirSync(root).filter((name) => !name.endsWith(".toml"));
  return names.map((name) => ({ name, sql: readFileSync(new URL(`${name}/migration.sql`, root), "utf8") }));
};

interface Recorded {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished_at: unknown;
  readonly applied_steps_count: number;
}

function describeMigrate(provider: string, open: typeof sqliteDatabase): void {
  describe(`migrate on ${provider}`, () => {
    test("records each migration as Prisma does, once", async () => {
      const { client, url, drop } = await open();
      expect(await migrate(url)).toEqual([]);
      const recorded = await client.$queryRawUnsafe<Recorded[]>('SELECT * FROM "_prisma_migrations"');
      const expected = migrationsOf(provider).map(({ name, sql }) => ({
        migration_name: name,
        checksum: createHash("sha256").update(sql).digest("hex"),
        rolled_back_at: null,
      }));
      expect(recorded).toMatchObject(expected);
      for (const { finished_at, applied_steps_count } of recorded) {
        expect(finished_at).not.toBeNull();
        expect(Number(applied_steps_count)).toBe(1);
      }
      await drop();
    });

    test("run by several at once on an empty database, one of them applies each migration", async () => {
      const { client, url, drop } = await open();
      await client.$executeRawUnsafe('DROP TABLE "_prisma_migrations"');
      await client.$executeRawUnsafe('DROP TABLE "Session"');
      const applied = await Promise.all([migrate(url), migrate(url), migrate(url)]);
      expect(applied.flat()).toEqual(migrationsOf(provider).map(({ name }) => name));
      await drop();
    });

    test("keeps nothing of a migration that fails, and says what failed", async () => {
      const { client, url, drop } = await open();
      await client.$executeRawUnsafe('DELETE FROM "_prisma_migrations"');
      await expect(migrate(url)).rejects.toThrow(/Session/);
      expect(await client.$queryRawUnsafe('SELECT * FROM "_prisma_migrations"')).toEqual([]);
      await drop();
    });

    test("refuses to go on after one that failed under Prisma", async () => {
      const { client, url, drop } = await open();
      await client.$executeRawUnsafe('UPDATE "_prisma_migrations" SET finished_at = NULL');
      await expect(migrate(url)).rejects.toThrow(/prisma migrate resolve/);
      await drop();
    });
  });
}

describeMigrate("sqlite", sqliteDatabase);
await describeWith("postgres", "with PostgreSQL", (url) => {
  describeMigrate("postgresql", () => postgresDatabase(url) as unknown as ReturnType<typeof sqliteDatabase>);
});

test("migrate creates a SQLite file and its folder, also when several begin at once", async () => {
  const file = join(folder, "a", "b", "new.db");
  const applied = await Promise.all(Array.from({ length: 4 }, () => migrate(`file:${file}`)));
  expect(applied.flat()).toEqual(migrationsOf("sqlite").map(({ name }) => name));
  expect(existsSync(file)).toBe(true);
});
