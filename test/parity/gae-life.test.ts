import { Decimal } from "@prisma/client/runtime/client";
import { decimalCodec } from "spillway";
import { beforeEach, expect, test } from "vitest";
import { bulk } from "../support/deployments.js";
import { stopTime, travel } from "../support/fake-time.js";
import { describeConfigured } from "./configurations.js";

const DAY = 86_400_000;

describeConfigured(({ tiers, onServer, cookieThreshold, deploy }) => {
  beforeEach(() => {
    stopTime();
  });

  /** A deployment, and a browser whose session holds what is given. */
  async function begun(values: Record<string, unknown> = {}, server = {}) {
    const application = deploy({ server, define: { codecs: { Decimal: decimalCodec(Decimal) } } });
    const browser = application.browser();
    const { sessions } = application;
    if (Object.keys(values).length > 0) await browser.request(sessions, (session) => session.set(values));
    const all = () => browser.request(sessions, (session) => session.all());
    return { application, browser, sessions, all };
  }

  test("[G5] a request that does nothing leaves no cookie and no row", async () => {
    const { application, browser, sessions } = await begun();
    await browser.request(sessions, () => undefined);
    expect(browser.cookieHeader).toBe("");
    expect(application.wire.calls).toEqual([]);
  });

  test("[G6] before the first write it is inactive, has no expiry, and prints as uninitialised", async () => {
    const { browser, sessions } = await begun();
    await browser.request(sessions, (session) => {
      expect(session).toMatchObject({ active: false, id: undefined, expiresAt: undefined, idleExpiresAt: undefined });
      expect(`${session}`).toBe("Session (uninitialised)");
    });
  });

  test("[G7] the first write activates it; one row exactly if its data is on the server", async () => {
    const { application, browser, sessions } = await begun();
    await browser.request(sessions, async (session) => {
      await session.set("a", 1);
      expect(session.active).toBe(true);
      expect(session.expiresAt?.getTime()).toBe(Date.now() + 30 * DAY);
    });
    expect(await application.records()).toHaveLength(onServer ? 1 : 0);
  });

  test("[G8] another client is inactive and reads nothing, and reading starts nothing", async () => {
    const { application, sessions } = await begun({ a: 1 });
    const other = application.browser();
    await other.request(sessions, async (session) => {
      expect(await session.get("a")).toBeUndefined();
      expect(await session.all()).toEqual({});
      expect(session.active).toBe(false);
    });
    expect(other.cookieHeader).toBe("");
  });

  test("[G9] [B3] ids are unique, and so are the rows behind them", async () => {
    const { application, sessions } = await begun();
    const ids = await Promise.all(
      Array.from({ length: 25 }, () =>
        application.browser().request(sessions, async (session) => {
          await session.set("text", "same");
          return session.id;
        }),
      ),
    );
    expect(new Set(ids).size).toBe(25);
    if (onServer) expect(new Set((await application.records()).map(({ key }) => key)).size).toBe(25);
  });

  test("[G10] values persist, and are those of their own client", async () => {
    const { application, sessions, all } = await begun({ name: "ada", text: bulk() });
    const other = application.browser();
    await other.request(sessions, (session) => session.set("name", "grace"));
    expect(await all()).toMatchObject({ name: "ada" });
    expect(await other.request(sessions, (session) => session.all())).toEqual({ name: "grace" });
  });

  test("[G11] [F20] `load(id)` sees only what the server holds", async () => {
    const { browser, sessions } = await begun({ a: 1 });
    const id = await browser.request(sessions, (session) => session.id as string);
    const loaded = await sessions.sessions.load(id);
    if (onServer) expect(await loaded?.all()).toEqual({ a: 1 });
    else expect(loaded).toBeUndefined();
    expect(await sessions.sessions.load([...id].reverse().join(""))).toBeUndefined();
    expect(await sessions.sessions.load("blah")).toBeUndefined();
  });

  test('[G12] `commit({ placement: "server" })` keeps a session of a cookie\'s size on the server', async () => {
    const { application, browser, sessions } = await begun();
    await browser.request(sessions, async (session) => {
      await session.set("a", 1);
      await session.commit({ placement: "server" });
      expect(session.placement).toBe("server");
    });
    expect(await application.records()).toHaveLength(1);
    const id = await browser.request(sessions, (session) => session.id as string);
    expect(await (await sessions.sessions.load(id))?.get("a")).toBe(1);
  });

  test("[G13] destroy removes it everywhere", async () => {
    const { application, browser, sessions, all } = await begun({ text: bulk() });
    const cookie = browser.clone();
    await browser.request(sessions, (session) => session.destroy());
    expect(browser.cookieHeader).toBe("");
    expect(await application.records()).toEqual([]);
    expect(await all()).toEqual({});
    expect(await cookie.request(sessions, (session) => session.all())).toEqual({});
  });

  test("[G14] destroyed and begun again in one request, no old key survives", async () => {
    const { application, browser, sessions, all } = await begun({ old: 1 });
    const before = await browser.request(sessions, (session) => session.id);
    await browser.request(sessions, async (session) => {
      await session.destroy();
      expect(session.active).toBe(false);
      await session.set("new", 2);
      expect(session.id).not.toBe(before);
      expect(await session.all()).toEqual({ new: 2 });
    });
    expect(await all()).toEqual({ new: 2 });
    expect(await application.records()).toHaveLength(onServer ? 1 : 0);
  });

  test("[G15] [A18] a new id, with the same data, expiry and number of rows, and there on the next request", async () => {
    const { application, browser, sessions, all } = await begun({ a: 1, text: bulk() });
    const look = (session: { id: string | undefined; expiresAt: Date | undefined }) => [session.id, session.expiresAt];
    const [id, expiry] = await browser.request(sessions, look);
    const rows = (await application.records()).length;
    travel("1h");
    await browser.request(sessions, (session) => session.regenerateId());
    const [newId, newExpiry] = await browser.request(sessions, look);
    expect(newId).not.toBe(id);
    expect(newExpiry).toEqual(expiry);
    expect(await all()).toMatchObject({ a: 1 });
    expect(await application.records()).toHaveLength(rows);
  });

  test("[G16] a new id with an expiry has that expiry", async () => {
    const { browser, sessions } = await begun({ a: 1 });
    const expiresAt = new Date(Date.now() + 3_600_000);
    await browser.request(sessions, (session) => session.regenerateId({ expiresAt }));
    await browser.request(sessions, (session) => {
      expect(session).toMatchObject({ expiresAt, idleExpiresAt: expiresAt });
    });
    travel("1h");
    expect(await browser.request(sessions, (session) => session.active)).toBe(false);
  });

  test("[G17] [A16] get with a fallback, has, pop twice, delete, and reading what was deleted", async () => {
    const { browser, sessions } = await begun({ a: 1, b: 2 });
    await browser.request(sessions, async (session) => {
      expect(await session.get("absent")).toBeUndefined();
      expect(await session.get("absent", "fallback")).toBe("fallback");
      expect([await session.has("a"), await session.has("absent")]).toEqual([true, false]);
      expect(await session.pop("a")).toBe(1);
      expect(await session.pop("a")).toBeUndefined();
      expect(await session.pop("a", "fallback")).toBe("fallback");
      expect([await session.delete("b"), await session.delete("b")]).toEqual([true, false]);
      expect(await session.get("b")).toBeUndefined();
    });
    expect(await browser.request(sessions, (session) => session.all())).toEqual({});
  });

  test("[G18] [A17] clear takes the values and keeps the session", async () => {
    const { browser, sessions, all } = await begun({ a: 1, text: bulk() });
    const id = await browser.request(sessions, (session) => session.id);
    await browser.request(sessions, (session) => session.clear());
    expect(await all()).toEqual({});
    await browser.request(sessions, (session) => expect(session).toMatchObject({ active: true, id }));
  });

  test("[G19] [F4] a model, an object, an array, a set and a tuple come back as they were", async () => {
    const model = { id: 7n, price: new Decimal("9.95"), at: new Date(0), bytes: new Uint8Array([1, 2]) };
    const values = { model, object: { a: { b: null } }, array: [1, [2]], set: new Set(["x"]), tuple: ["a", 1, true] };
    const { browser, sessions, all } = await begun(values);
    expect(await all()).toEqual(values);
    await browser.request(sessions, (session) => session.set("text", bulk()));
    expect(await all()).toMatchObject(values);
  });

  test("[G25] an expired session is inactive", async () => {
    const { application, browser, sessions, all } = await begun({ a: 1 });
    const stolen = browser.cookieHeader;
    travel("7d");
    expect(await all()).toEqual({});
    const { session } = await sessions.open(new Headers({ cookie: stolen }));
    expect([session.active, await session.get("a")]).toEqual([false, undefined]);
    expect(application.rejected).toContain("expired");
  });

  test("[G26] [F15] of 20 sessions, 5 expired: cleanup leaves 15, and every one of them works", async () => {
    const { application, sessions } = await begun();
    const begin = () =>
      Promise.all(
        Array.from({ length: 5 }, async () => {
          const browser = application.browser();
          await browser.request(sessions, (session) => session.set("text", bulk(7000)));
          return browser;
        }),
      );
    travel("-31d");
    await begin();
    travel("31d");
    const live = [...(await begin()), ...(await begin()), ...(await begin())];
    const { deleted } = await sessions.sessions.cleanup();
    expect(deleted).toBe(tiers === "cookie+kv" ? 0 : 5); // a cache lets go of them by itself
    expect(await application.records()).toHaveLength(15);
    for (const browser of live) expect(await browser.request(sessions, (session) => session.has("text"))).toBe(true);
  });

  test("[F13] [B1] the cookie threshold decides where a session is held, and 0 turns cookies off", async () => {
    const { browser, sessions } = await begun({ text: "x".repeat(2000) });
    const place = () => browser.request(sessions, (session) => session.placement);
    expect(await place()).toBe(onServer ? "server" : "cookie");
    await browser.request(sessions, (session) => session.set("text", "x".repeat(cookieThreshold + 1)));
    expect(await place()).toBe("server");
  });
});
