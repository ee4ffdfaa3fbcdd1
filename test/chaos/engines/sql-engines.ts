/** Databases, which arbitrate and are durable, through Prisma. */

import { setTimeout as pause } from "node:timers/promises";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { PrismaMariaDb } from "@prisma/adapter-mariadb";
import { PrismaPg } from "@prisma/adapter-pg";
import { Redis } from "ioredis";
import { prismaStore } from "spillway/stores/prisma";
import { redisCache } from "spillway/stores/redis";
import { PrismaClient as MysqlClient } from "../../../generated/mysql/client.js";
import { PrismaClient as PostgresClient } from "../../../generated/postgresql/client.js";
import { PrismaClient as SqliteClient } from "../../../generated/sqlite/client.js";
import { mysqlDatabase, postgresDatabase, sqliteDatabase } from "../../support/databases.js";
import { runMysql } from "../../support/mysql.js";
import { type Running, startService } from "../../support/service.js";
import { FaultProxy } from "../faults/fault-proxy.js";
import type { Connection, Engine, Failure } from "./engine.js";
import { startPgBouncer } from "./pgbouncer.js";
import { startPostgresPair } from "./postgres-pair.js";
import { remoteStore } from "./remote-store.js";
import { redisProgram, startRedis } from "./servers.js";

/** How often connections are cut, and how long between (milliseconds). */
const CUTS = 10;
const BETWEEN_CUTS = 200;

/** A connection that has gone silent is given up, and another takes its place. */
const POOL = { connectionTimeoutMillis: 5_000, query_timeout: 5_000 } as const;

const EVERYTHING = "Every acknowledged write is kept, and two that meet are merged.";

interface RawClient {
  $queryRawUnsafe(query: string): PromiseLike<unknown>;
}

async function ask(client: RawClient, query: string): Promise<string> {
  const [row] = (await client.$queryRawUnsafe(query)) as Record<string, unknown>[];
  return String(Object.values(row ?? {})[0]);
}

function connectPostgres(url: string): Connection {
  const client = new PostgresClient({ adapter: new PrismaPg({ connectionString: url, ...POOL }) });
  return { store: prismaStore(client.session), close: () => client.$disconnect() };
}

/** Ends every connection but its own, as an administrator would, or a failover. */
const connectionsCut = (cutAll: () => Promise<unknown>): Failure => ({
  name: "connections cut",
  async strike() {
    for (let i = 0; i < CUTS; i++) {
      await cutAll();
      await pause(BETWEEN_CUTS);
    }
  },
});

const CUT_POSTGRES = `SELECT count(pg_terminate_backend(pid))::text FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()`;

function postgres(name: string, options: string): Engine {
  return {
    name,
    client: "@prisma/adapter-pg",
    promise: EVERYTHING,
    async start() {
      const service = await startService("postgres");
      const database = await postgresDatabase(service.url);
      const url = options === "" ? database.url : `${database.url}?options=${encodeURIComponent(options)}`;
      return {
        version: await ask(database.client, "SHOW server_version"),
        failures: [connectionsCut(() => ask(database.client, CUT_POSTGRES))],
        connect: async () => connectPostgres(url),
        async stop() {
          await database.drop();
          await service.stop();
        },
      };
    },
  };
}

const pgbouncer: Engine = {
  name: "PostgreSQL behind PgBouncer, pooling transactions",
  client: "@prisma/adapter-pg",
  promise: EVERYTHING,
  async start() {
    const service = await startService("postgres");
    const database = await postgresDatabase(service.url);
    const pooler = await startPgBouncer(database.url);
    return {
      version: `${await ask(database.client, "SHOW server_version")}, ${pooler.version}`,
      failures: [
        connectionsCut(() => ask(database.client, CUT_POSTGRES)),
        { name: "the pooler restarted", strike: pooler.restart },
      ],
      connect: async () => connectPostgres(pooler.url),
      async stop() {
        await pooler.stop();
        await database.drop();
        await service.stop();
      },
    };
  },
};

const pair: Engine = {
  name: "PostgreSQL with an asynchronous standby, Redis before it",
  client: "@prisma/adapter-pg, ioredis",
  promise:
    "What the standby had not received when it took over is lost, sign-ins and sign-outs too, and an event tells of data; nobody else is signed out, and after ten seconds everybody writes again.",
  async start() {
    const servers = await startPostgresPair();
    const redis = await startRedis(redisProgram());
    const database = await postgresDatabase(servers.primaryUrl);
    const line = await FaultProxy.open(database.url);
    const standby = new URL(servers.standbyUrl);
    standby.pathname = new URL(database.url).pathname;
    return {
      version: await ask(database.client, "SHOW server_version"),
      failures: [
        {
          name: "failed over, the last two seconds lost",
          losesWrites: true,
          async strike() {
            await servers.part();
            await pause(2_000);
            await database.client.$disconnect();
            await line.set({ type: "refuse" });
            await servers.failOver();
            line.aim(standby.href);
            await line.set();
          },
        },
      ],
      async connect() {
        const client = new Redis(redis.port, "127.0.0.1");
        client.on("error", () => {});
        const { store, close } = connectPostgres(line.url);
        const closeBoth = async () => {
          client.disconnect();
          await close();
        };
        return { ...(store && { store }), cache: redisCache(client), close: closeBoth };
      },
      async stop() {
        await line.close();
        await Promise.all([servers.stop(), redis.stop()]);
      },
    };
  },
};

/** MariaDB, and what it came from. */
function mysql(name: string, serve: () => Promise<Running>): Engine {
  const others = "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()";
  return {
    name,
    client: "@prisma/adapter-mariadb",
    promise: `${EVERYTHING} Make the table from \`sql/mysql.sql\`.`,
    async start() {
      const server = await serve();
      const database = await mysqlDatabase(server.url);
      return {
        version: await ask(database.client, "SELECT VERSION()"),
        failures: [
          connectionsCut(async () => {
            const rows = (await database.client.$queryRawUnsafe(others)) as Readonly<Record<string, bigint>>[];
            // One may have ended by itself.
            await Promise.allSettled(
              rows.map((row) => database.client.$executeRawUnsafe(`KILL ${Object.values(row)[0]}`)),
            );
          }),
        ],
        async connect() {
          const client = new MysqlClient({ adapter: new PrismaMariaDb(database.url) });
          return { store: prismaStore(client.session), close: () => client.$disconnect() };
        },
        async stop() {
          await database.drop();
          await server.stop();
        },
      };
    },
  };
}

const sqlite: Engine = {
  name: "SQLite, one file for two processes",
  client: "@prisma/adapter-libsql",
  promise: EVERYTHING,
  async start() {
    const database = await sqliteDatabase();
    let isFirst = true;
    return {
      version: await ask(database.client, "SELECT sqlite_version()"),
      failures: [],
      async connect() {
        isFirst = !isFirst;
        if (isFirst) return remoteStore(database.url);
        const client = new SqliteClient({ adapter: new PrismaLibSql({ url: database.url, timeout: 5_000 }) });
        return { store: prismaStore(client.session), close: () => client.$disconnect() };
      },
      stop: () => database.drop(),
    };
  },
};

/** All of them. */
export const SQL_ENGINES: readonly Engine[] = [
  postgres("PostgreSQL", ""),
  postgres("PostgreSQL, serializable", "-c default_transaction_isolation=serializable"),
  pgbouncer,
  pair,
  mysql("MariaDB", () => startService("mariadb")),
  mysql("MySQL", runMysql),
  sqlite,
];
