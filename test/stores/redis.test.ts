import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect, promisify } from "node:util";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { redisCache } from "spillway/stores/redis";
import { describe, expect, test } from "vitest";
import { SessionStoreError } from "../../src/errors.js";
import { describeWith } from "../support/describe-with.js";
import { startService } from "../support/service.js";
import { describeCache } from "../tiers/cache-suite.js";

const run = promisify(execFile);

async function copyPackage(root: string, folder: string, name: string): Promise<void> {
  const from = join(root, "node_modules", name);
  if (existsSync(from)) await cp(from, join(folder, "node_modules", name), { recursive: true });
}

await describeWith("redis", "redisCache", (url) => {
  describeCache("over ioredis", async () => {
    const client = new Redis(url);
    return { cache: redisCache(client), drop: async () => client.disconnect() };
  });

  describeCache("over ioredis with pipelines of its own", async () => {
    const client = new Redis(url, { enableAutoPipelining: true, keyPrefix: "app:" });
    return { cache: redisCache(client, { prefix: "sessions:" }), drop: async () => client.disconnect() };
  });

  for (const RESP of [2, 3] as const) {
    describeCache(`over redis, protocol ${RESP}`, async () => {
      const client = createClient({ url, RESP });
      await client.connect();
      return { cache: redisCache(client), drop: async () => client.destroy() };
    });
  }

  describeCache("told where it is", async () => ({ cache: redisCache({ url }), drop: async () => {} }));

  test("told where it is, it needs no more than the package `redis`", async () => {
    const root = fileURLToPath(new URL("../../", import.meta.url));
    const folder = await mkdtemp(join(tmpdir(), "spillway-redis-only-"));
    try {
      // Copies: through a link, Node would find what is installed beside the original.
      // `ms` is what every installation brings.
      for (const name of ["redis", "@redis", "cluster-key-slot", "ms"]) await copyPackage(root, folder, name);
      await cp(join(root, "package.json"), join(folder, "node_modules/spillway/package.json"));
      await cp(join(root, "dist"), join(folder, "node_modules/spillway/dist"), { recursive: true });
      const script = `import { redisCache } from "spillway/stores/redis";
        const cache = redisCache({ url: "${url}" });
        const put = { type: "put", key: "alone", version: 1, value: "kept", expiresAt: new Date(Date.now() + 60_000) };
        await cache.write([put]);
        console.log((await cache.read("alone")).entry.value);
        process.exit();`;
      const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { cwd: folder });
      expect(stdout).toBe("kept\n");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test("without a url, the first use is an error that names the variable", async () => {
    await expect(redisCache({ url: undefined }).read("key")).rejects.toThrow(/REDIS_URL/);
  });

  describe("when Redis refuses or has gone", () => {
    const CANARY = "canary-4711";
    const put = {
      type: "put",
      key: CANARY,
      version: 1,
      value: CANARY,
      expiresAt: new Date(Date.now() + 60_000),
    } as const;

    test("the error tells Redis's code, and neither key nor value", async () => {
      const client = new Redis(url);
      const cache = redisCache(client);
      await client.sadd(`spillway:${CANARY}`, CANARY);
      for (const use of [cache.read(CANARY), cache.write([put])]) {
        const error = await use.catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(SessionStoreError);
        expect(String(error)).toContain("WRONGTYPE");
        expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(CANARY);
      }
      await client.del(`spillway:${CANARY}`);
      client.disconnect();
    });

    test("a lost connection is an error", async () => {
      const own = await startService("redis");
      const client = new Redis(own.url, { maxRetriesPerRequest: 0, retryStrategy: null });
      client.on("error", () => {});
      const cache = redisCache(client);
      expect(await cache.write([put])).toEqual([true]);
      await own.stop();
      await expect(cache.read(CANARY)).rejects.toMatchObject({ tier: "cache", outcome: "failed" });
      await expect(cache.write([put])).rejects.toMatchObject({ tier: "cache", outcome: "unknown" });
      client.disconnect();
    });
  });
});
