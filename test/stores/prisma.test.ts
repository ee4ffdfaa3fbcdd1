import { prismaStore } from "spillway/stores/prisma";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { SessionStore } from "../../src/tiers/store.js";
import { mysqlDatabase, postgresDatabase, sqliteDatabase } from "../support/databases.js";
import { describeWith } from "../support/describe-with.js";
import { sessionRecord } from "../support/records.js";
import { describeStore } from "../tiers/store-suite.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

type Open = () => Promise<Awaited<ReturnType<typeof sqliteDatabase>>>;

describePrisma("SQLite", sqliteDatabase);

// Another zone than this process's, so that a time taken for local would show.
await describeWith("postgres", "with PostgreSQL", (url) => {
  const elsewhere = `${url}?options=${encodeURIComponent("-c TimeZone=Asia/Kolkata")}`;
  describePrisma("PostgreSQL", () => postgresDatabase(elsewhere) as unknown as ReturnType<Open>);

  test("cleanup that waits for a commit spares the row to which the commit gives a later deadline", async () => {
    const { client, drop } = await postgresDatabase(url);
    const store = prismaStore(client.session);
    const record = sessionRecord({ expiresAt: new Date(Date.now() - HOUR) });
    await store.insert(record);
    const cleanup = await client.$transaction(async (inner) => {
      await prismaStore(inner.session).update(record, { expiresAt: new Date(Date.now() + HOUR) });
      const waiting = store.deleteBatch("expired", 10);
      await vi.waitFor(async () => {
        const blocked = await client.$queryRaw`SELECT 1 FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock'`;
        expect(blocked).toHaveLength(1);
      }, 10_000);
      return { waiting };
    });
    expect(await cleanup.waiting).toBe(0);
    expect((await store.get(record.key))?.version).toBe(2);
    await drop();
  });
});

// Its session time zone is another one than UTC, too.
await describeWith("mariadb", "with MariaDB", (url) => {
  describePrisma("MariaDB", () => mysqlDatabase(url) as unknown as ReturnType<Open>);
});

