/** Every event of the documented table, each heard by a listener. */

import { defineSession, type SessionEvents, type SessionRecord, type SessionStore } from "spillway";
import { memoryStore } from "spillway/stores/memory";
import { createSessions } from "spillway/web";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { LISTENERS } from "../../src/events.js";
import { bulk, type Deployment, deploy, newSecret } from "../support/deployments.js";
import { stopTime, travel } from "../support/fake-time.js";

beforeEach(stopTime);

/** A signed-in user with data on the server. */
async function signedIn(options: Parameters<typeof deploy>[0] = {}) {
  const application = deploy({ ...options, server: { cookieThreshold: 0, ...options.server } });
  const browser = application.browser();
  await browser.request(application.sessions, async (session) => {
    await session.set({ text: bulk(), n: 1 });
    await session.login("ada");
  });
  const [record] = await application.records();
  return { application, browser, handle: (record as SessionRecord).key };
}

/** A store whose rows a test may spoil. */
function spoiled(): { store: SessionStore; spoil(): void } {
  const store = memoryStore();
  let isSpoiled = false;
  const get: SessionStore["get"] = async (key) => {
    const row = await store.get(key);
    return row && isSpoiled && !key.startsWith("~") ? { ...row, data: "no data" } : row;
  };
  return { store: { ...store, get }, spoil: () => (isSpoiled = true) };
}

const heard = <Name extends keyof SessionEvents>({ events }: Deployment, name: Name) =>
  events.flatMap((event) => (event[0] === name ? [event[1]] : []));

