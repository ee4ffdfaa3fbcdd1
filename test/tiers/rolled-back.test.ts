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

/** A session of which the second commit is lost: the browser, its cookie, and the caches know of it, the store does not. */
async function lost(tiers: Tiers): Promise<{ deployment: Deployment; browser: FakeBrowser }> {
  const deployment = deploy({ tiers, server: { cookieThreshold: 0 } });
  const browser = deployment.browser();
  await write(deployment, browser, "a");
  const [before] = (await deployment.records()) as [SessionRecord];
  const entry = (await deployment.cache?.read(before.key))?.entry;
  await write(deployment, browser, "b");
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
