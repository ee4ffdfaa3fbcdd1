/** What one operation costs, over a Redis in front of a PostgreSQL: commands as the server sees them, and statements. */

import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { Redis } from "ioredis";
import { defineSession } from "spillway";
import { prismaStore } from "spillway/stores/prisma";
import { redisCache } from "spillway/stores/redis";
import { createSessions } from "spillway/web";
import { postgresDatabase } from "../../support/databases.js";
import { FakeBrowser } from "../../support/fake-browser.js";
import type { Goals } from "../../support/goals.js";
import { startService } from "../../support/service.js";
import { redisProgram, startRedis } from "./servers.js";
import type { Basket } from "./visitor.js";

/** What an operation cost. */
export interface Cost {
  readonly operation: string;
  readonly commands: number;
  readonly statements: number;
  readonly mostCommands: number;
  readonly mostStatements: number;
}

const FILLING = randomBytes(6_000).toString("base64url");

/** Counts each operation once, when all connections are open and what is remembered is fresh. */
export async function costs(): Promise<Cost[]> {
  const redis = await startRedis(redisProgram());
  const service = await startService("postgres");
  const { client, log, drop } = await postgresDatabase(service.url);
  const connection = new Redis(redis.port, "127.0.0.1");
  const watching = await redis.client.monitor();
  const seen: string[] = [];
  // What a script does on the server is no command that was sent.
  watching.on("monitor", (_time: string, [name = ""]: string[], source: string) => {
    if (source !== "lua" && !/^(info|hello|client|select|ping)$/i.test(name)) seen.push(name);
  });
  try {
    const definition = defineSession<Basket>({ secret: randomBytes(32).toString("base64url") });
    const tiers = { cache: redisCache(connection), store: prismaStore(client.session) };
    const sessions = createSessions(definition, { ...tiers, cacheTimeout: "10s", revocationDelay: "1h" });
    const found: Cost[] = [];
    const count = async (operation: string, most: readonly [number, number], work: () => Promise<unknown>) => {
      await pause(50);
      seen.length = 0;
      log.clear();
      await work();
      // The monitor tells of a command a moment later.
      await pause(50);
      const statements = log.statements.filter((statement) => /Session/.test(statement)).length;
      found.push({ operation, commands: seen.length, statements, mostCommands: most[0], mostStatements: most[1] });
    };
    const warm = new FakeBrowser();
    await warm.request(sessions, (session) => session.login("somebody"));
    const spilled = new FakeBrowser();
    await spilled.request(sessions, (session) => session.set({ count: 0, filling: FILLING }));
    await spilled.request(sessions, (session) => session.get("count"));
    await count("read of a spilled session", [1, 0], () =>
      spilled.request(sessions, (session) => session.get("count")),
    );
    await count("read and write of a spilled session", [2, 1], () =>
      spilled.request(sessions, (session) => session.set("count", 1)),
    );
    const small = new FakeBrowser();
    await small.request(sessions, (session) => session.set("count", 0));
    // The user's cutoff in the cache before, the row, and the cutoff in the database after it.
    await count("login with a small session", [1, 2], () => small.request(sessions, (session) => session.login("ada")));
    await count("logout", [2, 1], () => small.request(sessions, (session) => session.logout()));
    return found;
  } finally {
    watching.disconnect();
    connection.disconnect();
    await drop();
    await service.stop();
    await redis.stop();
  }
}

/** Tells what each operation costs. */
export async function countCommands(goals: Goals): Promise<void> {
  for (const { operation, commands, statements, mostCommands, mostStatements } of await costs()) {
    const isMet = commands <= mostCommands && statements <= mostStatements;
    const figure = `${commands} commands, ${statements} statements`;
    goals.hold(`Redis and PostgreSQL, ${operation}`, figure, `${mostCommands} and ${mostStatements}`, isMet);
  }
}
