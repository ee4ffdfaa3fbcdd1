import { beforeEach, describe, expect, test } from "vitest";
import { bulk, type Deploy, deploy, WITH_SERVER } from "../../support/deployments.js";
import { stopTime, travel } from "../../support/fake-time.js";
import { slidingResponse } from "../token/sliding.js";

beforeEach(() => {
  stopTime();
});

const DAY = 24 * 60 * 60 * 1000;

/** A tenth of `idleTimeout`, whose default is a week. */
const TENTH = (7 * DAY) / 10;

/** Ada, signed in, in a browser of hers. */
async function signedIn(options: Deploy = {}, values: Record<string, unknown> = {}) {
  const application = deploy(options);
  const { sessions } = application;
  const browser = application.browser();
  await browser.request(sessions, async (session) => {
    await session.set({ n: 1, ...values });
    await session.login("ada");
  });
  const info = async () => (await sessions.sessions.list("ada"))[0];
  const writes = () => application.wire.take().filter((call) => /store\.(insert|update|delete)/.test(call));
  const visit = () => browser.request(sessions, (session) => session.userId);
  /** Renders a page: the session is read from, and no cookie reaches the browser. */
  const render = async () => (await browser.send(sessions, (session) => session.get("n"))).result;
  /** A request that only the middleware sees. */
  const pass = async () => browser.receive(await slidingResponse(application.definition, browser.headers));
  return { application, sessions, browser, info, writes, visit, render, pass };
}

describe.each(WITH_SERVER)("with %s", (tiers) => {
  test("Rule 6: whoever comes daily was last seen at most a tenth of `idleTimeout` ago", async () => {
    const { visit, info } = await signedIn({ tiers });
    for (let day = 1; day <= 14; day++) {
      travel(DAY);
      expect(await visit()).toBe("ada");
      const seen = await info();
      expect(Date.now() - (seen?.seenAt.getTime() ?? 0)).toBeLessThan(TENTH);
      expect(seen).toMatchObject({ idle: false, idleExpiresAt: new Date((seen?.seenAt.getTime() ?? 0) + 7 * DAY) });
    }
  });

  test("Rule 6: values on the server stay what they are, sealed too", async () => {
    for (const encryptAtRest of [false, true]) {
      const text = bulk();
      const options = { tiers, server: { encryptAtRest, revocationDelay: 0 } };
      const { sessions, browser, info, application } = await signedIn(options, { text });
      travel(DAY);
      for (const _ of [1, 2]) {
        application.flushCache === undefined || (tiers === "cookie+kv+db" && application.flushCache());
        expect(await browser.request(sessions, (session) => session.get("text"))).toBe(text);
      }
      expect((await info())?.seenAt).toEqual(new Date());
      await browser.request(sessions, (session) => session.update("n", (n) => (n as number) + 1));
      expect(await browser.request(sessions, (session) => session.all())).toEqual({ n: 2, text });
    }
  });

  test("Rule 6: the idle deadline lies at most at the absolute one", async () => {
    const { visit, info } = await signedIn({ tiers, define: { lifetime: "10d" } });
    for (let day = 1; day <= 9; day++) {
      travel(DAY);
      await visit();
    }
    const { expiresAt, idleExpiresAt } = (await info()) ?? {};
    expect(idleExpiresAt).toEqual(expiresAt);
  });

  test("Rule 6: what has idled out is marked, to the millisecond, and not hidden", async () => {
    const { info } = await signedIn({ tiers });
    travel(7 * DAY - 1);
    expect((await info())?.idle).toBe(false);
    travel(1);
    expect((await info())?.idle).toBe(true);
  });

  test("Rule 6: a session that only the middleware has seen is neither ended nor hidden, nor taken by a cleanup", async () => {
    const { sessions, visit, pass, info } = await signedIn({ tiers });
    for (let day = 1; day <= 20; day++) {
      travel(DAY);
      await pass();
    }
    expect((await info())?.idle).toBe(true);
    await sessions.sessions.cleanup();
    expect(await visit()).toBe("ada");
    expect(await info()).toMatchObject({ idle: false, seenAt: new Date() });
  });
});

