import { beforeEach, describe, expect, test } from "vitest";
import { bulk, DEPLOYMENTS, deploy, WITH_SERVER } from "../support/deployments.js";
import { stopTime, travel } from "../support/fake-time.js";
import { slidingResponse } from "../session/token/sliding.js";
import { begun } from "./begun.js";

const DAY = 86_400_000;

beforeEach(() => {
  stopTime();
});

test.each(DEPLOYMENTS)(
  "[F1] a session in the cookie is read and written without any store call (%s)",
  async (tiers) => {
    const { application, browser, sessions } = await begun({ tiers });
    application.wire.calls.length = 0;
    for (let n = 0; n < 5; n++) {
      await browser.request(sessions, async (session) => {
        await session.update("n", (value) => ((value as number) ?? 0) + 1);
        expect(await session.get("n")).toBe(n + 1);
      });
    }
    // Not even for the epoch, which was asked for when the session began, less than `revocationDelay` ago.
    expect(application.wire.calls).toEqual([]);
  },
);

test("[F2] the cache answers in front of the database, and a miss refills it", async () => {
  const { application, browser, sessions } = await begun({}, { text: bulk() });
  const read = () => browser.request(sessions, (session) => session.has("text"));
  await read();
  expect(application.wire.take()).toEqual(["cache.read"]);
  application.flushCache();
  await read();
  expect(application.wire.take()).toEqual(["cache.read", "store.get", "cache.write"]);
  await read();
  expect(application.wire.take()).toEqual(["cache.read"]);
});

test.each(WITH_SERVER)("[F5] what changed is written once in a request, and only if it changed (%s)", async (tiers) => {
  const { application, browser, sessions } = await begun({ tiers, server: { cookieThreshold: 0 } });
  const request = () => new Request("https://app.example/", { headers: browser.headers });
  await sessions.handle(request(), async (session) => {
    for (const n of [1, 2, 3]) await session.set("n", n);
    await session.delete("a");
    return new Response();
  });
  const [record] = await application.records();
  expect(record).toMatchObject({ version: 2, data: 'j{"n":3}' });
  await sessions.handle(request(), async (session) => {
    await session.set("n", 4);
    await session.set("n", 3);
    return new Response();
  });
  expect(await application.records()).toEqual([record]);
});

test.each(DEPLOYMENTS)("[F6] a session that a request does not use costs it nothing (%s)", async (tiers) => {
  const { application, browser, sessions } = await begun(
    { tiers },
    { text: "x".repeat(tiers === "cookie" ? 9 : 9000) },
  );
  await browser.request(sessions, (session) => {
    expect(session.active).toBe(true);
  });
  expect(application.wire.take()).toEqual([]);
  expect(browser.lastSetCookies).toEqual([]);
});

describe("[F7] attacks", () => {
  test("[F7] fixation: a session that was planted is not the one that signs in", async () => {
    const { application, browser: attacker, sessions } = await begun();
    const victim = application.browser();
    victim.plant("__Host-session", attacker.cookies["__Host-session"]);
    await victim.request(sessions, (session) => session.login("ada"));
    expect(await victim.request(sessions, (session) => session.userId)).toBe("ada");
    expect(await attacker.request(sessions, (session) => session.userId)).toBeUndefined();
    await attacker.request(sessions, (session) => session.set("planted", true));
    expect(await victim.request(sessions, (session) => session.has("planted"))).toBe(false);
  });

  test("[F7] hijacking: a cookie bound to its browser is worthless in another", async () => {
    const { application, sessions } = await begun({
      define: { clientAddress: "vercel", bind: { userAgent: true, ip: true } },
    });
    const own = { "user-agent": "Firefox", "x-vercel-forwarded-for": "203.0.113.7" };
    const browser = application.browser(own);
    await browser.request(sessions, (session) => session.set("a", 1));
    expect(await browser.request(sessions, (session) => session.get("a"))).toBe(1);
    const thief = browser.clone({ ...own, "user-agent": "curl" });
    expect(await thief.request(sessions, (session) => session.active)).toBe(false);
  });

  test("[F7] scripts: no session cookie can be read by one", async () => {
    const { application, browser } = await begun({ server: { cookieThreshold: 6144 } }, { text: bulk(4000) });
    travel("1d");
    const slid = await slidingResponse(application.definition, browser.headers);
    expect(slid).toHaveLength(1);
    for (const cookie of [...browser.lastSetCookies, ...slid]) expect(cookie).toMatch(/; HttpOnly/);
  });
});

