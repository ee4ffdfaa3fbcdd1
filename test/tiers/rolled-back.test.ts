/** What becomes of sessions after a failover that lost commits which had been acknowledged. */

import type { CacheEntry, SessionRecord } from "spillway";
import { beforeEach, describe, expect, test } from "vitest";
import { type Deployment, deploy, type Tiers } from "../support/deployments.js";
import type { FakeBrowser } from "../support/fake-browser.js";
import { stopTime, travel } from "../support/fake-time.js";

beforeEach(() => stopTime());

const read = (deployment: Deployment, browser: FakeBrowser) =>
  browser.request(deployment.sessions, (session) => session.get("log"));
const write = (deployment: Deployment, browser: FakeBrowser, value: string) =>
  browser.request(deployment.sessions, (session) =>
    session.update("log", (log) => [...((log as string[]) ?? []), value]),
  );

/** Takes a session back to a state of before: its browser, its cookie, and copies in the cache know of what came after. */
async function takeBack(deployment: Deployment): Promise<() => Promise<void>> {
  const [before] = (await deployment.records()) as [SessionRecord];
  const entry = (await deployment.cache?.read(before.key))?.entry;
  return async () => {
    if (deployment.store) {
      await deployment.store.delete(before.key);
      await deployment.store.insert(before);
    } else if (entry) {
      const expiresAt = before.expiresAt;
      await deployment.cache?.write([
        { type: "remove", key: before.key },
        { type: "put", ...entry, expiresAt },
      ]);
    }
  };
}

/** A session of which the second commit is lost. */
async function lost(tiers: Tiers): Promise<{ deployment: Deployment; browser: FakeBrowser }> {
  const deployment = deploy({ tiers, server: { cookieThreshold: 0 } });
  const browser = deployment.browser();
  await write(deployment, browser, "a");
  const fail = await takeBack(deployment);
  await write(deployment, browser, "b");
  await fail();
  return { deployment, browser };
}

describe.each(["cookie+db", "cookie+kv", "cookie+kv+db"] as const)("of %s", (tiers) => {
  test("for ten seconds it may be lag: a write is refused and loses nothing", async () => {
    const { deployment, browser } = await lost(tiers);
    await expect(write(deployment, browser, "c")).rejects.toMatchObject({ code: "store" });
    travel(9_000);
    await expect(write(deployment, browser, "c")).rejects.toMatchObject({ code: "store" });
    expect(deployment.heard).not.toContain("rolledBack");
  });

  test("an answer that was asked for in this time may be lag, though the process has slept for an hour before it had it", async () => {
    const { deployment, browser } = await lost(tiers);
    const asked = deployment.wire.hold(tiers === "cookie+kv" ? "cache.read" : "store.get");
    const written = write(deployment, browser, "c");
    await asked.reached;
    travel("1h");
    asked.release();
    await expect(written).rejects.toMatchObject({ code: "store" });
    expect(deployment.heard).not.toContain("rolledBack");
  });

  test("then the older state stands, an event says so once, and the session goes on", async () => {
    const { deployment, browser } = await lost(tiers);
    await expect(write(deployment, browser, "c")).rejects.toMatchObject({ code: "store" });
    travel(11_000);
    await write(deployment, browser, "d");
    expect(await read(deployment, browser)).toEqual(["a", "d"]);
    expect(deployment.heard.filter((name) => name === "rolledBack")).toHaveLength(1);
    await write(deployment, browser, "e");
    expect(await read(deployment, browser)).toEqual(["a", "d", "e"]);
    expect(deployment.heard.filter((name) => name === "rolledBack")).toHaveLength(1);
  });

  test("however many commits were lost, that costs ten seconds once", async () => {
    const deployment = deploy({ tiers, server: { cookieThreshold: 0 } });
    const browser = deployment.browser();
    const { sessions } = deployment;
    await browser.request(sessions, (session) => session.login("ada"));
    const fail = await takeBack(deployment);
    for (const value of ["a", "b", "c", "d"]) await write(deployment, browser, value);
    await fail();
    if (tiers === "cookie+kv+db") deployment.flushCache();
    await expect(read(deployment, browser)).rejects.toMatchObject({ code: "store" });
    travel("11s");
    expect(await read(deployment, browser)).toBeUndefined();
    // Another tab writes, and its response is lost: this one's cookie still speaks of what is lost.
    await write(deployment, browser.clone(), "e");
    expect(await read(deployment, browser)).toEqual(["e"]);
    await write(deployment, browser, "f");
    expect(await read(deployment, browser)).toEqual(["e", "f"]);
    expect(deployment.heard.filter((name) => name === "rolledBack")).toHaveLength(1);
  });

  test("a session that is only read is not ended", async () => {
    const { deployment, browser } = await lost(tiers);
    if (tiers === "cookie+kv+db") deployment.flushCache();
    await expect(read(deployment, browser)).rejects.toMatchObject({ code: "store" });
    travel(11_000);
    expect(await read(deployment, browser)).toEqual(["a"]);
    travel("1h");
    expect(await read(deployment, browser)).toEqual(["a"]);
    expect(deployment.heard.filter((name) => name === "rolledBack")).toHaveLength(1);
  });
});

