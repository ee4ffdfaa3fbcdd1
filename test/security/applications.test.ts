/** Two applications with one secret: nothing that one has made opens in the other. */

import { defineSession, type SessionOptions } from "spillway";
import { createSessions, sealedCookie } from "spillway/web";
import { memoryCache, memoryStore } from "spillway/stores/memory";
import { describe, expect, test } from "vitest";
import { FakeBrowser } from "../support/fake-browser.js";

const secret = crypto.randomUUID();

function application(options: Omit<SessionOptions<{ a?: number }>, "secret">) {
  return createSessions(defineSession<{ a?: number }, { note: string }>({ secret, ...options }));
}

const shop = application({ cookie: { name: "__Host-shop" } });
const office = application({ cookie: { name: "__Host-office" } });

/** The cookies that a visitor of the shop has, a session, an activity cookie and a flash message, under the office's names. */
async function renamed(): Promise<string> {
  const browser = new FakeBrowser();
  await browser.request(shop, async (session) => {
    await session.set("a", 1);
    await session.flash("note", "hello");
  });
  return browser.cookieHeader.replaceAll("__Host-shop", "__Host-office");
}

describe("two definitions with one secret and different cookie names", () => {
  test("the session and the messages of one, renamed, are none of the other", async () => {
    const cookie = await renamed();
    expect(cookie).toContain("__Host-office=");
    const { session } = await office.open(new Headers({ cookie }));
    expect(session.active).toBe(false);
    expect(await session.get("a")).toBeUndefined();
    expect(await session.flashes()).toEqual([]);
  });

  test("with one `app` they share their sessions", async () => {
    const [one, two] = ["__Host-one", "__Host-two"].map((name) => application({ app: "shared", cookie: { name } }));
    const browser = new FakeBrowser();
    await browser.request(one!, (session) => session.set("a", 1));
    const cookie = browser.cookieHeader.replaceAll("__Host-one", "__Host-two");
    const { session } = await two!.open(new Headers({ cookie }));
    expect(await session.get("a")).toBe(1);
  });

  test("an application that is called differently while it is developed is the same one", async () => {
    const secure = application({ app: "shop" });
    const plain = application({ app: "shop", cookie: { name: "session", secure: false } });
    const browser = new FakeBrowser();
    await browser.request(secure, (session) => session.set("a", 1));
    const { session } = await plain.open(new Headers({ cookie: browser.cookieHeader.replaceAll("__Host-", "") }));
    expect(await session.get("a")).toBe(1);
  });

  test("an `app` that is no text is refused by name", () => {
    for (const app of ["", 5, null]) expect(() => application({ app } as object)).toThrow(/`app`/);
  });

  test("a sealed cookie of one name is none of another, and no session", async () => {
    const [one, two] = ["__Host-a", "__Host-b"].map((name) => sealedCookie<string>({ name, secret }));
    const header = (await one!.seal("value")).split(";")[0]!;
    const value = header.slice(header.indexOf("=") + 1);
    const headers = (name: string) => ({ headers: new Headers({ cookie: `${name}=${value}` }) });
    expect(await one!.open(headers("__Host-a"))).toBe("value");
    expect(await two!.open(headers("__Host-b"))).toBeUndefined();
    expect((await shop.open(headers("__Host-shop").headers)).session.active).toBe(false);
  });
});

const SHARED = [
  ["one table and one cache", () => ({ store: memoryStore(), cache: memoryCache(), cookieThreshold: 0 })],
  ["one table", () => ({ store: memoryStore(), cookieThreshold: 0 })],
  ["one cache alone", () => ({ cache: memoryCache(), cookieThreshold: 0 })],
] as const;

describe.each(SHARED)("two applications over %s", (_, tiers) => {
  /** Both applications, and in each of them a browser in which ada is signed in. */
  async function both() {
    const shared = tiers();
    // Of its own: what a process knows of revocations it knows by secret and application.
    const secret = crypto.randomUUID();
    const apps = ["__Host-shop", "__Host-office"].map((name) =>
      createSessions(defineSession<{ a?: number }>({ secret, cookie: { name } }), {
        ...shared,
        maxPerUser: 1,
        revocationDelay: 0,
      }),
    );
    const browsers = [new FakeBrowser(), new FakeBrowser()];
    for (const [at, app] of apps.entries()) await browsers[at]!.request(app, (session) => session.login("ada"));
    const isIn = (at: number) => browsers[at]!.request(apps[at]!, ({ userId }) => userId === "ada");
    return { apps: apps as [(typeof apps)[0], (typeof apps)[0]], browsers, isIn };
  }

  test("a user of one is another of the other: neither limit counts nor list shows both", async () => {
    const { apps, isIn } = await both();
    expect([await isIn(0), await isIn(1)]).toEqual([true, true]);
    for (const app of apps) expect(await app.sessions.list("ada")).toHaveLength(1);
  });

  test.each([
    ["revokeUser", (app: { sessions: { revokeUser(id: string): unknown } }) => app.sessions.revokeUser("ada")],
    ["destroyAll", (app: { sessions: { destroyAll(): unknown } }) => app.sessions.destroyAll()],
  ])("%s of one ends nothing of the other", async (_, end) => {
    const { apps, isIn } = await both();
    await end(apps[0]);
    expect([await isIn(0), await isIn(1)]).toEqual([false, true]);
  });

  test("a handle of one ends nothing in the other", async () => {
    const { apps, isIn } = await both();
    const [session] = await apps[1].sessions.list("ada");
    expect(await apps[0].sessions.revoke(session!.handle)).toBe(false);
    expect(await isIn(1)).toBe(true);
  });

  test("an id of one leads to nothing in the other", async () => {
    const { apps, browsers } = await both();
    const id = await browsers[1]!.request(apps[1], (session) => session.id);
    expect(await apps[0].sessions.load(id!)).toBeUndefined();
    expect(await apps[1].sessions.load(id!)).toBeDefined();
  });
});
