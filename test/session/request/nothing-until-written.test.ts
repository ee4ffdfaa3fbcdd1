import { afterEach, describe, expect, test, vi } from "vitest";
import { bulk, DEPLOYMENTS, deploy, WITH_SERVER } from "../../support/deployments.js";

afterEach(() => {
  vi.unstubAllEnvs();
});

describe.each(DEPLOYMENTS)("with %s", (tiers) => {
  test("Rule 1: a visitor who only reads leaves no cookie and no row, and causes no store call", async () => {
    const application = deploy({ tiers });
    const browser = application.browser();
    await browser.request(application.sessions, async (session) => {
      expect(await session.get("cart", "none")).toBe("none");
      expect(await session.has("cart")).toBe(false);
      expect(await session.keys()).toEqual([]);
      expect(await session.all()).toEqual({});
      expect(await session.size()).toBe(0);
      expect(await session.flashes()).toEqual([]);
      expect(session.active).toBe(false);
    });
    expect(browser.lastSetCookies).toEqual([]);
    expect(application.wire.calls).toEqual([]);
    expect(application.events).toEqual([]);
  });

  test("Rule 1: taking away what is not there starts nothing", async () => {
    const application = deploy({ tiers });
    const browser = application.browser();
    await browser.request(application.sessions, async (session) => {
      expect(await session.delete("cart")).toBe(false);
      expect(await session.pop("cart", "none")).toBe("none");
      expect(await session.popQuick("cart", "none")).toBe("none");
      expect(await session.update("cart", (cart) => cart)).toBeUndefined();
      await session.clear();
      await session.commit();
      expect(session.active).toBe(false);
    });
    expect(browser.lastSetCookies).toEqual([]);
    expect(application.wire.calls).toEqual([]);
  });

  test("Rule 1: ending a session that is not there asks nobody", async () => {
    const application = deploy({ tiers });
    const browser = application.browser();
    await browser.request(application.sessions, async (session) => {
      await session.logout();
      await session.destroy();
    });
    expect(browser.lastSetCookies).toEqual([]);
    expect(application.wire.calls).toEqual([]);
  });

  test("Rule 1: what encodes to the bytes that were loaded writes nothing", async () => {
    const application = deploy({ tiers });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set({ theme: "dark", cart: [{ id: 1 }] }));
    application.wire.take();
    await browser.request(application.sessions, async (session) => {
      await session.set("theme", "dark");
      await session.set("cart", [{ id: 1 }]);
      await session.update("theme", (theme) => theme);
      expect(await session.setDefault("theme", "light")).toBe("dark");
      expect(await session.delete("absent")).toBe(false);
    });
    expect(browser.lastSetCookies).toEqual([]);
    expect(application.wire.take()).toEqual([]);
  });
});

test.each(WITH_SERVER)("Rule 1: a large session that is written as it was is not written (%s)", async (tiers) => {
  const application = deploy({ tiers });
  const browser = application.browser();
  const text = bulk();
  await browser.request(application.sessions, (session) => session.set("text", text));
  application.wire.take();
  await browser.request(application.sessions, (session) => session.set("text", text));
  expect(browser.lastSetCookies).toEqual([]);
  expect(application.wire.take()).toEqual([tiers === "cookie+db" ? "store.get" : "cache.read"]);
});

test("Rule 1: in development, an edit in place of what was read is an error", async () => {
  vi.stubEnv("NODE_ENV", "development");
  const application = deploy();
  const browser = application.browser();
  await browser.request(application.sessions, (session) => session.set("cart", { lines: [1], at: new Date(0) }));
  await browser.request(application.sessions, async (session) => {
    const cart = (await session.get("cart")) as { lines: number[]; at: Date };
    expect(() => cart.lines.push(2)).toThrow(TypeError);
    expect(() => cart.at.setTime(1)).toThrow(/cannot be changed in place/);
  });
});