/** By the name of each event: what makes it happen, and what it tells. */
const HAPPENINGS: { readonly [Name in keyof SessionEvents]: () => Promise<void> } = {
  async created() {
    const { application, handle } = await signedIn();
    expect(heard(application, "created")).toEqual([{ handle }]);
  },
  async login() {
    const { application, handle } = await signedIn();
    expect(heard(application, "login")).toEqual([expect.objectContaining({ handle, userId: "ada" })]);
  },
  async destroying() {
    const { application, browser, handle } = await signedIn();
    await browser.request(application.sessions, (session) => session.logout());
    expect(heard(application, "destroying")).toEqual([expect.objectContaining({ handle })]);
  },
  async destroyed() {
    const { application, browser, handle } = await signedIn();
    await browser.request(application.sessions, (session) => session.destroy());
    expect(heard(application, "destroyed")).toEqual([expect.objectContaining({ handle })]);
  },
  async revoked() {
    const { application, handle } = await signedIn();
    await application.sessions.sessions.revokeUser("ada");
    expect(heard(application, "revoked")).toEqual([expect.objectContaining({ handle })]);
  },
  async rotated() {
    const { application, browser, handle } = await signedIn({ server: { rotateEvery: "1h" } });
    travel("61m");
    await browser.request(application.sessions, (session) => session.get("n"));
    expect(heard(application, "rotated")).toEqual([expect.objectContaining({ handle })]);
    await browser.request(application.sessions, (session) => session.regenerateId());
    expect(heard(application, "rotated")).toHaveLength(2);
  },
  async rejected() {
    const { application, browser } = await signedIn();
    browser.plant("__Host-session", "Fe26.2*forged");
    await browser.request(application.sessions, (session) => session.active);
    expect(heard(application, "rejected")).toEqual([expect.objectContaining({ reason: expect.any(String) })]);
  },
  async conflict() {
    const { application, browser, handle } = await signedIn({ tiers: "cookie+db" });
    const held = application.wire.hold("store.update");
    const slow = browser.request(application.sessions, (session) => session.set("n", 2));
    await held.reached;
    const row = (await application.store?.get(handle)) as SessionRecord;
    await application.store?.update(row, { seenAt: row.seenAt });
    held.release();
    await slow;
    expect(heard(application, "conflict")).toEqual([expect.objectContaining({ handle, attempt: 1 })]);
  },
  async unavailable() {
    const { application, browser } = await signedIn();
    application.wire.cut("cache");
    await browser.request(application.sessions, (session) => session.get("n"));
    expect(heard(application, "unavailable")[0]).toMatchObject({ tier: "cache" });
  },
  async corrupt() {
    const { store, spoil } = spoiled();
    const { application, browser, handle } = await signedIn({ tiers: "cookie+db", store });
    spoil();
    await expect(browser.request(application.sessions, (session) => session.get("n"))).rejects.toThrow();
    expect(heard(application, "corrupt")).toEqual([expect.objectContaining({ tier: "store", handle })]);
    const other = await signedIn();
    const version = 1000;
    const expiresAt = new Date(Date.now() + 3_600_000);
    await other.application.cache?.write([{ type: "put", key: other.handle, version, value: "no entry", expiresAt }]);
    await other.browser.request(other.application.sessions, (session) => session.get("n"));
    expect(heard(other.application, "corrupt")).toEqual([
      expect.objectContaining({ tier: "cache", handle: other.handle }),
    ]);
  },
  async rolledBack() {
    const { application, browser, handle } = await signedIn({ tiers: "cookie+db" });
    const before = (await application.store?.get(handle)) as SessionRecord;
    await browser.request(application.sessions, (session) => session.set("n", 2));
    await application.store?.delete(handle);
    await application.store?.insert(before);
    const read = () => browser.request(application.sessions, (session) => session.get("n"));
    await expect(read()).rejects.toMatchObject({ code: "store" }); // it may be lag
    travel("11s");
    await read();
    expect(heard(application, "rolledBack")).toEqual([expect.objectContaining({ handle })]);
  },
  async deferred() {
    const { application, browser, handle } = await signedIn({ server: { onStoreDown: "cache" } });
    application.wire.cut("store");
    await browser.request(application.sessions, (session) => session.set("n", 2));
    expect(heard(application, "deferred")).toEqual([expect.objectContaining({ handle })]);
  },
  async repaired() {
    const { application, browser, handle } = await signedIn({ server: { onStoreDown: "cache" } });
    application.wire.cut("store");
    await browser.request(application.sessions, (session) => session.set("n", 2));
    application.wire.mend();
    travel("10s");
    await browser.request(application.sessions, (session) => session.get("n"));
    expect(heard(application, "repaired")).toEqual([expect.objectContaining({ handle, lost: [] })]);
  },
  async flashLost() {
    const { application, browser } = await signedIn();
    const leave = (count: number) =>
      browser.request(application.sessions, async (session) => {
        for (let n = 0; n < count; n++) await session.flash("notice", `${n}`.repeat(200 / count));
      });
    await leave(2);
    expect(heard(application, "flashLost")).toEqual([]);
    await leave(3);
    expect(heard(application, "flashLost")).toEqual([{ count: 2 }]);
    await leave(1);
    expect(heard(application, "flashLost")).toEqual([{ count: 2 }, { count: 3 }]);
    expect(await browser.request(application.sessions, (session) => session.flashes())).toHaveLength(1);
  },
  async unawaited() {
    vi.useRealTimers();
    vi.stubEnv("NODE_ENV", "development");
    const reported = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const { application, browser } = await signedIn({ tiers: "cookie+db", define: { cookie: { name: "session" } } });
    const held = application.wire.hold("store.update");
    await browser.request(application.sessions, async (session) => {
      session.set("n", 2);
      await held.reached;
    });
    await new Promise((resolve) => setTimeout(resolve, 10));
    held.release();
    await vi.waitFor(() => expect(heard(application, "unawaited")).toEqual([{ call: 'set("n")' }]));
    reported.mockRestore();
    vi.unstubAllEnvs();
  },
};

test("every event that a listener can be given for has a test here", () => {
  expect(Object.keys(HAPPENINGS).sort()).toEqual(Object.keys(LISTENERS).sort());
});

test.each(Object.entries(HAPPENINGS))("`%s` is heard, and says what it is about", (_, happen) => happen());

test("what an asynchronous listener rejects with is reported, and goes no further", async () => {
  const reported = vi.spyOn(console, "error").mockImplementation(() => undefined);
  onTestFinished(() => reported.mockRestore());
  const rejecting = () => Promise.reject(new Error("the listener's own"));
  const sessions = createSessions(defineSession({ secret: newSecret() }), {
    store: memoryStore(),
    on: { login: rejecting },
    audit: rejecting,
  });
  const { session } = await sessions.open(new Headers());
  await session.login("ada");
  await vi.waitFor(() => expect(reported).toHaveBeenCalledTimes(2));
  expect(reported.mock.calls.map(([text]) => text)).toEqual([
    "Spillway: the listener of `login` threw.",
    "Spillway: the function given as `audit` threw.",
  ]);
});