function describePrisma(name: string, open: Open): void {
  describeStore(`on ${name}, through Prisma`, async () => {
    const { client, drop } = await open();
    return { store: prismaStore(client.session), drop };
  });

  describe(`prismaStore on ${name}`, () => {
    let database: Awaited<ReturnType<Open>>;
    let store: SessionStore;

    beforeAll(async () => {
      database = await open();
      store = prismaStore(database.client.session);
      // The first use asks the server whether it is fit.
      await store.get("nothing");
    });

    beforeEach(() => database.log.clear());

    afterAll(() => database?.drop());

    const statementsOf = async (work: () => Promise<unknown>) => {
      database.log.clear();
      await work();
      return [...database.log.statements];
    };

    test("[F34] each method is one statement on the Session table", async () => {
      const record = sessionRecord({ userId: "user" });
      const methods: Record<string, () => Promise<unknown>> = {
        INSERT: () => store.insert(record),
        "INSERT ": () => store.insert(record),
        SELECT: () => store.get(record.key),
        "SELECT ": () => store.find(record.idHash),
        "SELECT  ": () => store.list("user"),
        UPDATE: () => store.update(record, { data: "new" }),
        DELETE: () => store.delete(record.key, 1),
        "DELETE ": () => store.delete(record.key),
      };
      for (const [verb, work] of Object.entries(methods)) {
        const statements = await statementsOf(work);
        // An insert that is refused may not be logged at all.
        expect(statements.length, verb).toBeLessThanOrEqual(1);
        for (const statement of statements) expect(statement).toMatch(new RegExp(`^${verb.trim()}\\b.*Session`, "s"));
      }
    });

    test("a list does not read the data of its sessions", async () => {
      const [statement] = await statementsOf(() => store.list("user"));
      expect(statement).not.toMatch(/[`"]data[`"]/);
    });

    test("cleanup asks for the time, finds keys by index, and repeats the condition in the delete", async () => {
      await store.insert(sessionRecord({ expiresAt: new Date(Date.now() - HOUR) }));
      const statements = await statementsOf(() => store.deleteBatch("expired", 10));
      expect(statements).toHaveLength(3);
      expect(statements[1]).toMatch(/^SELECT .*expiresAt.* < .*ORDER BY .*expiresAt.* LIMIT/s);
      expect(statements[2]).toMatch(/^DELETE .*expiresAt.* < /s);
    });

    test("a batch begins where the one before ended, and the last one looks once from the beginning", async () => {
      for (let i = 1; i <= 25; i++) await store.insert(sessionRecord({ expiresAt: new Date(Date.now() - i * HOUR) }));
      const finds: string[] = [];
      for (let gone = 10; gone === 10; ) {
        const statements = await statementsOf(async () => {
          gone = await store.deleteBatch("expired", 10);
        });
        finds.push(...statements.filter((statement) => /ORDER BY/.test(statement)));
      }
      const begins = finds.map((statement) => (/expiresAt\W+ >= /.test(statement) ? "where it was" : "at first"));
      expect(begins).toEqual(["at first", "where it was", "where it was", "at first"]);
    });

    test("rows expire by the database's clock, not by this process's", async () => {
      const live = sessionRecord({ expiresAt: new Date(Date.now() + HOUR) });
      const expired = sessionRecord({ expiresAt: new Date(Date.now() - HOUR) });
      await store.insert(live);
      await store.insert(expired);
      const outside = vi.spyOn(Date, "now");
      try {
        outside.mockReturnValue(Date.now() + DAY);
        expect(await store.deleteBatch("expired", 10)).toBe(1);
        await store.insert(expired);
        outside.mockReturnValue(Date.now() - 2 * DAY);
        expect(await store.deleteBatch("expired", 10)).toBe(1);
      } finally {
        outside.mockRestore();
      }
      expect(await store.delete(live.key)).toBe(true);
    });

    test("a clock that is handed in decides instead", async () => {
      const record = sessionRecord({ expiresAt: new Date(Date.now() + HOUR) });
      await store.insert(record);
      const late = prismaStore(database.client.session, { now: async () => new Date(Date.now() + 2 * HOUR) });
      expect(await late.deleteBatch("expired", 10)).toBe(1);
      expect(await store.get(record.key)).toBeUndefined();
    });

    test("a delegate that does not name its client leaves expiry to this process's clock", async () => {
      const { findUnique, findMany, deleteMany } = database.client.session;
      const nameless = { findUnique, findMany, deleteMany } as unknown as Parameters<typeof prismaStore>[0];
      await store.insert(sessionRecord({ expiresAt: new Date(Date.now() - HOUR) }));
      expect(await prismaStore(nameless).deleteBatch("expired", 10)).toBe(1);
    });

    test("it works in a transaction, which takes its rows back when it fails", async () => {
      const [kept, lost] = [sessionRecord(), sessionRecord()];
      await database.client.$transaction(async (inner) => {
        const within = prismaStore(inner.session);
        expect(await within.insert(kept)).toBe(true);
        expect(await within.deleteBatch("expired", 10)).toBe(0);
      });
      const failed = database.client.$transaction(async (inner) => {
        await prismaStore(inner.session).insert(lost);
        throw new Error("called off");
      });
      await expect(failed).rejects.toThrow("called off");
      expect(await store.get(kept.key)).toStrictEqual(kept);
      expect(await store.get(lost.key)).toBeUndefined();
    });

    test("it works on an extended client, whose extensions see its statements", async () => {
      const seen: string[] = [];
      const extended = database.client.$extends({
        query: {
          session: {
            $allOperations({ operation, args, query }) {
              seen.push(operation);
              return query(args);
            },
          },
        },
      });
      const record = sessionRecord({ expiresAt: new Date(Date.now() - HOUR) });
      const within = prismaStore(extended.session);
      await within.insert(record);
      expect(await within.get(record.key)).toStrictEqual(record);
      expect(await within.deleteBatch("expired", 10)).toBe(1);
      expect(seen).toEqual(["createMany", "findUnique", "findMany", "deleteMany"]);
    });

    test("a row whose deadline moves between the find and the delete is spared", async () => {
      const record = sessionRecord({ expiresAt: new Date(Date.now() - HOUR) });
      await store.insert(record);
      const interrupted = database.client.$extends({
        query: {
          session: {
            async deleteMany({ args, query }) {
              await store.update(record, { expiresAt: new Date(Date.now() + HOUR) });
              return query(args);
            },
          },
        },
      });
      expect(await prismaStore(interrupted.session).deleteBatch("expired", 10)).toBe(0);
      expect(await store.delete(record.key, 2)).toBe(true);
    });

    test("what the database refuses otherwise is an error, as it comes", async () => {
      const broken = { ...sessionRecord(), version: "one" as unknown as number };
      await expect(store.insert(broken)).rejects.toMatchObject({ name: "PrismaClientValidationError" });
      await expect(store.update({ ...broken }, { data: "x" })).rejects.toThrow();
    });
  });
}

describe("prismaStore", () => {
  test("a database that is gone is an error, never an absent session", async () => {
    const { client, drop } = await sqliteDatabase();
    const store = prismaStore(client.session);
    await client.$executeRawUnsafe('DROP TABLE "Session"');
    const { key, idHash } = sessionRecord();
    const works = [
      () => store.get(key),
      () => store.find(idHash),
      () => store.list("user"),
      () => store.insert(sessionRecord()),
      () => store.update(sessionRecord(), { data: "x" }),
      () => store.delete(key),
      () => store.deleteBatch("expired", 1),
    ];
    for (const work of works) await expect(work()).rejects.toMatchObject({ name: "PrismaClientKnownRequestError" });
    await drop();
  });
});