test("[F9] the dictionary: every way to read and write, and attributes by destructuring", async () => {
  const { browser, sessions } = await begun({}, { a: 1, b: 2 });
  await browser.request(sessions, async (session) => {
    await session.set({ c: 3, d: 4 });
    expect(await session.keys()).toEqual(["a", "b", "c", "d"]);
    expect(await session.values()).toEqual([1, 2, 3, 4]);
    expect(await session.entries()).toContainEqual(["d", 4]);
    expect(await session.size()).toBe(4);
    expect(await session.setDefault("a", 9)).toBe(1);
    expect(await session.setDefault("e", 5)).toBe(5);
    expect(await session.update("e", () => undefined)).toBeUndefined();
    const { a, b, e } = await session.all();
    expect([a, b, e]).toEqual([1, 2, undefined]);
  });
});

test.each(DEPLOYMENTS)("[F10] a session begins with its first assignment (%s)", async (tiers) => {
  const application = deploy({ tiers });
  const browser = application.browser();
  await browser.request(application.sessions, async (session) => {
    await session.get("a");
    expect(session.active).toBe(false);
    await session.set("a", undefined);
    expect(session.active).toBe(true);
  });
  expect(application.heard).toEqual(["created"]);
});

test("[F11] [F23] [A7] a session is over after 7 days of rest, 30 in all, or what is configured", async () => {
  for (const [define, idle, absolute] of [
    [{}, 7 * DAY, 30 * DAY],
    [{ idleTimeout: "1h", lifetime: "2h" }, DAY / 24, DAY / 12],
  ] as const) {
    const { browser, sessions } = await begun({ define });
    await browser.request(sessions, ({ idleExpiresAt, expiresAt }) => {
      expect(idleExpiresAt?.getTime()).toBe(Date.now() + idle);
      expect(expiresAt?.getTime()).toBe(Date.now() + absolute);
    });
    travel(idle);
    expect(await browser.request(sessions, (session) => session.active)).toBe(false);
  }
});

test("[F14] without a database the cache holds it all, and two writers still do not overwrite each other", async () => {
  const { browser, sessions } = await begun({ tiers: "cookie+kv" }, { text: bulk(), n: 0 });
  const tabs = [1, 2, 3].map(() => browser.clone());
  await Promise.all(
    tabs.map((tab, at) =>
      tab.request(sessions, (session) =>
        Promise.all([session.update("n", (n) => (n as number) + 1), session.set(`tab${at}`, at)]),
      ),
    ),
  );
  expect(await browser.request(sessions, (session) => session.all())).toMatchObject({
    n: 3,
    tab0: 0,
    tab1: 1,
    tab2: 2,
  });
});

test.each(WITH_SERVER)(
  "[F30] [A23] an anonymous session in the cookie becomes durable when its user signs in (%s)",
  async (tiers) => {
    const { application, browser, sessions } = await begun({ tiers }, { cart: ["x"] });
    expect(await application.records()).toEqual([]);
    await browser.request(sessions, (session) => session.login("ada"));
    expect((await application.records()).map(({ userId }) => userId)).toEqual(["ada"]);
    expect(await browser.request(sessions, (session) => session.get("cart"))).toEqual(["x"]);
  },
);

test("[F33] [B2] requests at the same time share nothing", async () => {
  const { application, sessions } = await begun();
  const people = Array.from({ length: 50 }, (_, n) => ({ n, browser: application.browser() }));
  await Promise.all(
    people.map(({ n, browser }) =>
      browser.request(sessions, async (session) => {
        await session.set("n", n);
        await session.login(`user${n}`);
        await session.set("text", n % 2 ? "short" : bulk());
      }),
    ),
  );
  await Promise.all(
    people.map(({ n, browser }) =>
      browser.request(sessions, async (session) => {
        expect(await session.get("n")).toBe(n);
        expect(session.userId).toBe(`user${n}`);
      }),
    ),
  );
});
