import { beforeEach, describe, expect, test } from "vitest";
import { expireSessionCookies } from "../../src/session/token/write-cookies.js";
import { readSessionCookies } from "../../src/session/token/read-cookies.js";
import { settingsOf } from "../../src/session/settings/settings.js";
import { bulk, DEPLOYMENTS, deploy, WITH_SERVER } from "../support/deployments.js";
import { stopTime, travel } from "../support/fake-time.js";
import { sessionRecord } from "../support/records.js";
import { slidingResponse } from "../session/token/sliding.js";
import { begun } from "./begun.js";

beforeEach(() => {
  stopTime();
});

test.each(WITH_SERVER)("[A1] the id rotates whole, and the row has a key that stays (%s)", async (tiers) => {
  const { application, browser, sessions } = await begun({ tiers }, { text: bulk() });
  const [before] = await application.records();
  const id = await browser.request(sessions, (session) => session.id as string);
  await browser.request(sessions, (session) => session.regenerateId());
  const next = await browser.request(sessions, (session) => session.id as string);
  const [after] = await application.records();
  expect(after?.key).toBe(before?.key);
  expect(after?.idHash).not.toBe(before?.idHash);
  const common = [...id].filter((letter, at) => letter === next[at]).length;
  expect(common).toBeLessThan(10); // of 43: what chance brings about
});

test("[A5] activity is issued again at most once per `slideEvery`, a tenth of `idleTimeout` by default", async () => {
  const { application, browser } = await begun({ tiers: "cookie" });
  let issued = 0;
  for (let hour = 0; hour < 3 * 24; hour++) {
    travel("1h");
    const response = await slidingResponse(application.definition, browser.headers);
    issued += response.length;
    browser.receive(response);
  }
  expect(issued).toBe(Math.floor((3 * 24) / 17)); // 16.8 hours are a tenth of 7 days
});

test.each(WITH_SERVER)("[A6] user agent and address are recorded with the row (%s)", async (tiers) => {
  const application = deploy({ tiers, define: { clientAddress: 1 } });
  const browser = application.browser({ "user-agent": "Firefox", "x-forwarded-for": "10.0.0.1, 203.0.113.7" });
  await browser.request(application.sessions, (session) => session.login("ada"));
  expect(await application.records()).toMatchObject([{ userAgent: "Firefox", address: "203.0.113.0" }]);
});

test.each(["cookie+kv+db", "cookie+db"] as const)(
  "[A10] [A33] a delete that failed is honoured later (%s)",
  async (tiers) => {
    const { application, browser, sessions } = await begun({ tiers }, { text: bulk() });
    await browser.request(sessions, (session) => session.login("ada"));
    const thief = browser.clone();
    await browser.request(sessions, async (session) => {
      application.wire.cut("store.delete");
      await expect(session.logout()).rejects.toMatchObject({ code: "store", tier: "store" });
    });
    expect(browser.cookies).toEqual({});
    expect(await application.records()).toHaveLength(1);
    if (tiers === "cookie+db") return; // without a second tier there is nowhere to note it: the error says so
    travel("50m");
    expect(await thief.clone().request(sessions, (session) => session.userId)).toBeUndefined(); // the tombstone stands
    expect(await application.records()).toHaveLength(1);
    application.wire.mend();
    travel("11s");
    expect(await thief.request(sessions, (session) => session.userId)).toBeUndefined();
    expect(await application.records()).toEqual([]); // whoever met it deleted the row
    travel("2h");
    expect(await thief.request(sessions, (session) => session.userId)).toBeUndefined();
  },
);

test("[A11] a response that carries a session cookie is kept by no cache", async () => {
  const { sessions } = deploy();
  const response = await sessions.handle(new Request("https://app.example/"), async (session) => {
    await session.set("a", 1);
    return new Response("hello");
  });
  expect(response.headers.get("Cache-Control")).toBe("private, no-store");
});

test.each(DEPLOYMENTS)("[A12] small data lies in a cookie, and only when there is any (%s)", async (tiers) => {
  const application = deploy({ tiers });
  const browser = application.browser();
  await browser.request(application.sessions, (session) => session.get("a"));
  expect(browser.cookies).toEqual({});
  await browser.request(application.sessions, (session) => session.set("a", 1));
  expect(Object.keys(browser.cookies)).toEqual(["__Host-session"]);
  expect(await application.records()).toEqual([]);
});

test.each(WITH_SERVER)("[A13] a newer durable copy wins over an older one in a cookie (%s)", async (tiers) => {
  const { browser, sessions } = await begun({ tiers }, { text: bulk() });
  await browser.request(sessions, (session) => session.set("text", "one")); // on its way back: both have it
  const older = browser.clone();
  travel("1s");
  await browser.request(sessions, (session) => session.set("text", "two"));
  expect(await older.request(sessions, (session) => session.get("text"))).toBe("two");
});

