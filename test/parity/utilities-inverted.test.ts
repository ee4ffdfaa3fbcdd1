import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { bulk, DEPLOYMENTS, deploy, WITH_SERVER } from "../support/deployments.js";
import { stopTime, travel } from "../support/fake-time.js";
import { sessionRecord } from "../support/records.js";

const DAY = 86_400_000;

beforeEach(() => {
  stopTime();
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("[A8] cleanup by chance", () => {
  const nextTick = () => new Promise((resolve) => setTimeout(resolve, 5));

  async function withExpired(count: number, cleanupProbability: number) {
    const application = deploy({ tiers: "cookie+db", server: { cleanupProbability } });
    for (let n = 0; n < count; n++) {
      await application.store?.insert(sessionRecord({ expiresAt: new Date(Date.now() - DAY) }));
    }
    return application;
  }

  test("[A8] [F24] a commit runs one as often as is configured, after the response and never in its way", async () => {
    const application = await withExpired(3, 0.25);
    const chance = vi.spyOn(Math, "random");
    const write = (n: number) => application.browser().request(application.sessions, (session) => session.set("n", n));
    chance.mockReturnValue(0.25);
    await write(1);
    await nextTick();
    expect(application.wire.take()).toEqual([]);

    chance.mockReturnValue(0.24);
    const held = application.wire.hold("store.deleteBatch");
    await write(2); // answered, though the cleanup has not even begun
    await held.reached;
    held.release();
    await nextTick();
    expect(application.wire.take()).toEqual(["store.deleteBatch"]);
    expect(await application.store?.deleteBatch("expired", 10)).toBe(0);
  });

  test("[A8] [F24] one of them takes a bounded part, and what it fails on is no error of the request", async () => {
    const application = await withExpired(600, 1);
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set("n", 1));
    await nextTick();
    expect(await application.store?.deleteBatch("expired", 1000)).toBe(100);
    application.wire.cut("store");
    await browser.request(application.sessions, (session) => session.set("n", 2));
    await nextTick();
    expect(application.heard).toContain("unavailable");
  });

  test("[A8] [F24] by default none is run, and a visitor who writes nothing causes none", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const off = await withExpired(1, 0);
    await off.browser().request(off.sessions, (session) => session.set("n", 1));
    const reading = await withExpired(1, 1);
    await reading.browser().request(reading.sessions, (session) => session.get("n"));
    await nextTick();
    expect([...off.wire.take(), ...reading.wire.take()]).toEqual([]);
  });
});

test("[A30] a cache miss still checks the id", async () => {
  const application = deploy();
  const browser = application.browser();
  const { sessions } = application;
  await browser.request(sessions, (session) => session.set("text", bulk()));
  const former = browser.clone();
  await browser.request(sessions, (session) => session.regenerateId());
  application.flushCache();
  application.wire.take();
  expect(await former.request(sessions, (session) => session.get("text"))).toBeUndefined();
  expect(application.wire.take()).toContain("store.get");
  expect(application.rejected).toEqual(["replaced"]);
});

test.each(DEPLOYMENTS)("[A31] a lifetime over a day counts its days (%s)", async (tiers) => {
  const application = deploy({ tiers, define: { idleTimeout: "3d", lifetime: "3d" } });
  const browser = application.browser();
  await browser.request(application.sessions, (session) => session.set("a", 1));
  expect(browser.lastSetCookies[0]).toMatch(/; Max-Age=259200;/);
  travel(3 * DAY - 1);
  expect(await browser.request(application.sessions, (session) => session.get("a"))).toBe(1);
  travel(1);
  expect(await browser.request(application.sessions, (session) => session.active)).toBe(false);
});

test.each(["cookie+kv", "cookie+kv+db"] as const)(
  "[A33] a tombstone stays longer than any copy that it ends (%s)",
  async (tiers) => {
    const application = deploy({ tiers });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set("text", bulk()));
    const [record] = await application.records();
    const key = record?.key as string;
    const entry = async () => (await application.cache?.read(key))?.entry;
    const copy = await entry();
    await browser.request(application.sessions, (session) => session.destroy());
    const expiresAt = new Date(Date.now() + DAY);
    const late = { type: "put", key, version: copy?.version ?? 0, value: copy?.value ?? "", expiresAt } as const;
    for (const _ of ["at once", "after cacheMaxAge"]) {
      expect(await application.cache?.write([late])).toEqual([false]);
      expect((await entry())?.version).toBe(Number.MAX_SAFE_INTEGER);
      travel(3_600_000);
    }
    travel("15m");
    expect(await entry()).toBeUndefined();
  },
);

test("[A34] ids come from the platform's secure generator, not from Math.random", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  const application = deploy();
  const idOf = () =>
    application.browser().request(application.sessions, async (session) => {
      await session.set("a", 1);
      return session.id as string;
    });
  const ids = await Promise.all(Array.from({ length: 100 }, idOf));
  expect(new Set(ids).size).toBe(100);
  for (const id of ids) expect(Buffer.from(id, "base64url")).toHaveLength(32);
});

test.each(WITH_SERVER)("[A35] nothing that a browser brings is believed unsigned (%s)", async (tiers) => {
  const application = deploy({ tiers });
  const browser = application.browser();
  await browser.request(application.sessions, (session) => session.login("ada"));
  const [record] = await application.records();
  const guesses = [record?.key, record?.idHash, JSON.stringify({ userId: "ada" }), "ada"];
  for (const guess of guesses) {
    const forger = application.browser();
    forger.plant("__Host-session", encodeURIComponent(guess ?? ""));
    expect(await forger.request(application.sessions, (session) => session.active)).toBe(false);
  }
});
