/** Two applications with one secret: nothing that one has made opens in the other. */

import { defineSession, type SessionOptions } from "spillway";
import { createSessions, sealedCookie } from "spillway/web";
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
