/** The process that ended a session, or gave it another id, knows at once; not only when the next check is due. */

import type { CacheEntry, SessionRecord } from "spillway";
import { csrfToken, isCsrfToken } from "spillway/web";
import { beforeEach, describe, expect, test } from "vitest";
import { type Deploy, deploy, newSecret, WITH_SERVER } from "../../support/deployments.js";
import type { FakeBrowser } from "../../support/fake-browser.js";
import { stopTime, travel } from "../../support/fake-time.js";

beforeEach(() => {
  stopTime();
});

describe.each(WITH_SERVER)("Rule 10, with %s", (tiers) => {
  /** Ada's browser, and a copy of it that has just been let in: the process has seen her row. */
  async function signedIn(options: Partial<Deploy> = {}) {
    const application = deploy({ tiers, ...options });
    const { sessions } = application;
    const browser = application.browser();
    await browser.request(sessions, (session) => session.login("ada"));
    travel("1s");
    const copy = browser.clone();
    const isIn = (one: FakeBrowser) => one.request(sessions, ({ userId }) => userId === "ada");
    expect(await isIn(copy)).toBe(true);
    return { application, sessions, browser, copy, isIn };
  }

  test("after regenerateId() the replaced id lets nobody in", async () => {
    const { sessions, browser, copy, isIn } = await signedIn();
    await browser.request(sessions, (session) => session.regenerateId());
    expect([await isIn(browser), await isIn(copy)]).toEqual([true, false]);
  });

  test("after a second login the replaced id lets nobody in", async () => {
    const { sessions, browser, copy, isIn } = await signedIn();
    await browser.request(sessions, (session) => session.login("ada"));
    expect([await isIn(browser), await isIn(copy)]).toEqual([true, false]);
  });

  test("after logout() no copy lets anybody in", async () => {
    const { sessions, browser, copy, isIn } = await signedIn();
    await browser.request(sessions, (session) => session.logout());
    expect(await isIn(copy)).toBe(false);
  });

  test("after revoke() and revokeUser() the sessions that they ended let nobody in", async () => {
    const one = await signedIn();
    const [{ handle } = { handle: "" }] = await one.sessions.sessions.list("ada");
    await one.sessions.sessions.revoke(handle);
    expect(await one.isIn(one.browser)).toBe(false);
    const other = await signedIn();
    await other.sessions.sessions.revokeUser("ada");
    expect(await other.isIn(other.browser)).toBe(false);
  });

  test("what `maxPerUser` has evicted lets nobody in", async () => {
    const { application, sessions, browser, isIn } = await signedIn({ server: { maxPerUser: 1 } });
    await application.browser().request(sessions, (session) => session.login("ada"));
    expect(await isIn(browser)).toBe(false);
  });

  test("what this process has written it does not ask for again", async () => {
    const application = deploy({ tiers });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.login("ada"));
    application.wire.take();
    expect(await browser.request(application.sessions, ({ userId }) => userId)).toBe("ada");
    expect(application.wire.take()).toEqual([]);
  });

  test("a user's cookie that was sealed before there was a store is no session: nobody could list or end it", async () => {
    const secret = newSecret();
    const before = deploy({ tiers: "cookie", server: { revocation: "none" }, define: { secret } });
    const browser = before.browser();
    await browser.request(before.sessions, (session) => session.login("ada"));
    const { sessions } = deploy({ tiers, define: { secret } });
    expect(await browser.request(sessions, ({ active, userId }) => [active, userId])).toEqual([false, undefined]);
    await browser.request(sessions, (session) => session.login("ada"));
    expect(await sessions.sessions.list("ada")).toHaveLength(1);
  });
});

describe.each(WITH_SERVER)("Rule 10, a visitor's session on the server, with %s", (tiers) => {
  /** A visitor whose row another process has ended since. */
  async function endedElsewhere() {
    const application = deploy({ tiers, server: { cookieThreshold: 0 } });
    const { definition, sessions } = application;
    const browser = application.browser();
    await browser.request(sessions, (session) => session.set("n", 1));
    const token = await browser.request(sessions, (session) => csrfToken(definition, session));
    const state = (one = browser) =>
      one.request(sessions, async (session) => [session.active, await isCsrfToken(definition, session, token)]);
    const { key = "" } = (await application.records())[0] ?? {};
    await application.store?.delete(key);
    await application.evict(key);
    travel("11s");
    return { application, sessions, browser, state };
  }

  test("is not active any more once its row is to be looked at, though no value is read", async () => {
    const { state } = await endedElsewhere();
    expect(await state()).toEqual([false, false]);
  });

  test("is looked at once in `revocationDelay`", async () => {
    const application = deploy({ tiers, server: { cookieThreshold: 0 } });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set("n", 1));
    application.wire.take();
    const loads = async () => {
      expect(await browser.request(application.sessions, (session) => session.active)).toBe(true);
      return application.wire.take().length;
    };
    expect(await loads()).toBe(0);
    travel("10s");
    expect(await loads()).toBe(1);
    expect(await loads()).toBe(0);
  });

  test("is believed while nothing answers, and is an error to whoever reads from it", async () => {
    const { application, sessions, browser, state } = await endedElsewhere();
    application.wire.trouble = () => "fails";
    expect(await state()).toEqual([true, true]);
    await expect(browser.request(sessions, (session) => session.get("n"))).rejects.toMatchObject({ code: "store" });
    application.wire.mend();
    expect(await state()).toEqual([false, false]);
  });
});

test("Rule 10: a cache that lags lets nobody in whom this process has signed out", async () => {
  const application = deploy({ tiers: "cookie+kv+db", server: { cookieThreshold: 0 } });
  const { sessions, cache } = application;
  const browser = application.browser();
  await browser.request(sessions, (session) => session.login("ada"));
  const [{ key, expiresAt }] = (await application.records()) as [SessionRecord];
  const before = (await cache?.read(key))?.entry as CacheEntry;
  const copy = browser.clone();
  await browser.request(sessions, (session) => session.logout());
  await cache?.write([
    { type: "remove", key },
    { type: "put", ...before, expiresAt },
  ]);
  expect(await copy.request(sessions, ({ userId }) => userId)).toBeUndefined();
});