describe.each(["cookie+db", "cookie+kv", "cookie+kv+db"] as const)("an id that was replaced, of %s", (tiers) => {
  const server = { cookieThreshold: 0, rotateEvery: "15m", rotateGrace: "1m", revocationDelay: 0 } as const;
  const replacements: Record<string, (deployment: Deployment, browser: FakeBrowser) => Promise<unknown>> = {
    "by rotation": async (deployment, browser) => {
      travel("20m");
      await write(deployment, browser, "b");
    },
    "by regenerateId()": (deployment, browser) =>
      browser.request(deployment.sessions, (session) => session.regenerateId()),
    "by signing in again": (deployment, browser) =>
      browser.request(deployment.sessions, (session) => session.login("ada")),
  };

  test.each(Object.entries(replacements))("%s: that it was lost ends no session", async (_, replace) => {
    const deployment = deploy({ tiers, server });
    const browser = deployment.browser();
    await browser.request(deployment.sessions, (session) => session.login("ada"));
    await write(deployment, browser, "a");
    const before = browser.clone();
    const fail = await takeBack(deployment);
    await replace(deployment, browser);
    const id = await browser.request(deployment.sessions, (session) => session.id);
    await fail();
    if (tiers === "cookie+kv+db") deployment.flushCache();
    await expect(read(deployment, browser)).rejects.toMatchObject({ code: "store" });
    travel("11s");
    expect(await read(deployment, browser)).toEqual(["a"]);
    expect(deployment.heard.filter((name) => name === "rolledBack")).toHaveLength(1);
    await write(deployment, browser, "c");
    expect(await read(deployment, browser)).toEqual(["a", "c"]);
    expect(await browser.request(deployment.sessions, (session) => [session.userId, session.id])).toEqual(["ada", id]);
    // The id of before is good no more, and the user's sessions can be ended.
    expect(await before.request(deployment.sessions, (session) => session.active)).toBe(false);
    expect(await deployment.sessions.sessions.list("ada")).toHaveLength(1);
    await deployment.sessions.sessions.revokeUser("ada");
    expect(await browser.request(deployment.sessions, (session) => session.active)).toBe(false);
  });

  test("signs out, also before anything was written again", async () => {
    const deployment = deploy({ tiers, server });
    const browser = deployment.browser();
    await browser.request(deployment.sessions, (session) => session.login("ada"));
    const fail = await takeBack(deployment);
    await browser.request(deployment.sessions, (session) => session.regenerateId());
    await fail();
    travel("11s");
    await read(deployment, browser).catch(() => {});
    travel("11s");
    await browser.request(deployment.sessions, (session) => session.logout());
    expect(await deployment.sessions.sessions.list("ada")).toEqual([]);
  });

  test("a sign-in that was lost is none: nobody is let in as a user whom the row does not name", async () => {
    const deployment = deploy({ tiers, server });
    const browser = deployment.browser();
    await write(deployment, browser, "a");
    const fail = await takeBack(deployment);
    await browser.request(deployment.sessions, (session) => session.login("ada"));
    await fail();
    if (tiers === "cookie+kv+db") deployment.flushCache();
    await expect(read(deployment, browser)).rejects.toMatchObject({ code: "store" });
    travel("11s");
    expect(await browser.request(deployment.sessions, (session) => session.active)).toBe(false);
  });
});

describe("of a cache in front of a database", () => {
  test("no copy of the lost commit answers again", async () => {
    const { deployment, browser } = await lost("cookie+kv+db");
    const other = browser.clone();
    await expect(write(deployment, browser, "c")).rejects.toMatchObject({ code: "store" });
    travel(11_000);
    await write(deployment, browser, "d");
    expect(await read(deployment, other)).toEqual(["a", "d"]);
  });

  test("the row stands only once the cache has given up the copy", async () => {
    const { deployment, browser } = await lost("cookie+kv+db");
    await expect(write(deployment, browser, "c")).rejects.toMatchObject({ code: "store" });
    travel(11_000);
    deployment.wire.cut("cache");
    await expect(write(deployment, browser, "c")).rejects.toMatchObject({ code: "store" });
    expect(deployment.heard).not.toContain("rolledBack");
    deployment.wire.mend();
    travel("5s");
    await write(deployment, browser, "d").catch(() => {});
    await write(deployment, browser, "d").catch(() => {});
    expect(await read(deployment, browser)).toEqual(expect.arrayContaining(["a", "d"]));
  });

  test("a row that was lost is found missing by a write, and no copy says otherwise to anybody", async () => {
    const deployment = deploy({ tiers: "cookie+kv+db", server: { cookieThreshold: 0, revocationDelay: 0 } });
    const browser = deployment.browser();
    await browser.request(deployment.sessions, (session) => session.login("ada"));
    const [row] = (await deployment.records()) as [SessionRecord];
    const other = browser.clone();
    const isSignedIn = () => other.request(deployment.sessions, (session) => session.active);
    expect(await isSignedIn()).toBe(true);
    await deployment.store?.delete(row.key);
    expect(await isSignedIn()).toBe(true);
    await expect(write(deployment, browser, "a")).rejects.toMatchObject({ code: "session-ended" });
    expect(await isSignedIn()).toBe(false);
  });

  test("a copy that is older than wanted goes when the row turns out to be lost", async () => {
    const deployment = deploy({ tiers: "cookie+kv+db", server: { cookieThreshold: 0 } });
    const browser = deployment.browser();
    await write(deployment, browser, "a");
    const [row] = (await deployment.records()) as [SessionRecord];
    const older = browser.clone();
    const entry = (await deployment.cache?.read(row.key))?.entry as CacheEntry;
    await write(deployment, browser, "b");
    await deployment.evict(row.key);
    await deployment.cache?.write([{ type: "put", ...entry, expiresAt: row.expiresAt }]);
    await deployment.store?.delete(row.key);
    expect(await read(deployment, older)).toEqual(["a"]);
    expect(await read(deployment, browser)).toBeUndefined();
    expect(await read(deployment, older)).toBeUndefined();
  });
});