describe("[A14] keys", () => {
  test.each(["", "__proto__", "constructor", "prototype"])(
    "[A14] %j is refused by every method that writes",
    async (key) => {
      const { application, browser, sessions } = await begun({ server: { cookieThreshold: 0 } });
      await browser.request(sessions, async (session) => {
        const values = Object.defineProperty({}, key, { value: 1, enumerable: true });
        for (const write of [
          session.set(key, 1),
          session.set(values),
          session.setDefault(key, 1),
          session.update(key, () => 1),
          session.setQuick(key, 1),
          session.flash(key, 1),
        ]) {
          await expect(write).rejects.toMatchObject({ code: "key" });
        }
        expect(await session.all()).toEqual({ a: 1 });
      });
      expect(application.wire.take().filter((call) => !/read|get/.test(call))).toEqual([]);
      expect(browser.lastSetCookies).toEqual([]);
    },
  );

  test("[A14] a key that is no string is refused, too", async () => {
    const { browser, sessions } = await begun();
    await browser.request(sessions, async (session) => {
      await expect(session.setDefault(7 as unknown as string, 1)).rejects.toMatchObject({ code: "key" });
    });
  });
});

describe("[A15] flash", () => {
  test.each(DEPLOYMENTS)("[A15] a message is read once (%s)", async (tiers) => {
    const application = deploy({ tiers });
    const browser = application.browser();
    const { sessions } = application;
    await browser.request(sessions, (session) => session.flash("notice", "saved"));
    const read = () => browser.request(sessions, (session) => session.flashes());
    expect(await read()).toEqual([{ id: expect.any(String), key: "notice", message: "saved" }]);
    expect(await read()).toEqual([]);
    expect(application.wire.calls).toEqual([]);
  });

  test("[A15] garbage in its place is ignored", async () => {
    const application = deploy();
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.flash("notice", "saved"));
    const [[name = "", value = ""] = []] = Object.entries(browser.cookies);
    for (const garbage of ["blah", value.slice(1), "", "Fe26.2*a*b*c*d*e**f"]) {
      const other = application.browser();
      other.plant(name, garbage);
      expect(await other.request(application.sessions, (session) => session.flashes())).toEqual([]);
    }
  });
});

test("[A16] what is deleted tells whether it was there, and a session has a text form that shows nothing", async () => {
  const { browser, sessions } = await begun({}, { a: "secret" });
  await browser.request(sessions, async (session) => {
    expect([await session.delete("a"), await session.delete("a")]).toEqual([true, false]);
    expect(`${session}`).toBe("Session (cookie)");
  });
});

test("[A17] destroy ends the session and expires every cookie that it has", async () => {
  const { application, browser, sessions } = await begun({ server: { cookieThreshold: 6144 } }, { text: bulk(4000) });
  travel("1d");
  browser.receive(await slidingResponse(application.definition, browser.headers));
  expect(Object.keys(browser.cookies)).toHaveLength(3);
  await browser.request(sessions, (session) => session.destroy());
  expect(browser.cookies).toEqual({});
  expect(application.heard.slice(-2)).toEqual(["destroying", "destroyed"]);
});

test.each(["cookie+db", "cookie+kv+db"] as const)(
  "[A19] all sessions are deleted, in batches, those in cookies too (%s)",
  async (tiers) => {
    const { application, browser: inCookie, sessions } = await begun({ tiers });
    const onServer = application.browser();
    await onServer.request(sessions, (session) => session.set("text", bulk()));
    const before = new Date(Date.now() - 1);
    // Of the same application, as its own row's key tells.
    const tag = (await application.records())[0]?.key.slice(0, 6) ?? "";
    for (let n = 0; n < 2500; n++) {
      await application.store?.insert(sessionRecord({ key: tag + bulk(22), createdAt: before }));
    }
    travel("1s");
    application.wire.take();
    await sessions.sessions.destroyAll();
    expect(application.wire.take().filter((call) => call === "store.deleteBatch")).toHaveLength(3);
    expect(await application.records()).toEqual([]);
    for (const browser of [inCookie, onServer]) {
      expect(await browser.request(sessions, (session) => session.active)).toBe(false);
    }
    await inCookie.request(sessions, (session) => session.set("a", 2));
    expect(await inCookie.request(sessions, (session) => session.get("a"))).toBe(2);
  },
);

test("[A20] whether a cookie is a live session is told without I/O, and an invalid one can be expired", async () => {
  const { application, browser } = await begun({}, { text: bulk() });
  const settings = settingsOf(application.definition as Parameters<typeof settingsOf>[0]);
  expect((await readSessionCookies(settings, browser.headers)).token).toBeDefined();
  browser.plant("__Host-session", "blah");
  const opened = await readSessionCookies(settings, browser.headers);
  expect(opened).toMatchObject({ token: undefined, rejected: "malformed" });
  expect(expireSessionCookies(settings, opened.present)).toMatchObject([{ name: "__Host-session", value: "" }]);
  expect(application.wire.take()).toEqual([]);
});

test.each(WITH_SERVER)(
  "[A22] the row of a session can be found, and a session in the cookie has none (%s)",
  async (tiers) => {
    const { application, browser, sessions } = await begun({ tiers });
    const handle = () => browser.request(sessions, (session) => session.handle);
    expect(await handle()).toBeUndefined();
    await browser.request(sessions, (session) => session.set("text", bulk()));
    expect((await application.records()).map(({ key }) => key)).toEqual([await handle()]);
  },
);
