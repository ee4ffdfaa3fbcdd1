import { Redis } from "ioredis";
import { prismaStore } from "spillway/stores/prisma";
import { redisCache } from "spillway/stores/redis";
import { expect, test } from "vitest";
import { postgresDatabase } from "../../support/databases.js";
import { describeWith } from "../../support/describe-with.js";
import { runIncrements } from "./increments.js";
import { runTabs } from "./tabs.js";

const SMALL = { clients: 64, increments: 320 } as const;

/** From two processes, whose requests meet at the row. */
const MEETING = { clients: 16, increments: 96, servers: 2 } as const;

await describeWith("postgres", "On a real PostgreSQL", (url) => {
  test("Rule 8: of many clients on one session, no increment and no key is lost", async () => {
    const { client, drop } = await postgresDatabase(url);
    const report = await runIncrements({ ...SMALL, options: { store: prismaStore(client.session) } });
    const other = await runIncrements({ ...MEETING, options: { store: prismaStore(client.session) } });
    await drop();
    expect(report).toMatchObject({ acknowledged: 320, count: 320, keysKept: 64 });
    expect(other).toMatchObject({ acknowledged: 96, count: 96, keysKept: 16 });
  }, 120_000);
});

await describeWith("redis", "On a real Redis alone", (url) => {
  test("Rule 9: of many clients on one session, no increment and no key is lost", async () => {
    const client = new Redis(url);
    const report = await runIncrements({ ...SMALL, options: { cache: redisCache(client) } });
    const other = await runIncrements({ ...MEETING, options: { cache: redisCache(client) } });
    client.disconnect();
    expect(report).toMatchObject({ acknowledged: 320, count: 320, keysKept: 64 });
    expect(other).toMatchObject({ acknowledged: 96, count: 96, keysKept: 16 });
  }, 120_000);

  test("Rule 9: two tabs whose responses arrive in any order lose nothing, and sign nobody out", async () => {
    const client = new Redis(url);
    const report = await runTabs(redisCache(client), 200, Math.random);
    client.disconnect();
    expect(report).toEqual({ commits: 200, logouts: 0, lost: 0, refused: 0 });
  }, 120_000);
});
