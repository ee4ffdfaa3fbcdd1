import { describe, expect, test } from "vitest";
import { bulk, deploy, newSecret, WITH_SERVER } from "../../support/deployments.js";
import { stopTime, travel } from "../../support/fake-time.js";
import type { Call } from "../../support/wire.js";
import { arbiterOf, increment, recordWrites, withoutPauses } from "./arbiter.js";

withoutPauses();

describe.each(WITH_SERVER)("with %s", (tiers) => {
  const arbiter = arbiterOf(tiers);

  const isWrite = recordWrites(tiers);

  async function server(values: Record<string, unknown> = { n: 0 }) {
    const options = { tiers, define: { secret: newSecret() }, server: { cookieThreshold: 0 } };
    const application = deploy(options);
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set(values));
    application.wire.take();
    const { sessions, store, cache } = application;
    // Another process of the same application: it does not know whose turn it is at a row.
    const other = deploy({ ...options, ...(store && { store }), ...(cache && { newCache: () => cache }) });
    return { application, other, browser, sessions, elsewhere: other.sessions };
  }

  /** What the arbiter has, as a browser sees it. */
  const all = async ({ browser, sessions }: Awaited<ReturnType<typeof server>>) =>
    browser.request(sessions, (session) => session.all());

  test("Rule 8: a commit writes where key and version stand, and raises the version by one", async () => {
    const { application, browser, sessions } = await server();
    for (const version of [2, 3, 4]) {
      await browser.request(sessions, (session) => session.update("n", increment));
      expect((await application.records()).map((record) => record.version)).toEqual([version]);
    }
  });

  test("Rule 8: tabs that write different keys at the same time all keep theirs", async () => {
    const deployed = await server();
    const keys = ["a", "b", "c", "d", "e"];
    const { application, other, browser, sessions, elsewhere } = deployed;
    await Promise.all(
      keys.map((key, i) => browser.clone().request(i % 2 ? elsewhere : sessions, (session) => session.set(key, key))),
    );
    expect(await all(deployed)).toEqual({ n: 0, a: "a", b: "b", c: "c", d: "d", e: "e" });
    expect([...application.heard, ...other.heard]).toContain("conflict");
  });

  test("Rule 8: requests that meet in one process commit one after the other, and write once each", async () => {
    const deployed = await server();
    const { application, browser, sessions } = deployed;
    const tabs = Array.from({ length: 6 }, () => browser.clone());
    const before = application.wire.calls.length;
    await Promise.all(tabs.map((tab) => tab.request(sessions, (session) => session.update("n", increment))));
    expect(application.heard).not.toContain("conflict");
    expect(application.wire.calls.slice(before).filter(isWrite)).toHaveLength(6);
    expect(await all(deployed)).toEqual({ n: 6 });
  });

  test("Rule 8: increments at the same time lose nothing", async () => {
    const deployed = await server();
    const { browser, sessions, elsewhere } = deployed;
    const tabs = Array.from({ length: 6 }, () => browser.clone());
    const results = await Promise.all(
      tabs.map((tab, i) => tab.request(i % 2 ? elsewhere : sessions, (session) => session.update("n", increment))),
    );
    expect(results.sort()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await all(deployed)).toEqual({ n: 6 });
  });

  test("Rule 8: clear and delete are done again on what the other request wrote", async () => {
    const deployed = await server({ a: 1, b: 2 });
    const response = await deployed.browser.send(deployed.sessions, async (session) => {
      await session.get("a");
      await deployed.browser.clone().request(deployed.sessions, (other) => other.set({ a: 5, c: 3 }));
      await session.delete("a");
    });
    response.deliver();
    expect(await all(deployed)).toEqual({ b: 2, c: 3 });
    await deployed.browser.request(deployed.sessions, async (session) => {
      await session.get("b");
      await deployed.browser.clone().request(deployed.sessions, (other) => other.set("d", 4));
      await Promise.all([session.clear(), session.set("last", 1)]);
    });
    expect(await all(deployed)).toEqual({ last: 1 });
  });

  test("Rule 8: a lost reply is not a second increment", async () => {
    const { application, browser, sessions } = await server();
    let lost = 0;
    application.wire.trouble = (call) => (isWrite(call) && lost++ === 0 ? "loses its answer" : undefined);
    expect(await browser.request(sessions, (session) => session.update("n", increment))).toBe(1);
    expect(lost).toBe(1);
    expect(await browser.request(sessions, (session) => session.all())).toEqual({ n: 1 });
  });

  test("Rule 8: a lost reply to a first write is not a second row", async () => {
    const { application, sessions } = await server();
    let lost = 0;
    application.wire.trouble = (call) => (isWrite(call) && lost++ === 0 ? "loses its answer" : undefined);
    const other = application.browser();
    await other.request(sessions, (session) => session.set("a", 1));
    expect(await application.records()).toHaveLength(2);
    expect(await other.request(sessions, (session) => session.all())).toEqual({ a: 1 });
  });

  test("Rule 8: when nobody can say what became of a commit, the error does not pretend to know", async () => {
    const { application, browser, sessions } = await server();
    await browser.request(sessions, async (session) => {
      await session.get("n");
      application.wire.trouble = (call) =>
        isWrite(call) ? "loses its answer" : call.tier === arbiter ? "fails" : undefined;
      await expect(session.update("n", increment)).rejects.toMatchObject({ code: "store", outcome: "unknown" });
      application.wire.mend();
    });
    expect(browser.lastSetCookies).toEqual([]);
    expect((await application.records()).map(({ data }) => data)).toEqual(['j{"n":1}']);
  });

  test("Rule 8: an update never brings back a row that has gone", async () => {
    const { application, browser, sessions } = await server();
    const tab = browser.clone();
    await browser.request(sessions, async (session) => {
      await session.get("n");
      await tab.request(sessions, (other) => other.destroy());
      await expect(session.set("n", 9)).rejects.toMatchObject({ code: "session-ended" });
    });
    expect(browser.lastSetCookies).toEqual([]);
    expect(await application.records()).toEqual([]);
  });

  test("Rule 8: after eight that came first it gives up, and nothing of it is kept", async () => {
    const deployed = await server();
    const { application, browser, sessions, elsewhere } = deployed;
    const rival = browser.clone();
    await browser.request(sessions, async (session) => {
      await session.get("n");
      const overtake = (call: Call) => {
        if (!isWrite(call)) return undefined;
        application.wire.mend();
        return rival
          .request(elsewhere, (other) => other.update("n", increment))
          .then(() => {
            application.wire.trouble = overtake;
          });
      };
      application.wire.trouble = overtake;
      await expect(session.set("mine", 1)).rejects.toMatchObject({ code: "conflict" });
      application.wire.mend();
    });
    expect(await all(deployed)).toEqual({ n: 8 });
    expect(application.events.filter(([name]) => name === "conflict")).toHaveLength(8);
  });
});

