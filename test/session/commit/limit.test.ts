import { defineSession, type SessionStore } from "spillway";
import { memoryCache, memoryStore } from "spillway/stores/memory";
import { createSessions } from "spillway/web";
import { beforeEach, describe, expect, test } from "vitest";
import { bulk, deploy, newSecret, WITH_SERVER } from "../../support/deployments.js";
import { FakeBrowser } from "../../support/fake-browser.js";
import { stopTime, travel } from "../../support/fake-time.js";

beforeEach(() => {
  stopTime();
});

const refused = expect.objectContaining({ code: "login-refused" });

describe.each(WITH_SERVER)("with %s", (tiers) => {
  function opened(maxPerUser: number | { limit: number; refuse: boolean }) {
    const application = deploy({ tiers, define: { idleTimeout: "15m" }, server: { maxPerUser, revocationDelay: 0 } });
    const { sessions } = application;
    const signIn = async (browser = application.browser()) => {
      await browser.request(sessions, (session) => session.login("ada"));
      return browser;
    };
    const isIn = (browser: FakeBrowser) => browser.request(sessions, (session) => session.userId === "ada");
    const listed = () => sessions.sessions.list("ada");
    return { application, sessions, signIn, isIn, listed };
  }

  test("Rule 10: what has idled out makes way first, though it signed in last", async () => {
    const { signIn, isIn, listed } = opened(2);
    const early = await signIn();
    travel("1m");
    await signIn();
    for (const _ of [1, 2, 3]) {
      travel("10m");
      expect(await isIn(early)).toBe(true);
    }
    expect((await listed()).map(({ idle }) => idle)).toEqual([false, true]);
    await signIn();
    expect(await isIn(early)).toBe(true);
    expect((await listed()).map(({ idle }) => idle)).toEqual([false, false]);
  });

  test("Rule 10: of those that have not, the one longest idle makes way", async () => {
    const { signIn, isIn } = opened(2);
    const early = await signIn();
    travel("1m");
    const late = await signIn();
    travel("10m");
    expect(await isIn(early)).toBe(true);
    await signIn();
    expect([await isIn(early), await isIn(late)]).toEqual([true, false]);
  });

  test("Rule 10: with `refuse`, what has idled out does not count, and makes way as far as is needed", async () => {
    const { signIn, isIn, listed } = opened({ limit: 2, refuse: true });
    const live = await signIn();
    await signIn();
    for (const _ of [1, 2, 3]) {
      travel("10m");
      expect(await isIn(live)).toBe(true);
    }
    await signIn();
    expect((await listed()).map(({ idle }) => idle)).toEqual([false, false]);
    await expect(signIn()).rejects.toEqual(refused);
    expect(await isIn(live)).toBe(true);
  });

  test("Rule 10: with `refuse`, a session whose absolute deadline has passed does not count", async () => {
    const { signIn, isIn } = opened({ limit: 1, refuse: true });
    await signIn();
    travel("31d");
    expect(await isIn(await signIn())).toBe(true);
  });

  test("Rule 10: with `refuse`, whoever signs out makes room at once, and may sign in anew over the own session", async () => {
    const { application, sessions, signIn, isIn } = opened({ limit: 1, refuse: true });
    const browser = await signIn();
    await signIn(browser);
    await browser.request(sessions, (session) => session.logout());
    const other = await signIn();
    await expect(signIn(application.browser())).rejects.toEqual(refused);
    expect(await isIn(other)).toBe(true);
  });

  test("Rule 10: with `refuse`, of two logins over one session at a time the one that comes too late begins no second one", async () => {
    const { sessions, signIn, listed } = opened({ limit: 1, refuse: true });
    const browser = await signIn();
    const both = await Promise.all([sessions.open(browser.headers), sessions.open(browser.headers)]);
    // Both have seen the session, whose id the first login then replaces.
    for (const { session } of both) expect(await session.keys()).toEqual([]);
    await both[0].session.login("ada");
    await expect(both[1].session.login("ada")).rejects.toEqual(refused);
    expect(await listed()).toHaveLength(1);
  });

  test("Rule 10: a refused login leaves the visitor's session whole, and writes nothing", async () => {
    for (const cart of ["tea", bulk()]) {
      const { application, sessions, signIn } = opened({ limit: 1, refuse: true });
      await signIn();
      const visitor = application.browser();
      await visitor.request(sessions, (session) => session.set("cart", cart));
      const before = await visitor.request(sessions, (session) => session.id);
      const cookies = visitor.cookies;
      application.wire.take();
      await expect(signIn(visitor)).rejects.toEqual(refused);
      expect(application.wire.take().filter((call) => /insert|update|delete|write/.test(call))).toEqual([]);
      expect(visitor.cookies).toEqual(cookies);
      await visitor.request(sessions, async (session) => {
        expect([session.id, session.userId, await session.get("cart")]).toEqual([before, undefined, cart]);
      });
    }
  });

  test.each([1, 3])("Rule 10: with `refuse`, of ten logins of one moment exactly %d are accepted", async (limit) => {
    const { signIn, listed } = opened({ limit, refuse: true });
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => signIn()));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(limit);
    for (const outcome of outcomes) if (outcome.status === "rejected") expect(outcome.reason).toEqual(refused);
    expect(await listed()).toHaveLength(limit);
  });

  test("Rule 10: a login whose process died before it registered is not waited for twice", async () => {
    const { application, signIn, isIn } = opened({ limit: 1, refuse: true });
    application.wire.trouble = ({ tier, method, args }) => {
      const isRow = !JSON.stringify(args).includes("~");
      const isWrite = method === "insert" || (tiers === "cookie+kv" && method === "write" && tier === "cache");
      if (isWrite && isRow) application.wire.cut(tier);
      return isWrite && isRow ? "fails" : undefined;
    };
    await expect(signIn()).rejects.toMatchObject({ code: "store" });
    application.wire.mend();
    expect(await isIn(await signIn())).toBe(true);
  });
});

