/** An application's sessions over a real PostgreSQL and a real Redis, with a faulty line to each. */

import { randomBytes } from "node:crypto";
import { PrismaPg } from "@prisma/adapter-pg";
import { Redis as Upstash } from "@upstash/redis";
import { Redis } from "ioredis";
import {
  defineSession,
  type ServerOptions,
  type SessionCache,
  type SessionEvents,
  type SessionManager,
} from "spillway";
import { type KvClient, kvCache } from "spillway/stores/kv";
import { prismaStore } from "spillway/stores/prisma";
import { redisCache } from "spillway/stores/redis";
import { createSessions, type WebSessions } from "spillway/web";
import { startKvServer } from "../../../app/_services/kv/server.js";
import { PrismaClient } from "../../../generated/postgresql/client.js";
import { postgresDatabase } from "../../support/databases.js";
import type { Basket } from "./basket.js";
import { FaultProxy } from "./fault-proxy.js";

/** How the cache is reached: over HTTP as KV is, or over TCP. Undefined: there is none. */
export type Transport = "kv" | "redis" | undefined;

/** What {@link openWorld} takes. */
export interface WorldOptions {
  readonly postgresUrl: string;
  readonly redisUrl: string;
  readonly transport: Transport;
  /** Builds the client of KV. Default: as the README advises. */
  readonly newKv?: (url: string, token: string) => KvClient;
  /** Whether there is a database behind the cache. Default true. */
  readonly hasStore?: boolean;
  readonly server?: Omit<ServerOptions, "cache" | "store" | "on">;
}

/** A deployment and what can be done to it. */
export interface World {
  readonly web: WebSessions<Basket, Record<string, unknown>>;
  readonly sessions: SessionManager<Basket, Record<string, unknown>>;
  readonly events: (readonly [keyof SessionEvents, unknown])[];
  /** The line to the database. */
  readonly storeLine: FaultProxy;
  /** The line to the cache; a world without one has a line that nobody uses. */
  readonly cacheLine: FaultProxy;
  /** Redis, and the database, without any fault between. */
  readonly redis: Redis;
  readonly database: PrismaClient;
  /** The statements that the sessions sent to the database. */
  readonly statements: string[];
  /** The keys of the cache start with it. */
  readonly prefix: string;
  close(): Promise<void>;
}

/** A connection that has gone silent is given up, and another takes its place. On a busy machine that takes its time. */
const POOL = { connectionTimeoutMillis: 5_000, query_timeout: 2_000 } as const;

const TOKEN = "a token for these tests";

const secret = () => randomBytes(32).toString("base64url");

/** Opens a world of its own: a new database, and keys of its own in Redis. */
export async function openWorld({
  postgresUrl,
  redisUrl,
  transport,
  newKv = wellBuiltKv,
  hasStore = true,
  server,
}: WorldOptions): Promise<World> {
  const database = await postgresDatabase(postgresUrl);
  const storeLine = await FaultProxy.open(database.url);
  const client = new PrismaClient({
    adapter: new PrismaPg({ connectionString: storeLine.url, ...POOL }),
    log: [{ emit: "event", level: "query" }],
  });
  const statements: string[] = [];
  client.$on("query", ({ query }) => statements.push(query));
  const prefix = `${randomBytes(6).toString("hex")}:`;
  const { cache, line: cacheLine, close } = await openCache(transport, redisUrl, prefix, newKv);
  const redis = new Redis(redisUrl);

  const events: World["events"] = [];
  const on = new Proxy({}, { get: (_, name) => (event: unknown) => events.push([name as keyof SessionEvents, event]) });
  const web = createSessions<Basket>(defineSession<Basket>({ secret: secret() }), {
    cookieThreshold: 0,
    ...(hasStore && { store: prismaStore(client.session) }),
    ...(cache && { cache }),
    ...server,
    on,
  });
  return {
    web,
    sessions: web.sessions,
    events,
    storeLine,
    cacheLine,
    redis,
    database: database.client,
    statements,
    prefix,
    async close() {
      await storeLine.set();
      await cacheLine.set();
      await client.$disconnect();
      await close();
      redis.disconnect();
      await Promise.all([storeLine.close(), cacheLine.close()]);
      await database.drop();
    },
  };
}

/** A client that tries a command twice at most, without a pause, and gives it up after a second. */
export function wellBuiltKv(url: string, token: string): KvClient {
  return new Upstash({ url, token, retry: false, signal: () => AbortSignal.timeout(1_000) });
}

interface OpenCache {
  readonly cache: SessionCache | undefined;
  readonly line: FaultProxy;
  close(): Promise<void>;
}

async function openCache(
  transport: Transport,
  redisUrl: string,
  prefix: string,
  newKv: (url: string, token: string) => KvClient,
): Promise<OpenCache> {
  if (transport === "kv") {
    const server = await startKvServer({ port: 0, token: TOKEN, redisUrl });
    const line = await FaultProxy.open(server.url);
    return { cache: kvCache(newKv(line.url, TOKEN), { prefix }), line, close: server.stop };
  }
  const line = await FaultProxy.open(redisUrl);
  if (transport === undefined) return { cache: undefined, line, close: async () => {} };
  const client = new Redis(line.url, { maxRetriesPerRequest: 1, socketTimeout: 1_000, retryStrategy: () => 100 });
  client.on("error", () => {});
  return { cache: redisCache(client, { prefix }), line, close: async () => client.disconnect() };
}
