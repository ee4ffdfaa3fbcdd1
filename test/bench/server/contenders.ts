/** What is compared on the server: Spillway on Redis and PostgreSQL, on Redis alone, and other libraries. */

import { existsSync } from "node:fs";
import { PrismaPg } from "@prisma/adapter-pg";
import { Redis } from "ioredis";
import { defineSession } from "spillway";
import { prismaStore } from "spillway/stores/prisma";
import { redisCache } from "spillway/stores/redis";
import { createSessions } from "spillway/web";
import { migrate } from "../../../app/_services/migrate.js";
import { PrismaClient } from "../../../generated/postgresql/client.js";
import type { BenchSession } from "../payload.js";
import type { Services } from "./services.js";

const SECRET = "a secret of the benchmark, long enough for all of them";

/** A browser that has a session. Each call is a request of its own. */
export interface Visitor {
  /** Reads one value. */
  read(): Promise<unknown>;
  /** Reads, changes one value, and saves. */
  write(visits: number): Promise<unknown>;
}

/** A library on its servers. */
export interface ServerContender {
  readonly name: string;
  begin(data: BenchSession): Promise<Visitor>;
  close(): Promise<void>;
}

/** All of them; other libraries only where `npm ci --prefix test/bench/peers` has brought them. */
export async function serverContenders(services: Services): Promise<readonly ServerContender[]> {
  const { redisUrl, postgresUrl } = services;
  await migrate(postgresUrl);
  return [
    spillway("Spillway, PostgreSQL and Redis", services),
    spillway("Spillway, Redis alone", { redisUrl }),
    spillway("Spillway, PostgreSQL alone", { postgresUrl }),
    ...(await installedPeers(services)),
  ];
}

function spillway(name: string, { redisUrl, postgresUrl }: Partial<Services>): ServerContender {
  const connection = redisUrl && new Redis(redisUrl);
  const client = postgresUrl && new PrismaClient({ adapter: new PrismaPg({ connectionString: postgresUrl }) });
  const { open } = createSessions(defineSession<BenchSession>({ secret: SECRET, app: name }), {
    ...(connection && { cache: redisCache(connection) }),
    ...(client && { store: prismaStore(client.session) }),
    // On the server whatever the size, as the others have it.
    cookieThreshold: 0,
    maxSize: 2_000_000,
    // The application's epoch is read once in this time and process, whatever the traffic.
    revocationDelay: "1h",
    // A busy machine is no outage, with which a cache that is slow would be left out.
    cacheTimeout: "10s",
    storeTimeout: "30s",
  });
  return {
    name,
    async begin(data) {
      const begun = await open(new Headers());
      await begun.session.set(data);
      let cookie = cookiesOf(begun.setCookies);
      return {
        read: async () => (await open(new Headers({ cookie }))).session.get("cart"),
        async write(visits) {
          const { session, setCookies } = await open(new Headers({ cookie }));
          await session.get("cart");
          await session.set("visits", visits);
          cookie = cookiesOf(setCookies) || cookie;
        },
      };
    },
    async close() {
      if (connection) connection.disconnect();
      if (client) await client.$disconnect();
    },
  };
}

function cookiesOf(lines: readonly string[]): string {
  return lines.map((line) => line.split(";")[0]).join("; ");
}

async function installedPeers({ redisUrl, postgresUrl }: Services): Promise<readonly ServerContender[]> {
  if (!existsSync(new URL("../peers/node_modules", import.meta.url))) return [];
  const { serverPeers } = await import(new URL("../peers/server.mjs", import.meta.url).href);
  return serverPeers({ redisUrl, postgresUrl }, SECRET);
}