describe("Rule 10: clocks that differ by ten minutes do not decide", () => {
  /** One process of several: sessions of its own over the same tiers. */
  function fleet(maxPerUser: number | { limit: number; refuse: boolean }, store: SessionStore = memoryStore()) {
    const definition = defineSession({ secret: newSecret() });
    const cache = memoryCache();
    const newProcess = () => createSessions(definition, { store, cache, maxPerUser, revocationDelay: 0 });
    return [newProcess(), newProcess()] as const;
  }

  const quick = memoryStore();

  /** A store that takes a moment to register what a login has. */
  const slow: SessionStore = {
    ...quick,
    async insert(record) {
      const isInserted = await quick.insert(record);
      if (record.key.startsWith("~seats:")) travel("5ms");
      return isInserted;
    },
  };

  test.each([
    ["", memoryStore()],
    [", though the earlier login took a moment to register", slow],
  ])("which of two is the newer%s", async (_how, store) => {
    const [ahead, behind] = fleet(1, store);
    const [one, other] = [new FakeBrowser(), new FakeBrowser()];
    travel("10m");
    await one.request(ahead, (session) => session.login("ada"));
    travel("-10m");
    await other.request(behind, (session) => session.login("ada"));
    expect(await other.request(behind, (session) => session.userId)).toBe("ada");
    expect(await behind.sessions.list("ada")).toHaveLength(1);
    expect(await one.request(ahead, (session) => session.userId)).toBeUndefined();
  });

  test("which of two is refused", async () => {
    const [fast, slow] = fleet({ limit: 1, refuse: true });
    const [one, other] = [new FakeBrowser(), new FakeBrowser()];
    travel("10m");
    await one.request(fast, (session) => session.login("ada"));
    travel("-10m");
    await expect(other.request(slow, (session) => session.login("ada"))).rejects.toEqual(refused);
    expect(await one.request(fast, (session) => session.userId)).toBe("ada");
  });
});
