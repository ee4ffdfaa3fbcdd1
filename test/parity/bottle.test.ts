import { beforeEach, expect, test } from "vitest";
import { bulk, deploy, WITH_SERVER } from "../support/deployments.js";
import { stopTime, travel } from "../support/fake-time.js";
import { slidingResponse } from "../session/token/sliding.js";

beforeEach(() => {
  stopTime();
});

test.each([...WITH_SERVER])("[B2] no request sees what another has written and not committed (%s)", async (tiers) => {
  const application = deploy({ tiers, server: { cookieThreshold: 0 } });
  const browser = application.browser();
  const { sessions } = application;
  await browser.request(sessions, (session) => session.set("n", 1));
  const request = () => new Request("https://app.example/", { headers: browser.headers });
  await sessions.handle(request(), async (session) => {
    await session.set("n", 2);
    const elsewhere = await sessions.open(browser.headers);
    expect(await elsewhere.session.get("n")).toBe(1);
    expect(await session.get("n")).toBe(2);
    return new Response();
  });
  const value = (await browser.request(sessions, (session) => session.get("n"))) as unknown;
  expect(value).toBe(2);
});

test.each(WITH_SERVER)("[B3] whoever comes with an id that has no row is not given one (%s)", async (tiers) => {
  const application = deploy({ tiers });
  const browser = application.browser();
  await browser.request(application.sessions, (session) => session.set("text", bulk()));
  const [before] = await application.records();
  const thief = browser.clone();
  await browser.request(application.sessions, (session) => session.destroy());
  travel("11s");
  await thief.request(application.sessions, async (session) => {
    await session.set("a", 1);
    await session.commit({ placement: "server" });
  });
  const [after, ...others] = await application.records();
  expect(others).toEqual([]);
  expect(after?.key).not.toBe(before?.key);
  expect(after?.idHash).not.toBe(before?.idHash);
  expect(await thief.request(application.sessions, (session) => session.all())).toEqual({ a: 1 });
});

test.each(["cookie+db", "cookie+kv+db"] as const)(
  "[B4] cleanup goes by the deadline, not by the last write: a session that is only read and slid is never taken (%s)",
  async (tiers) => {
    const application = deploy({ tiers });
    const browser = application.browser();
    const { sessions } = application;
    await browser.request(sessions, (session) => session.set("text", bulk()));
    const [{ version } = { version: 0 }] = await application.records();
    for (let day = 0; day < 29; day++) {
      travel("1d");
      browser.receive(await slidingResponse(application.definition, browser.headers));
      expect(await sessions.sessions.cleanup()).toEqual({ deleted: 0, complete: true });
      if (day % 5 === 0) expect(await browser.request(sessions, (session) => session.has("text"))).toBe(true);
    }
    expect(await application.records()).toMatchObject([{ version }]);
    travel("2d");
    expect(await sessions.sessions.cleanup()).toEqual({ deleted: 1, complete: true });
  },
);

test.each(WITH_SERVER)("[B5] activity extends the idle deadline, from now on (%s)", async (tiers) => {
  const application = deploy({ tiers, define: { idleTimeout: "1h", slideEvery: 0 } });
  const browser = application.browser();
  await browser.request(application.sessions, (session) => session.set("text", bulk()));
  const idle = () => browser.request(application.sessions, (session) => session.idleExpiresAt?.getTime());
  for (const _ of [1, 2, 3]) {
    travel("50m");
    browser.receive(await slidingResponse(application.definition, browser.headers));
    expect(await idle()).toBe(Date.now() + 3_600_000);
  }
  travel("1h");
  expect(await idle()).toBeUndefined();
});

test.each(WITH_SERVER)(
  "[B6] a failing read never becomes an empty session that overwrites the real one (%s)",
  async (tiers) => {
    const application = deploy({ tiers });
    const browser = application.browser();
    const { sessions } = application;
    await browser.request(sessions, (session) => session.set({ text: bulk(), n: 1 }));
    if (tiers === "cookie+kv+db") application.flushCache();
    const request = new Request("https://app.example/", { headers: browser.headers });
    application.wire.cut(tiers === "cookie+kv" ? "cache.read" : "store.get");
    const failed = sessions.handle(request, async (session) => {
      const n = await session.get("n", 0).catch(() => 0); // what a careless application does
      await session.set("n", (n as number) + 1);
      return new Response();
    });
    await expect(failed).rejects.toMatchObject({ code: "store" });
    application.wire.mend();
    expect(await browser.request(sessions, (session) => session.all())).toMatchObject({
      n: 1,
      text: expect.any(String),
    });
  },
);
