import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { Redis } from "@upstash/redis";
import { createClient } from "@vercel/kv";
import { kvCache } from "spillway/stores/kv";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type KvServer, type KvServerOptions, startKvServer } from "../../app/_services/kv/server.js";
import { SessionStoreError } from "../../src/errors.js";
import type { CacheCommand, SessionCache } from "../../src/tiers/cache.js";
import type { Duration } from "../../src/util/expiry.js";
import { describeWith } from "../support/describe-with.js";
import { freePort } from "../support/free-port.js";
import { describeCache } from "../tiers/cache-suite.js";

const token = "a token for tests";
const soon = () => new Date(Date.now() + 60_000);

/** The clients that people have, as they build them. */
const CLIENTS = {
  "@vercel/kv": (url: string) => createClient({ url, token }),
  "@upstash/redis": (url: string) => new Redis({ url, token }),
  "@upstash/redis, which leaves replies as they are": (url: string) =>
    new Redis({ url, token, automaticDeserialization: false, responseEncoding: false }),
};

/** A cache that finds the server by its environment, as Vercel or Upstash names the variables. A busy machine may be slow. */
const fromEnv = (url: string, given = token, timeout: Duration = "20s") =>
  kvCache.fromEnv({ env: { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: given }, timeout });

function describeClients(behind: string, options: Partial<KvServerOptions>): void {
  for (const [name, client] of Object.entries(CLIENTS)) {
    describeCache(`over ${name}, ${behind}`, async () => {
      const server = await startKvServer({ port: 0, token, ...options });
      return { cache: kvCache(client(server.url)), drop: server.stop };
    });
  }
  describeCache(`by its environment, ${behind}`, async () => {
    const server = await startKvServer({ port: 0, token, ...options });
    return { cache: fromEnv(server.url), drop: server.stop };
  });
}

describeClients("on the local server's memory", {});
await describeWith("redis", "kvCache with Redis", (redisUrl) => describeClients("on a real Redis", { redisUrl }));