test("Rule 6: a visit is noted at most every tenth of `idleTimeout`, in one update, also while a page renders", async () => {
  const { writes, visit, render, info } = await signedIn({ server: { revocationDelay: 0 } });
  writes();
  travel(TENTH - 1);
  await visit();
  await render();
  expect(writes()).toEqual([]);
  travel(2); // the login was sealed a millisecond after the values
  expect(await render()).toBe(1);
  expect(writes()).toEqual(["store.update"]);
  expect((await info())?.seenAt).toEqual(new Date());
  await render();
  await visit();
  travel(TENTH - 1);
  await visit();
  expect(writes()).toEqual([]);
});

test("Rule 6: a short `idleTimeout` is kept track of although the row is asked after rarely", async () => {
  const { visit, info } = await signedIn({ define: { idleTimeout: "10m" }, server: { revocationDelay: "1h" } });
  for (let minute = 1; minute <= 30; minute++) {
    travel("1m");
    expect(await visit()).toBe("ada");
    expect((await info())?.idle).toBe(false);
  }
});

test("Rule 6: a visitor's row is told of no visits: nobody lists it", async () => {
  const application = deploy({ server: { cookieThreshold: 0 } });
  const browser = application.browser();
  await browser.request(application.sessions, (session) => session.set("n", 1));
  application.wire.take();
  travel(DAY);
  expect(await browser.request(application.sessions, (session) => session.get("n"))).toBe(1);
  expect(application.wire.take().filter((call) => call === "store.update")).toEqual([]);
});

test("Rule 13: a database that does not take the note is no obstacle to reading", async () => {
  const { application, browser, sessions, info } = await signedIn({ server: { cookieThreshold: 0 } });
  travel("50m");
  await browser.request(sessions, (session) => session.set("n", 2));
  travel(DAY);
  await browser.request(sessions, (session) => session.get("n"));
  travel("59m");
  const seenAt = (await info())?.seenAt;
  travel(DAY - 59 * 60_000);
  application.wire.cut("store.update");
  expect(await browser.request(sessions, (session) => session.get("n"))).toBe(2);
  application.wire.mend();
  expect((await info())?.seenAt).toEqual(seenAt);
  expect(await browser.request(sessions, (session) => session.get("n"))).toBe(2);
  expect((await info())?.seenAt).toEqual(new Date());
});

test("Rule 13: a database that is slow to take the note is not waited for", async () => {
  const { application, browser, sessions } = await signedIn();
  travel(DAY);
  const held = application.wire.hold("store.update");
  expect(await browser.request(sessions, (session) => session.get("n"))).toBe(1);
  await held.reached;
  held.release();
});

test("Rule 11: the note of a visit and that of a successor's arrival are one update", async () => {
  const { writes, visit, browser, sessions, info } = await signedIn({
    server: { rotateEvery: "1d", cookieThreshold: 0 },
  });
  travel(DAY);
  await browser.request(sessions, (session) => session.get("n")); // rotates
  travel(TENTH);
  writes();
  await visit();
  expect(writes()).toEqual(["store.update"]);
  expect((await info())?.seenAt).toEqual(new Date());
});

test.each(WITH_SERVER)(
  "Rule 6: a row that was visited since extends no cookie: a copy of it idles out by itself, and no store is asked (%s)",
  async (tiers) => {
    const { application, browser, sessions, visit, info } = await signedIn({ tiers });
    const copy = browser.clone();
    travel(6 * DAY);
    expect(await visit()).toBe("ada");
    travel(DAY);
    application.wire.take();
    const seen = await copy.request(sessions, async (session) => [session.userId, await session.get("n")]);
    expect(seen).toEqual([undefined, undefined]);
    expect(application.wire.take()).toEqual([]);
    expect(application.rejected).toEqual(["expired"]);
    expect(await info()).toMatchObject({ idle: false });
    expect(await visit()).toBe("ada");
  },
);
