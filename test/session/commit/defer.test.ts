/** Rule 13 with `onStoreDown: "cache"`: what happens to writes while the database is away, and when it is back. */

import { defineSession } from "spillway";
import { createSessions } from "spillway/web";
import { beforeEach, describe, expect, test } from "vitest";
import type { ServerOptions } from "../../../src/session/settings/server-options.js";
import { serverSettings } from "../../../src/session/settings/server-settings.js";
import { memoryCache, memoryStore } from "../../../src/stores/memory.js";
import type { CacheCommand, CacheEntry, SessionCache } from "../../../src/tiers/cache.js";
import { CircuitBreaker } from "../../../src/tiers/circuit-breaker.js";
import { DeferredBuffer } from "../../../src/tiers/deferred-buffer.js";
import { statusOf } from "../../../src/tiers/deferred-write.js";
import { ProtectedCache } from "../../../src/tiers/protected-cache.js";
import type { SessionRecord } from "../../../src/tiers/store.js";
import { type AnyData, type Deployment, deploy, newSecret } from "../../support/deployments.js";
import { FakeBrowser } from "../../support/fake-browser.js";
import { stopTime, travel } from "../../support/fake-time.js";
import type { Trouble } from "../../support/wire.js";

type Session = Parameters<Parameters<Deployment["sessions"]["handle"]>[1]>[0];

function degrading(server: Partial<ServerOptions> = {}): Deployment {
  return deploy({ server: { cookieThreshold: 0, onStoreDown: "cache", ...server } });
}

const add = (tag: string) => (session: Session) => session.update("log", (log) => [...((log as string[]) ?? []), tag]);
const log = (session: Session) => session.get("log");
const repairs = (deployment: Deployment) =>
  deployment.events.flatMap((event) => (event[0] === "repaired" ? [event[1]] : []));

/** The database is back, and has been for long enough to be asked again. */
function mend(deployment: Deployment): void {
  deployment.wire.mend();
  travel("5s");
}

beforeEach(() => stopTime());

/** A browser with a session whose row holds `["a"]`, and a database that has just gone. */
async function cutOff(deployment: Deployment): Promise<FakeBrowser> {
  const browser = deployment.browser();
  await browser.request(deployment.sessions, add("a"));
  deployment.wire.cut("store");
  return browser;
}

