import { Redis } from "@upstash/redis";
import { createClient } from "@vercel/kv";
import { kvCache } from "spillway/stores/kv";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type KvServer, startKvServer } from "../../../app/_services/kv/server.js";
import { FakeBrowser } from "../../support/fake-browser.js";
import { CACHE_FAULTS, type CacheFault, visitUnderFault } from "./cache-faults.js";
import { describeWithBoth } from "./describe-with-both.js";
import { type Fault, FaultProxy } from "./fault-proxy.js";
import { openWorld } from "./world.js";

const token = "a token for these tests";

/**
 * How the README says to build a client: a time limit that throws, for all attempts together; a second attempt at once,
 * which `retry: false` leaves it, for a connection that died while it was idle; and nothing from Next's own cache.
 */
const BUILT_WELL = { retry: false, signal: () => AbortSignal.timeout(1_000), cache: "no-store" } as const;

const CLIENTS = {
  "@vercel/kv": (url: string) => createClient({ url, token, ...BUILT_WELL }),
  "@upstash/redis": (url: string) => new Redis({ url, token, ...BUILT_WELL }),
};

describe.each(Object.entries(CLIENTS))("A client of %s that is built well", (_, newClient) => {
  let server: KvServer;
  let line: FaultProxy;

  beforeEach(async () => {
    server = await startKvServer({ port: 0, token });
    line = await FaultProxy.open(server.url);
  });

  afterEach(async () => {
    await line.close();
    await server.stop();
  });

  const put = (key: string) =>
    ({ type: "put", key, version: 1, value: "value", expiresAt: new Date(Date.now() + 60_000) }) as const;

  test.each<Fault["type"]>(["stall", "halt"])(
    "gives a command up by itself, and never takes silence for absence (%s)",
    async (type) => {
      const cache = kvCache(newClient(line.url));
      await cache.write([put("key")]);
      await line.set({ type } as Fault);
      // These settle while the line is still dead; a client without a limit would wait for as long as it is.
      await expect(cache.read("key")).rejects.toMatchObject({ code: "store", tier: "cache" });
      await expect(cache.write([put("other")])).rejects.toMatchObject({ tier: "cache", outcome: "unknown" });
      await line.set();
      expect((await cache.read("key")).entry?.value).toBe("value");
    },
  );

  test("replaces a connection that died while it was idle", async () => {
    const cache = kvCache(newClient(line.url));
    await cache.write([put("key")]);
    line.cut();
    expect((await cache.read("key")).entry?.value).toBe("value");
  });

  test("tries twice where every connection breaks, and no more", async () => {
    const cache = kvCache(newClient(line.url));
    await line.set({ type: "reset" });
    await expect(cache.read("key")).rejects.toMatchObject({ code: "store", tier: "cache" });
    expect(line.requests).toBe(2);
  });
});

await describeWithBoth("A client of KV", (urls) => {
  const named = (part: string) => CACHE_FAULTS.find(({ name }) => name.startsWith(part)) as CacheFault;

  test.each(["stopped", "stalled"])(
    "that is built with its defaults costs no visitor anything all the same while KV is %s",
    async (name) => {
      const newKv = (url: string) => createClient({ url, token });
      const options = { ...urls, transport: "kv", newKv, server: { breaker: { pause: 0.2 } } } as const;
      const report = await visitUnderFault(options, named(name), { visitors: 4, each: 10, think: 0 });
      expect([...report.during, ...report.later].flatMap(({ error }) => error ?? [])).toEqual([]);
      expect(report).toMatchObject({ findings: [], met: true });
    },
  );

  test("that sends again what was done already counts it once, also with a cache alone", async () => {
    const world = await openWorld({ ...urls, transport: "kv", hasStore: false });
    try {
      const browser = new FakeBrowser();
      await browser.request(world.web, (session) => session.set("count", 1));
      world.cacheLine.loseReplies('"eval"');
      expect(await browser.request(world.web, (session) => session.update("count", (n = 0) => n + 1))).toBe(2);
      expect(world.cacheLine.lostReplies).toBe(1);
      expect(await browser.request(world.web, (session) => session.update("count", (n = 0) => n + 1))).toBe(3);
    } finally {
      await world.close();
    }
  });
});