test("Rule 8: who waits in vain for another request of the same process goes on without it, and neither loses anything", async () => {
  const application = deploy({ tiers: "cookie+db", server: { cookieThreshold: 0 } });
  const { sessions } = application;
  const browser = application.browser();
  await browser.request(sessions, (session) => session.set("n", 0));
  const held = application.wire.hold("store.update");
  const first = browser.clone().request(sessions, (session) => session.update("n", increment));
  await held.reached;
  const others = [1, 2, 3].map(() => browser.clone().request(sessions, (session) => session.update("n", increment)));
  expect((await Promise.all(others)).sort()).toEqual([1, 2, 3]);
  held.release();
  expect(await first).toBe(4);
});

describe.each(["cookie+db", "cookie+kv+db"] as const)("a first spill with %s", (tiers) => {
  async function small() {
    const application = deploy({ tiers });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set("n", 0));
    const { sessions } = application;
    return { application, browser, sessions, all: () => browser.request(sessions, (session) => session.all()) };
  }

  test("Rule 8: two tabs that spill at the same time become one row with the writes of both", async () => {
    stopTime();
    const { application, browser, sessions, all } = await small();
    travel(1);
    const text = bulk();
    const spill = (key: string) => browser.send(sessions, (session) => session.set(key, text));
    const both = await Promise.all([spill("a"), spill("b")]);
    for (const response of both) response.deliver();
    expect(await application.records()).toHaveLength(1);
    expect(await all()).toEqual({ n: 0, a: text, b: text });
  });

  test("Rule 8: one whose outcome stayed unknown does not stand in the way of the next", async () => {
    stopTime();
    const { application, browser, sessions, all } = await small();
    application.wire.trouble = ({ method }) => (method === "insert" ? "loses its answer" : "fails");
    const failed = browser.request(sessions, (session) => session.set("text", bulk()));
    await expect(failed).rejects.toMatchObject({ outcome: "unknown" });
    application.wire.mend();
    await browser.request(sessions, (session) => session.set("n", 1));
    const text = bulk();
    await browser.request(sessions, (session) => session.set("text", text));
    expect(await all()).toEqual({ n: 1, text });
    expect(await application.records()).toHaveLength(1);
  });

  test("Rule 8: one whose outcome stayed unknown does not undo what a signed-in session writes to its cookie later", async () => {
    stopTime();
    const { application, browser, sessions, all } = await small();
    await browser.request(sessions, (session) => session.login("ada"));
    await browser.request(sessions, async (session) => {
      application.wire.trouble = ({ method }) => (method === "update" ? "loses its answer" : "fails");
      await expect(session.set("text", bulk())).rejects.toMatchObject({ outcome: "unknown" });
    });
    application.wire.mend();
    await browser.request(sessions, (session) => session.set("n", 1));
    application.flushCache();
    travel("11s");
    expect(await all()).toEqual({ n: 1 });
  });
});
