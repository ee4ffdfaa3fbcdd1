/** Databases that are not as they should be: what the store says of them, and where it goes on all the same. */

import { randomUUID } from "node:crypto";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { PrismaMariaDb } from "@prisma/adapter-mariadb";
import { readReplicas } from "@prisma/extension-read-replicas";
import { prismaStore } from "spillway/stores/prisma";
import { describe, expect, test } from "vitest";
import { PrismaClient as MysqlClient } from "../../generated/mysql/client.js";
import { PrismaClient as SqliteClient } from "../../generated/sqlite/client.js";
import { mysqlDatabase, postgresDatabase, sqliteDatabase } from "../support/databases.js";
import { describeWith } from "../support/describe-with.js";
import { sessionRecord } from "../support/records.js";
import { describeStore } from "../tiers/store-suite.js";

const HOUR = 3_600_000;

/** A PostgreSQL whose transactions see one state from their beginning to their end, and are rolled back when it is old. */
const isolated = (url: string, level: string) =>
  `${url}?options=${encodeURIComponent(`-c default_transaction_isolation=${level.replace(" ", "\\ ")}`)}`;

await describeWith("postgres", "with PostgreSQL under stricter isolation", (url) => {
  for (const level of ["repeatable read", "serializable"]) {
    describeStore(`on PostgreSQL, ${level}`, async () => {
      const { client, drop } = await postgresDatabase(isolated(url, level));
      return { store: prismaStore(client.session), drop };
    });
  }

  test("a delete meets a commit under repeatable read, and is tried again", async () => {
    const { client, drop } = await postgresDatabase(isolated(url, "repeatable read"));
    const store = prismaStore(client.session);
    const records = Array.from({ length: 8 }, () => sessionRecord({ expiresAt: new Date(Date.now() - HOUR) }));
    for (const record of records) await store.insert(record);
    const meetings = await client.$transaction(async (inner) => {
      for (const base of records) await inner.session.updateMany({ where: { key: base.key }, data: { data: "new" } });
      // Each has begun, and waits for this transaction, whose end makes what they see old.
      const deletions = [store.delete(records[0]?.key ?? ""), store.deleteBatch("expired", 100)];
      const update = store.update(records[1] ?? sessionRecord(), { data: "newer" });
      await new Promise((resolve) => setTimeout(resolve, 300));
      return { deletions, update };
    });
    const [one, rest] = await Promise.all(meetings.deletions);
    await meetings.update;
    expect(Number(one) + Number(rest)).toBe(records.length);
    await drop();
  });
});

test("a client with read replicas is refused, and its primary is taken", async () => {
  const { client, url, drop } = await sqliteDatabase();
  const replica = new SqliteClient({ adapter: new PrismaLibSql({ url }) });
  const replicated = client.$extends(readReplicas({ replicas: [replica] })).$extends({ name: "another" });
  const { key } = sessionRecord();
  await expect(prismaStore(replicated.session).get(key)).rejects.toThrow("prisma.$primary().session");
  expect(await prismaStore(replicated.$primary().session).get(key)).toBeUndefined();
  await replica.$disconnect();
  await drop();
});

await describeWith("mariadb", "with a MariaDB that is not as it should be", (serverUrl) => {
  /** A client of the same database whose sessions begin with these settings. */
  const clientWith = (url: string, settings: string) => {
    const { hostname, port, username, password, pathname } = new URL(url);
    const database = { host: hostname, port: Number(port), user: username, password, database: pathname.slice(1) };
    return new MysqlClient({ adapter: new PrismaMariaDb({ ...database, initSql: settings }) });
  };

  test("one that cuts long values is refused before anything is written", async () => {
    const { client, url, drop } = await mysqlDatabase(serverUrl);
    const lax = clientWith(url, "SET sql_mode = ''");
    const record = sessionRecord({ userId: "u".repeat(300) });
    await expect(prismaStore(lax.session).insert(record)).rejects.toThrow("STRICT_TRANS_TABLES");
    expect(await client.session.count()).toBe(0);
    await lax.$disconnect();
    await drop();
  });

  test("what is too long for its column is refused, and kept in no part", async () => {
    const { client, drop } = await mysqlDatabase(serverUrl);
    const store = prismaStore(client.session);
    const tooLong = sessionRecord({ userId: "u".repeat(300) });
    await expect(store.insert(tooLong)).rejects.toMatchObject({ code: "P2000" });
    expect(await client.session.count()).toBe(0);
    const fits = sessionRecord({
      userId: "\u{1f600}".repeat(255),
      userAgent: "a".repeat(512),
      data: "d".repeat(70_000),
    });
    expect(await store.insert(fits)).toBe(true);
    expect(await store.get(fits.key)).toStrictEqual(fits);
    await drop();
  });

  test("one that only follows another is refused, until it is told to lead", async () => {
    const { client, drop } = await mysqlDatabase(serverUrl);
    const store = prismaStore(client.session);
    const { key } = sessionRecord();
    await client.$executeRawUnsafe("SET GLOBAL read_only = 1");
    try {
      await expect(store.get(key)).rejects.toThrow("standby");
    } finally {
      await client.$executeRawUnsafe("SET GLOBAL read_only = 0");
    }
    expect(await store.get(key)).toBeUndefined();
    await drop();
  });

  describe("a table with the collation that Prisma gives it", () => {
    test("tells users apart all the same", async () => {
      const { client, drop } = await mysqlDatabase(serverUrl);
      await client.$executeRawUnsafe("ALTER TABLE Session CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci");
      const store = prismaStore(client.session);
      const [ada, other] = [sessionRecord({ userId: "ada" }), sessionRecord({ userId: `Áda ` })];
      await store.insert(ada);
      await store.insert(other);
      expect((await store.list("ada")).map(({ key }) => key)).toEqual([ada.key]);
      expect(await store.get(ada.key.toUpperCase())).toBeUndefined();
      expect(await store.find(ada.idHash.toLowerCase())).toBeUndefined();
      expect(await store.update({ ...ada, key: ada.key.toUpperCase() }, { data: "another's" })).toBe(false);
      expect(await store.delete(ada.key.toUpperCase())).toBe(false);
      expect(await store.delete(randomUUID())).toBe(false);
      expect(await store.get(ada.key)).toEqual(ada);
      expect(await store.update(ada, { data: "own" })).toBe(true);
      expect(await store.delete(ada.key)).toBe(true);
      await drop();
    });
  });
});
