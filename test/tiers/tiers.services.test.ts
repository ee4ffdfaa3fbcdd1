import { createClient } from "@vercel/kv";
import { Redis } from "ioredis";
import { kvCache } from "spillway/stores/kv";
import { memoryCache, memoryStore } from "spillway/stores/memory";
import { prismaStore } from "spillway/stores/prisma";
import { redisCache } from "spillway/stores/redis";
import { startKvServer } from "../../app/_services/kv/server.js";
import { emitter } from "../../src/events.js";
import { serverSettings } from "../../src/session/settings/server-settings.js";
import type { SessionCache } from "../../src/tiers/cache.js";
import { cacheOnlyStore } from "../../src/tiers/cache-only-store.js";
import { Scope } from "../../src/tiers/scope.js";
import type { SessionStore } from "../../src/tiers/store.js";
import { Tiers } from "../../src/tiers/tiers.js";
import { APPLICATION } from "../support/application.js";
import { sqliteDatabase } from "../support/databases.js";
import { describeWith } from "../support/describe-with.js";
import { describeStore } from "./store-suite.js";

// The rows of the suite belong to no application: here every key is its own.
const SCOPE = new Scope(APPLICATION, () => "");

/** The tiers as a store, each write made known to the cache as a commit does. */
function tieredStore(options: { store: SessionStore; cache: SessionCache }): SessionStore {
  // What is tested is what the tiers do, not how quick the machine is.
  const tiers = new Tiers(serverSettings({ ...options, cacheTimeout: 30, storeTimeout: 60 }), SCOPE, emitter({}));
  // `destroyAll` ends sessions by the epoch, before it sweeps their rows: nobody reads their copies in the cache again.
  let isSwept = false;
  return {
    get: async (key) => (await tiers.load(key, { fresh: isSwept })).record,
    find: (idHash) => tiers.find(idHash),
    async insert(record) {
      const at = Date.now();
      const inserted = await tiers.insert(record);
      if (inserted) await tiers.publish(record, at);
      return inserted;
    },
    async update(base, change) {
      const at = Date.now();
      const updated = await tiers.update(base, change);
      if (updated) await tiers.publish({ ...base, ...change, version: base.version + 1 }, at);
      return updated;
    },
    delete: (key, version) => (version === undefined ? tiers.remove(key) : tiers.release(key, version)),
    list: (userId) => tiers.list(userId),
    deleteBatch(filter, limit) {
      isSwept = true;
      return tiers.deleteBatch(filter, limit);
    },
  };
}

const token = "a token for tests";
const QUARTER = 15 * 60 * 1000;

describeStore("of two tiers, in memory", async () => ({
  store: tieredStore({ store: memoryStore(), cache: memoryCache() }),
}));

describeStore("of a cache alone, in memory", async () => ({ store: alone(memoryCache()) }), "cache");

describeStore("of two tiers, KV over Prisma on SQLite", async () => {
  const server = await startKvServer({ port: 0, token });
  const { client, drop } = await sqliteDatabase();
  const cache = kvCache(createClient({ url: server.url, token }));
  return {
    store: tieredStore({ store: prismaStore(client.session), cache }),
    drop: async () => {
      await drop();
      await server.stop();
    },
  };
});

await describeWith("redis", "a cache alone on Redis", (url) => {
  describeStore(
    "of a cache alone, on a real Redis",
    async () => {
      const client = new Redis(url);
      return { store: alone(redisCache(client)), drop: async () => client.disconnect() };
    },
    "cache",
  );
});

function alone(cache: SessionCache): SessionStore {
  return cacheOnlyStore(cache, QUARTER, SCOPE);
}