describe("onStoreDown: cache", () => {
  test("[A9] a write that the database does not take is kept in the cache, says so, and is read", async () => {
    const deployment = degrading();
    const browser = await cutOff(deployment);
    const written = await browser.request(deployment.sessions, (session) => session.set("theme", "dark"));
    expect(written).toEqual({ durable: false });
    expect(deployment.heard).toContain("deferred");
    expect(await browser.request(deployment.sessions, (session) => session.all())).toEqual({
      log: ["a"],
      theme: "dark",
    });
    const [row] = await deployment.records();
    expect(row?.version).toBe(1);
  });

  test("[A9] [A32] the next request repairs it when the database is back", async () => {
    const deployment = degrading();
    const browser = await cutOff(deployment);
    await browser.request(deployment.sessions, add("b"));
    await browser.request(deployment.sessions, add("c"));
    mend(deployment);
    expect(await browser.request(deployment.sessions, log)).toEqual(["a", "b", "c"]);
    expect(repairs(deployment)).toEqual([{ handle: expect.any(String), lost: [] }]);
    deployment.flushCache();
    expect(await browser.request(deployment.sessions, log)).toEqual(["a", "b", "c"]);
  });

  test("[A9] [A32] the cron repairs it when nobody comes", async () => {
    const deployment = degrading();
    const browser = await cutOff(deployment);
    await browser.request(deployment.sessions, add("b"));
    mend(deployment);
    await deployment.sessions.sessions.cleanup();
    expect(repairs(deployment)).toEqual([{ handle: expect.any(String), lost: [] }]);
    await deployment.sessions.sessions.cleanup();
    expect(repairs(deployment)).toHaveLength(1);
    deployment.flushCache();
    expect(await browser.request(deployment.sessions, log)).toEqual(["a", "b"]);
  });

  test("a write that the database has taken is not made again on a copy of before it", async () => {
    const deployment = degrading();
    const { sessions, wire } = deployment;
    const browser = deployment.browser();
    await browser.request(sessions, add("a"));
    const rival = browser.clone();
    const [{ key, expiresAt }] = (await deployment.records()) as [SessionRecord];
    const before = (await deployment.cache?.read(key))?.entry as CacheEntry;
    /** Another commit comes on top of the write, and a deferred one on top of that; then the cache lags. */
    async function meanwhile(): Promise<void> {
      mend(deployment);
      await rival.request(sessions, add("c"));
      wire.cut("store");
      await rival.request(sessions, add("d"));
      await deployment.cache?.write([
        { type: "remove", key },
        { type: "put", ...before, expiresAt },
      ]);
    }
    let isTaken = false;
    wire.trouble = ({ tier, method, args }): Trouble => {
      if (tier === "cache") return isTaken && JSON.stringify(args).includes("deferred") ? meanwhile() : undefined;
      if (isTaken || method !== "update") return "fails";
      isTaken = true;
      return "loses its answer";
    };
    await expect(browser.request(sessions, add("b"))).rejects.toMatchObject({ code: "store", outcome: "unknown" });
    mend(deployment);
    deployment.flushCache();
    expect(await browser.request(sessions, log)).toEqual(["a", "b", "c"]);
  });

  test("two degraded writers do not lose each other", async () => {
    const deployment = degrading();
    const browser = await cutOff(deployment);
    const tags = Array.from({ length: 12 }, (_, at) => `w${at}`);
    const responses = await Promise.all(tags.map((tag) => browser.send(deployment.sessions, add(tag))));
    for (const response of responses) response.deliver();
    mend(deployment);
    const found = (await browser.request(deployment.sessions, log)) as string[];
    expect([...found].sort()).toEqual(["a", ...tags].sort());
  });

  test("a write that the database took after all is not done twice", async () => {
    const deployment = degrading();
    const browser = await cutOff(deployment);
    let isCut = false;
    deployment.wire.trouble = ({ tier, method }) => {
      if (tier !== "store") return undefined;
      if (isCut || method !== "update") return "fails";
      isCut = true;
      return "loses its answer";
    };
    await browser.request(deployment.sessions, add("b"));
    await browser.request(deployment.sessions, add("c"));
    mend(deployment);
    expect(await browser.request(deployment.sessions, log)).toEqual(["a", "b", "c"]);
    deployment.flushCache();
    expect(await browser.request(deployment.sessions, log)).toEqual(["a", "b", "c"]);
    expect(repairs(deployment)).toEqual([{ handle: expect.any(String), lost: [] }]);
  });

  test("where the row has moved on the database wins, and an event names the keys lost", async () => {
    const deployment = degrading();
    const browser = await cutOff(deployment);
    // Another server, which reaches the database and not the cache.
    const other = createSessions<AnyData, AnyData>(deployment.definition, {
      store: deployment.store as NonNullable<typeof deployment.store>,
      cookieThreshold: 0,
    });
    await browser.request(deployment.sessions, (session) => session.set({ theme: "dark", log: ["mine"] }));
    await browser.request(other, (session) => session.set("log", ["theirs"]));
    mend(deployment);
    expect(await browser.request(deployment.sessions, (session) => session.all())).toEqual({ log: ["theirs"] });
    expect(repairs(deployment)).toEqual([{ handle: expect.any(String), lost: ["log", "theme"] }]);
  });

  test("a commit that reaches the database takes along what was deferred", async () => {
    const deployment = degrading();
    const browser = await cutOff(deployment);
    await browser.request(deployment.sessions, add("b"));
    mend(deployment);
    const written = await browser.request(deployment.sessions, (session) => session.set("theme", "dark"));
    expect(written).toEqual({ durable: true });
    deployment.flushCache();
    expect(await browser.request(deployment.sessions, (session) => session.all())).toEqual({
      log: ["a", "b"],
      theme: "dark",
    });
  });

  test("login, logout, a new id and a first spill are never deferred", async () => {
    const deployment = degrading();
    const browser = await cutOff(deployment);
    const lifecycle: ((session: Session) => Promise<unknown>)[] = [
      (session) => session.login("alice"),
      (session) => session.regenerateId(),
      (session) => session.commit({ placement: "server" }),
    ];
    for (const act of lifecycle) {
      await expect(browser.request(deployment.sessions, act)).rejects.toMatchObject({ code: "store", tier: "store" });
    }
    await expect(deployment.browser().request(deployment.sessions, add("x"))).rejects.toMatchObject({ code: "store" });
    await expect(browser.request(deployment.sessions, (session) => session.destroy())).rejects.toMatchObject({
      code: "store",
    });
    expect(deployment.heard).not.toContain("deferred");
  });

  test("[A10] what was deferred does not survive a logout", async () => {
    const deployment = degrading();
    const browser = await cutOff(deployment);
    await browser.request(deployment.sessions, add("b"));
    const thief = browser.clone();
    mend(deployment);
    await browser.request(deployment.sessions, (session) => session.destroy());
    await deployment.sessions.sessions.cleanup();
    expect(await deployment.records()).toEqual([]);
    expect(await thief.request(deployment.sessions, (session) => session.active)).toBe(false);
    expect(await thief.request(deployment.sessions, log)).toBeUndefined();
  });

  test("while the database is known to be down, a write does not wait for it", async () => {
    const deployment = degrading({ breaker: { failures: 1 } });
    const browser = await cutOff(deployment);
    await browser.request(deployment.sessions, add("b"));
    deployment.wire.take();
    expect(await browser.request(deployment.sessions, (session) => session.set("theme", "dark"))).toEqual({
      durable: false,
    });
    expect(deployment.wire.take().filter((call) => call.startsWith("store."))).toEqual([]);
  });

  test("with both tiers gone a write rejects, and is not kept", async () => {
    const deployment = degrading();
    const browser = await cutOff(deployment);
    deployment.wire.trouble = ({ method }) => (method === "read" ? undefined : "fails");
    await expect(browser.request(deployment.sessions, add("b"))).rejects.toMatchObject({ code: "store" });
    mend(deployment);
    expect(await browser.request(deployment.sessions, log)).toEqual(["a"]);
  });

  test("a deferred write that cannot be read is reported, not adopted, and not overwritten", async () => {
    const deployment = degrading();
    const browser = await cutOff(deployment);
    await browser.request(deployment.sessions, add("b"));
    const [row] = await deployment.records();
    const key = `deferred:${row?.key}`;
    const { entry } = (await deployment.cache?.read(key)) ?? {};
    const damaged = { key, version: (entry?.version ?? 0) + 1, value: "damaged" };
    await deployment.cache?.write([{ type: "put", ...damaged, expiresAt: new Date(Date.now() + 60_000) }]);
    expect(await browser.request(deployment.sessions, log)).toEqual(["a"]);
    expect(deployment.heard).toContain("corrupt");
    await expect(browser.request(deployment.sessions, add("c"))).rejects.toMatchObject({ code: "store" });
    expect((await deployment.cache?.read(key))?.entry).toEqual(damaged);
  });

  test("sealed at rest, neither values nor keys lie open in the cache", async () => {
    const deployment = degrading({ encryptAtRest: true });
    const browser = await cutOff(deployment);
    await browser.request(deployment.sessions, (session) => session.set("canary-key", "canary-value"));
    expect(JSON.stringify(deployment.wire.calls)).not.toContain("canary");
    mend(deployment);
    expect(await browser.request(deployment.sessions, (session) => session.get("canary-key"))).toBe("canary-value");
  });

  test.each([
    ["pending", "when the row is what it was built on", 1, ["a"]],
    ["pending", "when the row has an id presented since", 2, ["a"]],
    ["pending", "when the row has taken the first write alone, late", 2, ["a", "b"]],
    ["pending", "when the row has taken the last write alone, late", 2, ["a", "c"]],
    ["applied", "when the row has taken all", 2, ["a", "b", "c"]],
    ["applied", "when others have written to the row since", 3, ["a", "b", "c", "x"]],
    ["applied", "when the row remembers only the last", 17, ["c", ..."ponmlkjihgfedxy"]],
    ["superseded", "when others have written to the row", 2, ["a", "x"]],
    ["superseded", "when others have written to the row between", 3, ["a", "x", "c"]],
  ])("two deferred writes are %s %s", (status, _, version, commitIds) => {
    const write = { key: "key", version: 7, base: 1, commitIds: ["a", "b", "c"], keys: "", data: "", seenAt: 0 };
    const row = { version, commitIds: commitIds.join(" ") } as SessionRecord;
    expect(statusOf(write, row)).toBe(status);
  });

  test("an id that a sign-in has replaced is not let in by way of what it had deferred", async () => {
    const deployment = degrading();
    const browser = await cutOff(deployment);
    const planted = browser.clone();
    await planted.request(deployment.sessions, add("b"));
    mend(deployment);
    deployment.wire.cut("cache");
    await browser.request(deployment.sessions, async (session) => {
      await session.login("ada");
      await session.set("secret", "hers");
    });
    mend(deployment);
    await planted.request(deployment.sessions, async (session) => {
      expect(await session.get("secret")).toBeUndefined();
      expect(session.active).toBe(false);
    });
    expect(await browser.request(deployment.sessions, (session) => session.userId)).toBe("ada");
  });

  test("what was taken away counts as gone when the client sent the command twice, and what came on top stays", async () => {
    const cache = memoryCache();
    const { breakers } = serverSettings({ cache });
    const bufferOf = (one: SessionCache) =>
      new DeferredBuffer(new ProtectedCache(one, new CircuitBreaker("cache", breakers.cache, () => {})), () => {});
    const twice = {
      ...cache,
      write: (commands: readonly CacheCommand[]) => cache.write(commands).then(() => cache.write(commands)),
    };
    const buffer = bufferOf(cache);
    const data = { key: "key", base: 1, commitIds: ["a", "b"], keys: "", data: "", seenAt: 0 };
    const first = await buffer.put(data, await buffer.read("key"), new Date(Date.now() + 60_000));
    if (!first) throw new Error("Nothing was put.");
    expect(await bufferOf(twice).discard(first)).toBe(true);
    expect((await buffer.read("key")).write).toBeUndefined();
    const second = await buffer.put(data, await buffer.read("key"), new Date(Date.now() + 60_000));
    expect(await bufferOf(twice).discard(first)).toBe(false);
    expect((await buffer.read("key")).write).toEqual(second);
  });

  test("what the database may have taken is not denied, when others come first in the cache each time", async () => {
    const [store, cache] = [memoryStore(), memoryCache()];
    let isAway = false;
    const reset = () => Promise.reject(new Error("connection reset"));
    const sessions = createSessions(defineSession<AnyData>({ secret: newSecret() }), {
      cookieThreshold: 0,
      onStoreDown: "cache",
      store: {
        ...store,
        get: (key) => (isAway ? reset() : store.get(key)),
        async update(base, change) {
          const isUpdated = await store.update(base, change);
          return isAway ? reset() : isUpdated;
        },
      },
      cache: {
        ...cache,
        async write(commands) {
          const isDeferred = commands.some(({ type, key }) => type === "put" && key.startsWith("deferred:"));
          return isDeferred ? commands.map(() => false) : cache.write(commands);
        },
      },
    });
    const browser = new FakeBrowser();
    await browser.request(sessions, (session) => session.set("n", 1));
    isAway = true;
    const written = browser.request(sessions, (session) => session.set("n", 2));
    await expect(written).rejects.toMatchObject({ code: "store", outcome: "unknown" });
    isAway = false;
    travel("5s");
    const next = (session: Session) => session.update("n", (n) => (n as number) + 1);
    expect(await browser.request(sessions, next)).toBe(3);
  });

  test("it needs a store and a cache", () => {
    expect(() => deploy({ tiers: "cookie+db", server: { onStoreDown: "cache" } })).toThrow(/onStoreDown/);
  });
});