describe("kvCache", () => {
  let server: KvServer;
  let cache: SessionCache;

  beforeAll(async () => {
    server = await startKvServer({ port: 0, token });
    cache = kvCache(CLIENTS["@vercel/kv"](server.url));
  });

  beforeEach(() => server.counters.reset());

  afterAll(() => server.stop());

  const put = (key: string, value = "value"): CacheCommand => ({
    type: "put",
    key,
    version: 1,
    value,
    expiresAt: soon(),
  });

  test("a call is one request, whatever it holds", async () => {
    await cache.write([put("a"), put("b"), { type: "remove", key: "c" }]);
    expect(server.counters).toMatchObject({ requests: 1, commands: { EVAL: 3 } });
    server.counters.reset();
    await cache.read("a", "a:q");
    expect(server.counters).toMatchObject({ requests: 1, commands: { GET: 1, HGETALL: 1 } });
    server.counters.reset();
    await cache.write([]);
    expect(server.counters.requests).toBe(0);
  });

  test("keys start with `spillway:`, or with a prefix of one's own", async () => {
    const client = CLIENTS["@vercel/kv"](server.url);
    await cache.write([put("mine")]);
    await kvCache(client, { prefix: "shop:" }).write([put("other")]);
    expect(await client.exists("spillway:mine", "shop:other")).toBe(2);
    expect((await kvCache(client, { prefix: "shop:" }).read("mine")).entry).toBeUndefined();
  });

  test("a client without its variables is an error at the first use, not before", async () => {
    vi.stubEnv("KV_REST_API_URL", "");
    vi.stubEnv("KV_REST_API_TOKEN", "");
    const { kv } = await import("@vercel/kv");
    const unconfigured = kvCache(kv);
    for (const use of [unconfigured.read("key"), unconfigured.write([put("key")]), unconfigured.members("key")]) {
      await expect(use).rejects.toThrow(SessionStoreError);
      await expect(use).rejects.toMatchObject({ tier: "cache", outcome: "failed" });
      await expect(use).rejects.toThrow(/KV_REST_API_URL/);
    }
    vi.unstubAllEnvs();
  });

  test("the environment is read at the first use, and an error names what is missing", async () => {
    vi.stubEnv("KV_REST_API_URL", "");
    const cache = kvCache.fromEnv();
    await expect(cache.read("key")).rejects.toThrow(/KV_REST_API_URL and KV_REST_API_TOKEN/);
    vi.stubEnv("KV_REST_API_URL", server.url);
    vi.stubEnv("KV_REST_API_TOKEN", token);
    expect(await cache.write([put("late")])).toEqual([true]);
    expect(server.counters.requests).toBe(1);
    vi.unstubAllEnvs();
  });

  test("a limit that is no duration is refused by its name", () => {
    expect(() => kvCache.fromEnv({ timeout: "soon" as "1s" })).toThrow("kvCache.timeout");
  });

  test("what something else keeps under a session's key is an error, and is not taken for a session or for its quick values", async () => {
    const client = CLIENTS["@upstash/redis"](server.url);
    for (const foreign of [{ cart: [] }, "text", 7]) {
      await client.set("spillway:foreign", foreign);
      await expect(cache.read("foreign")).rejects.toMatchObject({ code: "store", tier: "cache" });
    }
    await client.hset("spillway:foreign:q", { field: "value" });
    expect(await cache.read("absent", "foreign:q")).toEqual({ entry: undefined, quick: {} });
  });

  describe("when KV fails", () => {
    const CANARY = "canary-4711";
    const NO_RETRY = { retry: false as const };

    /** What an error shows in a log, however it is printed. */
    const shown = (error: unknown) => `${inspect(error, { depth: 10, showHidden: true })}${JSON.stringify(error)}`;

    const failureOf = async (use: Promise<unknown>) => {
      const error = await use.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(SessionStoreError);
      return error as SessionStoreError;
    };

    const secretPut: CacheCommand = { type: "put", key: CANARY, version: 1, value: CANARY, expiresAt: soon() };

    test("a read has failed, a write may have happened unless the server has refused it, and neither tells keys, values or the token", async () => {
      const wrongToken = kvCache(new Redis({ url: server.url, token: CANARY, ...NO_RETRY }));
      const nobodyThere = `http://127.0.0.1:${await freePort()}`;
      const unreachable = kvCache(new Redis({ url: nobodyThere, token: CANARY, ...NO_RETRY }));
      for (const [broken, code, outcome] of [
        [wrongToken, "UpstashError", "failed"],
        [unreachable, "ECONNREFUSED", "unknown"],
        [fromEnv(nobodyThere, CANARY), "ECONNREFUSED", "unknown"],
      ] as const) {
        const read = await failureOf(broken.read(CANARY, CANARY));
        const write = await failureOf(broken.write([secretPut]));
        expect(read).toMatchObject({ code: "store", tier: "cache", outcome: "failed" });
        expect(write).toMatchObject({ code: "store", tier: "cache", outcome });
        for (const error of [read, write]) {
          expect(error.message).toContain(code);
          expect(shown(error)).not.toContain(CANARY);
        }
      }
    });

    test("a token that is refused is said to be, and the write has failed for certain", async () => {
      for (const use of [fromEnv(server.url, CANARY).read(CANARY), fromEnv(server.url, CANARY).write([secretPut])]) {
        const error = await failureOf(use);
        expect(error).toMatchObject({ tier: "cache", outcome: "failed" });
        expect(error.message).toContain("refuses the token");
        expect(shown(error)).not.toContain(CANARY);
      }
    });

    test("a command that the server refuses tells Redis's code and no more", async () => {
      const client = CLIENTS["@upstash/redis"](server.url);
      await client.sadd(`spillway:${CANARY}`, CANARY);
      const read = await failureOf(cache.read(CANARY));
      const write = await failureOf(cache.write([secretPut]));
      for (const error of [read, write]) {
        expect(error.message).toContain("WRONGTYPE");
        expect(shown(error)).not.toContain(CANARY);
      }
    });

    test("a request that times out is an error, never an absent session", async () => {
      const silent = createServer(() => {}).listen(0, "127.0.0.1");
      await once(silent, "listening");
      const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
      for (const signal of [AbortSignal.timeout(50), () => AbortSignal.timeout(50)]) {
        const slow = kvCache(new Redis({ url, token, ...NO_RETRY, signal }));
        expect(await failureOf(slow.read("key"))).toMatchObject({ tier: "cache" });
      }
      expect(await failureOf(fromEnv(url, token, "50ms").read("key"))).toMatchObject({ tier: "cache" });
      silent.closeAllConnections();
      silent.close();
    });
  });
});
