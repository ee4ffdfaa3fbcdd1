import { afterEach, describe, expect, test, vi } from "vitest";
import { bulk, deploy, WITH_SERVER } from "../../support/deployments.js";

const request = (browser: { headers: Headers }) => new Request("https://app.example/", { headers: browser.headers });

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe.each(WITH_SERVER)("with %s", (tiers) => {
  const writes = (calls: string[]) => calls.filter((call) => !/get|read/.test(call)).length;
  // The database, then the cache; in a cache alone what leads to an entry, then the entry.
  const perCommit = tiers === "cookie+db" ? 1 : 2;

  function server() {
    const application = deploy({ tiers, server: { cookieThreshold: 0 } });
    return { application, browser: application.browser(), sessions: application.sessions };
  }

  test("Rule 3: a mutation resolves when it is durable", async () => {
    const { application, browser, sessions } = server();
    await browser.request(sessions, async (session) => {
      expect(await session.set("a", 1)).toEqual({ durable: true });
      expect(await application.records()).toHaveLength(1);
    });
  });

  test("Rule 3: mutations of one tick are one commit", async () => {
    const { application, browser, sessions } = server();
    await browser.request(sessions, async (session) => {
      await Promise.all([
        session.set("a", 1),
        session.update("n", (n) => ((n as number) ?? 0) + 1),
        session.delete("x"),
      ]);
    });
    expect(writes(application.wire.take())).toBe(perCommit);
    expect((await application.records()).map(({ version }) => version)).toEqual([1]);
  });

  test("Rule 3: a handler's mutations are one commit, when it has returned", async () => {
    const { application, browser, sessions } = server();
    const response = await sessions.handle(request(browser), async (session) => {
      await session.set("a", 1);
      await session.set("b", 2);
      expect(await session.update("a", (a) => (a as number) + 1)).toBe(2);
      expect(await session.get("a")).toBe(2);
      expect(application.wire.take()).toEqual([]);
      return new Response("done");
    });
    expect(writes(application.wire.take())).toBe(perCommit);
    browser.receive(response.headers.getSetCookie());
    expect(await browser.request(sessions, (session) => session.all())).toEqual({ a: 2, b: 2 });
  });

  test("Rule 3: a handler that throws commits nothing", async () => {
    const { application, browser, sessions } = server();
    const failed = sessions.handle(request(browser), async (session) => {
      await session.set("a", 1);
      throw new Error("mine");
    });
    await expect(failed).rejects.toThrow("mine");
    expect(await application.records()).toEqual([]);
  });

  test("Rule 3: a commit that fails replaces the handler's result", async () => {
    const { application, browser, sessions } = server();
    application.wire.cut(tiers === "cookie+kv" ? "cache" : "store");
    const failed = sessions.handle(request(browser), async (session) => {
      await session.set("a", 1);
      return new Response("saved!");
    });
    await expect(failed).rejects.toMatchObject({ code: "store" });
  });

  test.each(["login", "regenerateId", "pop", "commit"] as const)(
    "Rule 3: %s commits at once inside a handler, with what was recorded before",
    async (method) => {
      const { application, browser, sessions } = server();
      await sessions.handle(request(browser), async (session) => {
        await session.set("a", 1);
        await (method === "login" ? session.login("ada") : method === "pop" ? session.pop("b") : session[method]());
        const [record] = await application.records();
        expect(record?.data).toContain('"a":1');
        return new Response();
      });
    },
  );

  test("Rule 3: destroy ends the session at once, and drops what was recorded before it", async () => {
    const { application, browser, sessions } = server();
    await browser.request(sessions, (session) => session.set("a", 1));
    const response = await sessions.handle(request(browser), async (session) => {
      await session.set("b", 2);
      await session.destroy();
      expect(await application.records()).toEqual([]);
      return new Response();
    });
    browser.receive(response.headers.getSetCookie());
    expect(browser.cookies).toEqual({});
    expect(await application.records()).toEqual([]);
  });

  test("Rule 3: the result is that of the replay that committed", async () => {
    const { browser, sessions } = server();
    await browser.request(sessions, (session) => session.set({ n: 1, gone: true }));
    const increment = (value: unknown) => (value as number) + 1;
    const both = await Promise.all([
      browser.request(sessions, (session) => session.update("n", increment)),
      browser.clone().request(sessions, (session) => session.update("n", increment)),
    ]);
    expect(both.sort()).toEqual([2, 3]);
    const taken = await Promise.all([
      browser.request(sessions, (session) => session.pop("gone")),
      browser.clone().request(sessions, (session) => session.pop("gone")),
    ]);
    expect(taken.filter(Boolean)).toHaveLength(1);
  });

  test("Rule 3: what a failed commit held is not carried along by the next", async () => {
    const { application, browser, sessions } = server();
    await browser.request(sessions, async (session) => {
      application.wire.cut(tiers === "cookie+kv" ? "cache" : "store");
      await expect(session.set("lost", 1)).rejects.toMatchObject({ code: "store" });
      application.wire.mend();
      await session.set("kept", 2);
      expect(await session.all()).toEqual({ kept: 2 });
    });
    expect(await browser.request(sessions, (session) => session.all())).toEqual({ kept: 2 });
  });

  test("Rule 3: in development, a mutation that nobody awaited is reported with its key", async () => {
    vi.stubEnv("NODE_ENV", "development");
    const reported = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const { application, browser, sessions } = server();
    application.wire.trouble = () => new Promise((resolve) => setTimeout(resolve, 5));
    const { session } = await sessions.open(browser.headers);
    session.set("cart", 1);
    await vi.waitFor(() => expect(reported).toHaveBeenCalledTimes(1));
    expect(reported.mock.calls[0]?.[0]).toMatch(/session\.set\("cart"\) was not awaited.*withSession/s);
    await session.set("cart", 2);
    expect(reported).toHaveBeenCalledTimes(1);
  });
});

test("Rule 3: a value that cannot be kept takes the whole commit down, and nothing is written", async () => {
  const application = deploy({ tiers: "cookie+db", server: { maxSize: 2048 } });
  const browser = application.browser();
  await browser.request(application.sessions, async (session) => {
    await session.set("a", 1);
    const both = await Promise.allSettled([session.set("b", 2), session.set("text", bulk(4000))]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await session.all()).toEqual({ a: 1 });
  });
});
