import { inspect } from "node:util";
import { Redis as Upstash } from "@upstash/redis";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { kvCache } from "spillway/stores/kv";
import { redisCache } from "spillway/stores/redis";
import { describe, expect, onTestFinished, test } from "vitest";
import { startKvServer } from "../../app/_services/kv/server.js";
import { SessionStoreError } from "../../src/errors.js";
import type { CacheCommand, SessionCache } from "../../src/tiers/cache.js";
import { bulk, deploy } from "../support/deployments.js";
import { describeWith } from "../support/describe-with.js";
import { type RedisOptions, runRedis } from "../support/redis.js";

const CANARY = "canary-4711";
const token = "a token for tests";

const put = (value = CANARY): CacheCommand => ({
  type: "put",
  key: CANARY,
  version: 1,
  value,
  expiresAt: new Date(Date.now() + 60_000),
});

const failureOf = async (use: Promise<unknown>): Promise<SessionStoreError> => {
  const error = await use.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SessionStoreError);
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(CANARY);
  return error as SessionStoreError;
};

await describeWith("redis", "a Redis that is not fit", (shared) => {
  /** The cache over each client, on a server with these options. */
  const cachesOn = async (options: RedisOptions, login: { username?: string; password?: string } = {}) => {
    const server = await runRedis(options);
    onTestFinished(() => server.stop());
    return cachesAt(server.url, login);
  };
  const cachesAt = async (url: string, login: { username?: string; password?: string }) => {
    const one = new Redis(url, { ...login, maxRetriesPerRequest: 1 });
    const other = createClient({ url, ...login, socket: { reconnectStrategy: false } });
    for (const client of [one, other]) client.on("error", () => {});
    await other.connect().catch(() => {});
    onTestFinished(() => {
      one.disconnect();
      if (other.isOpen) other.destroy();
    });
    return [redisCache(one), redisCache(other)];
  };

  test.each([
    ["EVAL renamed", { "rename-command": 'EVAL ""' }],
    ["a command of Redis 7 unknown", { "rename-command": 'PEXPIRETIME ""' }],
  ])("says what is needed where it has %s, and that nothing was written", async (_, options) => {
    const join: CacheCommand = { type: "join", key: CANARY, member: CANARY, expiresAt: new Date(Date.now() + 60_000) };
    for (const cache of await cachesOn(options)) {
      const error = await failureOf(cache.write([join]));
      expect(error).toMatchObject({ tier: "cache", outcome: "failed" });
      expect(error.message).toMatch(/does not know a command.*Redis 7\.0 or later.*EVAL.*PEXPIRETIME/);
    }
  });

  const account = (rights: string) => ({ user: [`default off`, `app on >secret ~spillway:* ${rights}`] });
  const NEEDED = "+get +hgetall +zrange +zrem +eval +exists +getrange +set +del +pexpiretime +pttl +pexpireat";
  const NEEDED_TOO = "+hset +hget +hdel +zadd +zremrangebyscore";

  test("says what is needed where the account lacks a right", async () => {
    for (const missing of ["+eval", "+set", "+exists"]) {
      const rights = `${NEEDED} ${NEEDED_TOO} +info`.replace(missing, "");
      const caches = await cachesOn(account(rights), { username: "app", password: "secret" });
      for (const cache of caches) {
        const error = await failureOf(cache.write([put()]));
        expect(error).toMatchObject({ tier: "cache", outcome: "failed" });
        expect(error.message).toMatch(/lacks a right.*EXISTS GETRANGE SET/);
        expect((await cache.read(CANARY)).entry).toBeUndefined();
      }
    }
  });

  test("the rights that it names are enough", async () => {
    const needed = /commands, also within scripts: ([A-Z ]+)/;
    const [unfit] = await cachesOn({ "rename-command": 'EVAL ""' });
    const names = needed.exec((await failureOf((unfit as SessionCache).write([put()]))).message)?.[1] ?? "";
    const rights = names
      .toLowerCase()
      .split(" ")
      .map((name) => `+${name}`);
    // What the clients ask for themselves when they connect.
    const caches = await cachesOn(account([...rights, "+info"].join(" ")), { username: "app", password: "secret" });
    for (const cache of caches) {
      const expiresAt = new Date(Date.now() + 60_000);
      const set = { key: "set", member: "m" };
      const all: CacheCommand[] = [
        put(),
        { type: "quick", key: "quick", values: { a: "1" }, expiresAt },
        { type: "quick", key: "quick", values: { b: "1" }, expiresAt },
        { type: "fold", key: "quick", values: { a: "1" } },
        { type: "join", ...set, expiresAt },
        { type: "join", ...set, expiresAt },
      ];
      expect(await cache.write(all)).toEqual(all.map(() => true));
      expect(await cache.read(CANARY, "quick")).toMatchObject({ entry: { version: 1 }, quick: { b: "1" } });
      expect(await cache.members("set")).toEqual(["m"]);
      expect(
        await cache.write([
          { type: "leave", ...set },
          { type: "remove", key: CANARY },
        ]),
      ).toEqual([true, true]);
    }
  });

  test("a wrong password, or none, is told as such", async () => {
    const [wrong] = await cachesOn({ requirepass: "secret" }, { password: "wrong" });
    expect((await failureOf((wrong as SessionCache).read(CANARY))).message).toMatch(/password/);
    const [none] = await cachesOn({ requirepass: "secret" });
    const error = await failureOf((none as SessionCache).write([put()]));
    expect(error.outcome).toBe("failed");
    expect(error.message).toMatch(/asks for a password/);
  });

  test("a replica is told as such", async () => {
    const port = Number(new URL(shared).port);
    for (const cache of await cachesOn({ replicaof: `127.0.0.1 ${port}` })) {
      const error = await failureOf(cache.write([put()]));
      expect(error).toMatchObject({ outcome: "failed" });
      expect(error.message).toMatch(/replica.*primary/);
    }
  });

  test("where it is full, reads of other sessions go on to be answered by it", async () => {
    const [cache] = await cachesOn({ maxmemory: "2mb", "maxmemory-policy": "noeviction" });
    const deployment = deploy({ server: { cookieThreshold: 0 }, newCache: () => cache as SessionCache });
    const browser = deployment.browser();
    await browser.request(deployment.sessions, (session) => session.set("cart", ["a"]));
    const filler = "x".repeat(100_000);
    for (let i = 0; i < 30; i++)
      await (cache as SessionCache).write([{ ...put(filler), key: `f${i}` }]).catch(() => {});
    for (let i = 0; i < 20; i++)
      await deployment.browser().request(deployment.sessions, (session) => session.set("cart", bulk(100_000)));
    expect(deployment.heard).toContain("unavailable");
    deployment.wire.take();
    for (let i = 0; i < 10; i++)
      expect(await browser.request(deployment.sessions, (session) => session.get("cart"))).toEqual(["a"]);
    expect(deployment.wire.take().filter((call) => call.startsWith("store."))).toEqual([]);
  });

  test("the flag by which Upstash locks one key is tried once, and then left away", async () => {
    const server = await startKvServer({ port: 0, token, redisUrl: shared });
    onTestFinished(() => server.stop());
    const cache = kvCache(new Upstash({ url: server.url, token }));
    const key = `flag ${Math.random()}`;
    expect(
      await cache.write([
        { ...put(), key },
        { type: "leave", key: `${key}:set`, member: "m" },
      ]),
    ).toEqual([true, true]);
    expect(server.counters).toMatchObject({ requests: 2, commands: { EVAL: 2, ZREM: 1 } });
    server.counters.reset();
    expect(await cache.write([{ type: "remove", key }])).toEqual([true]);
    expect(server.counters).toMatchObject({ requests: 1, commands: { EVAL: 1 } });
  });
});

