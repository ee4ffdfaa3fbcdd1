import { execFileSync } from "node:child_process";
import { createServer, type RequestListener, type ServerOptions } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Redis } from "ioredis";
import { defineSession } from "spillway";
import { newSecret } from "spillway/diagnostics";
import { createCleanupRoute } from "spillway/next/cron";
import { memoryStore } from "spillway/stores/memory";
import { createSessions } from "spillway/web";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { describeWith } from "../support/describe-with.js";
import { freePort } from "../support/free-port.js";
import { type Running, startService } from "../support/service.js";
import {
  type Application,
  createTable,
  ROOT,
  storedApplication,
  type Variables,
  withCommandLine,
} from "./installed.js";

const DAY = 86_400_000;
const secret = newSecret();

interface Finding {
  readonly check: string;
  readonly level: string;
  readonly message: string;
  readonly remedy?: string;
}

/** A command loads the application, which takes a moment where much else runs. */
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

withCommandLine();

await describeWith("redis", "spillway doctor", (redisUrl) => {
  let application: Application;
  let env: { DATABASE_URL: string; SESSION_SECRET: string; REDIS_URL: string; CRON_SECRET: string };

  beforeAll(async () => {
    application = storedApplication();
    const table = await createTable(application);
    env = { ...table, SESSION_SECRET: secret, REDIS_URL: redisUrl, CRON_SECRET: newSecret() };
  });
  afterAll(() => application.remove());

  /** What the doctor says; that no secret is in it is asked of every run. */
  async function doctor(change: Variables, args: readonly string[] = [], where = application) {
    const { json, code, stdout } = await where.spillway(["doctor", "--json", ...args], { ...env, ...change });
    for (const one of [...secret.split(","), env.CRON_SECRET]) expect(stdout).not.toContain(one);
    const { findings } = json<{ findings: Finding[] }>();
    for (const one of findings) if (one.level !== "ok") expect(one.remedy, one.message).toMatch(/\w{3}/);
    return { code, findings, wrong: findings.filter(({ level }) => level === "error" || level === "warning") };
  }

  test("finds nothing wrong where nothing is, leaves nothing behind, and says so to a person", async () => {
    const { code, findings, wrong } = await doctor({});
    expect(wrong).toEqual([]);
    expect(code).toBe(0);
    expect(findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining(["secret.strength", "secret.age", "store.reach", "store.columns", "store.clock"]),
    );
    expect(findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining(["cache.reach", "cache.scripts", "cache.pace", "cache.clock"]),
    );
    const redis = new Redis(redisUrl);
    expect(await redis.keys("spillway:~*")).toEqual([]);
    redis.disconnect();
    const { stdout } = await application.spillway(["doctor"], env);
    expect(stdout).toContain("Every column keeps what a session puts there");
  });

  describe("finds a planted fault, and says what to do", () => {
    const faulty = (check: string, level: string) => expect.objectContaining({ check, level });

    test("1: a secret that can be guessed", async () => {
      const { code, wrong } = await doctor({ SESSION_SECRET: "change-me-change-me-change-me-change-me" });
      expect(wrong).toContainEqual(faulty("secret.strength", "error"));
      expect(code).toBe(1);
    });

    test("2: a secret that is too old, and a roll-over that was never ended", async () => {
      const [old, older] = [newSecret(new Date(Date.now() - 400 * DAY)), newSecret(new Date(Date.now() - 500 * DAY))];
      const { wrong } = await doctor({ SESSION_SECRET: [old, older].join(",") });
      expect(wrong).toContainEqual(faulty("secret.age", "warning"));
      expect(wrong).toContainEqual(faulty("secret.ring", "warning"));
      const halfway = await doctor({ SESSION_SECRET: [old, secret].join(",") });
      expect(halfway.wrong.find(({ check }) => check === "secret.ring")?.message).toContain(
        "has begun and is not finished",
      );
    });

    test("3: no table", async () => {
      const { wrong } = await doctor({ DATABASE_URL: `file:${join(application.folder, "empty.db")}` });
      expect(wrong).toContainEqual(faulty("store.table", "error"));
      expect(wrong.find(({ check }) => check === "store.table")?.remedy).toContain("prisma migrate");
    });

    test("4: a column that is missing", async () => {
      const where = storedApplication();
      const table = await createTable(where, (sql) => sql.replace(/^\s*"seenAt".*\n/m, ""));
      const { wrong } = await doctor(table, [], where);
      expect(wrong).toContainEqual(faulty("store.columns", "error"));
      where.remove();
    });

    test("5: a cache that cannot be reached", async () => {
      const { wrong } = await doctor({ REDIS_URL: `redis://127.0.0.1:${await freePort()}` });
      expect(wrong).toContainEqual(faulty("cache.reach", "error"));
    });

    test("6: a cache that runs no scripts for this account", async () => {
      const admin = new Redis(redisUrl);
      await admin.call("ACL", "SETUSER", "noscript", "on", ">password", "~*", "+@all", "-eval");
      const url = redisUrl.replace("redis://", "redis://noscript:password@");
      const { wrong } = await doctor({ REDIS_URL: url });
      expect(wrong).toContainEqual(faulty("cache.scripts", "error"));
      await admin.call("ACL", "DELUSER", "noscript");
      admin.disconnect();
    });

    describe("in a Redis of its own", () => {
      let own: Running;
      beforeAll(async () => {
        own = await startService("redis");
      });
      afterAll(() => own.stop());

      test("7: a cache that holds sessions alone, and evicts", async () => {
        const admin = new Redis(own.url);
        await admin.config("SET", "maxmemory-policy", "allkeys-lru");
        const { wrong } = await doctor({ REDIS_URL: own.url, DATABASE_URL: "" });
        expect(wrong).toContainEqual(faulty("cache.eviction", "error"));
        expect((await doctor({ REDIS_URL: own.url })).wrong).toEqual([]);
        await admin.config("SET", "maxmemory-policy", "noeviction", "maxmemory", "100mb");
        expect((await doctor({ REDIS_URL: own.url })).wrong).toEqual([faulty("cache.eviction", "warning")]);
        admin.disconnect();
      });
    });

    test("8: clocks that differ", async () => {
      application.write({ clock: String(10 * 60_000) });
      const shifted = `--import ${join(ROOT, "test/e2e/shifted-clock.mjs")}`;
      const { wrong } = await doctor({ NODE_OPTIONS: shifted, E2E_CLOCK_FILE: join(application.folder, "clock") });
      expect(wrong).toContainEqual(faulty("store.clock", "error"));
      expect(wrong).toContainEqual(faulty("cache.clock", "error"));
    });

    test("9: cookie attributes that do not fit the address", async () => {
      const url = `https://127.0.0.1:${await freePort()}`;
      const { wrong } = await doctor({ INSECURE: "1" }, ["--url", url]);
      expect(wrong).toContainEqual(faulty("cookie.secure", "error"));
      expect(wrong).toContainEqual(faulty("site.reach", "error"));
    });

    test("10: a secret that is in the repository, or that does two things", async () => {
      const where = storedApplication({ ".env.local": `SESSION_SECRET=${secret}\n` });
      execFileSync("git", ["init", "-q"], { cwd: where.folder });
      execFileSync("git", ["add", "-f", ".env.local"], { cwd: where.folder });
      const { wrong } = await doctor({ AUTH_SECRET: secret, DATABASE_URL: "", REDIS_URL: "" }, [], where);
      expect(wrong).toContainEqual(faulty("secret.files", "error"));
      expect(wrong).toContainEqual(faulty("secret.shared", "warning"));
      where.remove();
    });

    test("11: a cron route that is open, has no secret, or is not there", async () => {
      const asked = async (listener: RequestListener) => {
        const site = await serve(listener);
        const { wrong } = await doctor({}, ["--url", site.url]);
        await site.stop();
        return wrong;
      };
      expect(await asked((_request, response) => response.end("{}"))).toContainEqual(faulty("cron.closed", "error"));
      expect(await asked(siteWith(undefined))).toContainEqual(faulty("cron.closed", "error"));
      expect(await asked(siteWith(newSecret()))).toContainEqual(faulty("cron.reach", "error"));
      const absent: RequestListener = ({ url }, response) => response.writeHead(url === "/" ? 200 : 404).end();
      expect(await asked(absent)).toContainEqual(faulty("cron.reach", "error"));
    });

    test("12: a proxy in front whose limits are too narrow for a session's cookies", async () => {
      const wide = await serve(siteWith(env.CRON_SECRET));
      const fine = await doctor({}, ["--url", wide.url]);
      expect(fine.findings).toContainEqual(faulty("site.request", "ok"));
      expect(fine.findings).toContainEqual(faulty("site.response", "ok"));
      expect(fine.findings).toContainEqual(faulty("cron.reach", "ok"));
      await wide.stop();

      const narrow = await serve(siteWith(env.CRON_SECRET), { maxHeaderSize: 2_048 });
      const { wrong } = await doctor({}, ["--url", narrow.url]);
      expect(wrong).toContainEqual(faulty("site.request", "error"));
      await narrow.stop();

      // As nginx with a small proxy_buffer_size does.
      const inner = siteWith(env.CRON_SECRET);
      const cutting = await serve((request, response) => {
        const asked = Number(new URL(request.url ?? "/", "http://site").searchParams.get("head"));
        if (asked > 3_000) response.writeHead(502).end();
        else inner(request, response);
      });
      const cut = await doctor({}, ["--url", cutting.url]);
      expect(cut.wrong).toContainEqual(faulty("site.response", "error"));
      await cutting.stop();
    });
  });
});

/** A site with the real cron route of an application whose secret this is. */
function siteWith(cronSecret: string | undefined): RequestListener {
  const { sessions } = createSessions(defineSession({ secret }), { store: memoryStore() });
  const { GET } = createCleanupRoute(sessions, { secret: cronSecret });
  return async ({ url = "/", headers }, response) => {
    if (!url.startsWith("/api/cron/cleanup")) return void response.end("home");
    const answer = await GET(
      new Request(new URL(url, "http://site"), { headers: { authorization: headers.authorization ?? "" } }),
    );
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
  };
}

async function serve(listener: RequestListener, options: ServerOptions = {}) {
  const server = createServer(options, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
