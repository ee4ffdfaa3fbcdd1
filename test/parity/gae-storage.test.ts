import { beforeEach, expect, test } from "vitest";
import { bulk, deploy as deployPlain, newSecret } from "../support/deployments.js";
import type { FakeBrowser } from "../support/fake-browser.js";
import { stopTime, travel } from "../support/fake-time.js";
import { describeConfigured } from "./configurations.js";

const KB = 1024;

describeConfigured(({ tiers, onServer, cookieThreshold, deploy }) => {
  beforeEach(() => {
    stopTime();
  });

  async function begun(values: Record<string, unknown> = {}, server = {}) {
    const application = deploy({ server });
    const browser = application.browser();
    const { sessions } = application;
    if (Object.keys(values).length > 0) await browser.request(sessions, (session) => session.set(values));
    application.wire.take();
    const all = () => browser.request(sessions, (session) => session.all());
    return { application, browser, sessions, all };
  }

  test("[G1] a missing secret refuses to start", () => {
    expect(() => deploy({ define: { secret: undefined } })).toThrow(/`secret`.*is missing.*SESSION_SECRET/s);
    expect(() => deploy({ define: { secret: [] } })).toThrow(/`secret`.*is missing/);
  });

  test("[G2] a short secret refuses to start, too", () => {
    expect(() => deploy({ define: { secret: "x".repeat(31) } })).toThrow(/at least 32 characters/);
  });

  test("[G3] 32 characters are enough", async () => {
    const application = deploy({ define: { secret: newSecret().slice(0, 32) } });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set("a", 1));
    expect(await browser.request(application.sessions, (session) => session.get("a"))).toBe(1);
  });

  test("[G4] the secret is needed whatever the threshold, also where no cookie holds any data", () => {
    expect(() => deploy({ define: { secret: undefined }, server: {} })).toThrow(
      expect.objectContaining({ code: "config", option: "secret" }),
    );
  });

  test("[G20] [F8] a quick value is there at once and on the next request, and `popQuick` takes it", async () => {
    const { browser, sessions } = await begun();
    await browser.request(sessions, async (session) => {
      await session.setQuick("seen", 1);
      expect(session.active).toBe(true);
      expect(await session.get("seen")).toBe(1);
    });
    await browser.request(sessions, async (session) => {
      expect(await session.get("seen")).toBe(1);
      expect(await session.popQuick("seen")).toBe(1);
      expect(await session.popQuick("seen", "none")).toBe("none");
      expect(await session.has("seen")).toBe(false);
    });
    expect(await browser.request(sessions, (session) => session.get("seen"))).toBeUndefined();
  });

  test("[F8] however many quick values, the database is asked for nothing", async () => {
    const { application, browser, sessions } = await begun({ text: bulk() });
    for (let n = 0; n < 5; n++) await browser.request(sessions, (session) => session.setQuick("n", n));
    expect(application.wire.take().filter((call) => call.startsWith("store"))).toEqual([]);
    expect(await browser.request(sessions, (session) => session.get("n"))).toBe(4);
  });

  test("[G21] flushing the cache loses quick values, unless they sit in the cookie", async () => {
    const { application, browser, sessions } = await begun();
    await browser.request(sessions, (session) => session.setQuick("seen", 1));
    application.flushCache();
    expect(await browser.request(sessions, (session) => session.get("seen"))).toBe(onServer ? undefined : 1);
  });

  test("[G22] a quick value together with a normal write is durable", async () => {
    const { application, browser, sessions } = await begun();
    await browser.request(sessions, (session) =>
      Promise.all([session.setQuick("seen", 1), session.set("text", bulk())]),
    );
    await browser.request(sessions, (session) => session.setQuick("later", 2));
    await browser.request(sessions, (session) => session.set("more", 3));
    if (tiers === "cookie+kv+db") application.flushCache();
    expect(await browser.request(sessions, (session) => session.all())).toMatchObject({ seen: 1, later: 2, more: 3 });
  });

  test("[G23] a flush loses a session that only the cache holds: after 10 s of lag it is over, and the next has another id", async () => {
    const { application, browser, sessions, all } = await begun({ text: bulk() });
    const id = await browser.request(sessions, (session) => session.id);
    application.flushCache();
    if (tiers === "cookie+kv+db") {
      expect(await all()).toMatchObject({ text: expect.any(String) });
      return;
    }
    await expect(all()).rejects.toMatchObject({ code: "store" });
    travel(10_001);
    expect(await all()).toEqual({});
    await browser.request(sessions, async (session) => {
      await session.set("a", 1);
      expect(session.id).not.toBe(id);
    });
    expect(await all()).toEqual({ a: 1 });
  });

  test.each([1, 4, 16, 64, 256, 1000])(
    "[G24] [F12] [B7] %s KB are stored, and read back as they were",
    async (size) => {
      const text = bulk(size * KB);
      const { browser, sessions, all } = await begun({ text });
      const read = await all();
      expect(read.text === text).toBe(true);
      const expected = size * KB > cookieThreshold || onServer ? "server" : "cookie";
      if (size !== 4) expect(await browser.request(sessions, (session) => session.placement)).toBe(expected);
    },
  );

  test("[G24] what is over `maxSize` is refused before anything is written, and the old state stands", async () => {
    const { application, browser, sessions, all } = await begun({ a: 1 });
    const before = browser.cookieHeader;
    const refused = browser.request(sessions, (session) => session.set("text", bulk(KB * KB)));
    await expect(refused).rejects.toMatchObject({ code: "too-large" });
    expect(application.wire.take().filter((call) => !/read|get/.test(call))).toEqual([]);
    expect(browser.cookieHeader).toBe(before);
    expect(await all()).toEqual({ a: 1 });
  });

  test("[F12] `maxSize` may be raised", async () => {
    const text = bulk(3 * KB * KB);
    const { all } = await begun({ text }, { maxSize: 4 * KB * KB });
    expect((await all()).text === text).toBe(true);
  });

  const DAMAGE = [
    ["[G27] reversed id", (value: string) => [...value].reverse().join("")],
    ["[G28] swapped payload", (value: string, other: string) => swapped(value, other)],
    ["[G29] bad base64", (value: string) => value.replace(/.{5}$/, "!!!!!")],
    ["[G30] `blah`", () => "blah"],
  ] as const;

  test.each(DAMAGE)("%s: inactive, and no crash", async (_title, spoil) => {
    const { application, browser, sessions, all } = await begun({ a: 1 });
    const other = application.browser();
    await other.request(sessions, (session) => session.set("a", 2));
    application.wire.take();
    browser.plant("__Host-session", spoil(value(browser), value(other)));
    await browser.request(sessions, async (session) => {
      expect(session.active).toBe(false);
      expect(await session.all()).toEqual({});
    });
    expect(application.wire.take()).toEqual([]);
    await browser.request(sessions, (session) => session.set("b", 3));
    expect(await all()).toEqual({ b: 3 });
  });

  test("[G31] [F22] a chunked cookie that grows past its budget: the data cookies are expired, and the data is on the server", async () => {
    const { application, browser, sessions, all } = await begun({ text: bulk(4000) });
    const chunks = () => Object.keys(browser.cookies).filter((name) => /\.\d$/.test(name));
    expect(chunks()).toEqual(cookieThreshold === 6144 ? ["__Host-session.1"] : []);
    const text = bulk(16_000);
    await browser.request(sessions, (session) => session.set("text", text));
    expect(chunks()).toEqual([]);
    expect(browser.cookieHeader.length).toBeLessThan(700);
    expect(await application.records()).toHaveLength(1);
    expect(await all()).toEqual({ text });
  });
});

test("[G24] without a server, a cookie holds up to its budget, and refuses what is over it before anything is written", async () => {
  const application = deployPlain({ tiers: "cookie" });
  const browser = application.browser();
  const text = bulk(4 * KB);
  await browser.request(application.sessions, (session) => session.set("text", text));
  const refused = browser.request(application.sessions, (session) => session.set("more", bulk(2 * KB)));
  await expect(refused).rejects.toMatchObject({ code: "too-large" });
  expect(await browser.request(application.sessions, (session) => session.all())).toEqual({ text });
});

function value(browser: FakeBrowser): string {
  return browser.cookies["__Host-session"] ?? "";
}

/** A seal with the payload of another one. */
function swapped(seal: string, other: string): string {
  const parts = seal.split("*");
  parts[4] = other.split("*")[4] ?? "";
  return parts.join("*");
}