describe("a KV", () => {
  test("that refuses one value that is too large goes on to answer for the others", async () => {
    const server = await startKvServer({ port: 0, token });
    onTestFinished(() => server.stop());
    const kv = kvCache(new Upstash({ url: server.url, token, retry: false }));
    const deployment = deploy({ server: { cookieThreshold: 0, maxSize: 64 * 1024 * 1024 }, newCache: () => kv });
    const browser = deployment.browser();
    await browser.request(deployment.sessions, (session) => session.set("cart", ["a"]));
    const large = bulk(17 * 1024 * 1024);
    const other = deployment.browser();
    for (let i = 0; i < 3; i++)
      await other.request(deployment.sessions, (session) => session.set("large", `${i}${large}`));
    expect(deployment.heard).toContain("unavailable");
    deployment.wire.take();
    for (let i = 0; i < 5; i++)
      expect(await browser.request(deployment.sessions, (session) => session.get("cart"))).toEqual(["a"]);
    expect(deployment.wire.take().filter((call) => call.startsWith("store."))).toEqual([]);
  });

  test("whose token is wrong says so", async () => {
    const server = await startKvServer({ port: 0, token });
    onTestFinished(() => server.stop());
    const error = await failureOf(
      kvCache(new Upstash({ url: server.url, token: CANARY, retry: false })).write([put()]),
    );
    expect(error).toMatchObject({ outcome: "failed" });
    expect(error.message).toMatch(/token/);
  });
});
