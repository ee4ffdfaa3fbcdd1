/** `getIronSession`, `sealData` and `unsealData`, beside the real ones. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as iron from "iron-session";
import { NextRequest, NextResponse } from "next/server.js";
import * as compat from "spillway/compat/iron-session";
import { memoryStore } from "spillway/stores/memory";
import { createSessions } from "spillway/web";
import { beforeEach, describe, expect, expectTypeOf, onTestFinished, test } from "vitest";
import { bulk } from "../support/deployments.js";
import { FakeBrowser } from "../support/fake-browser.js";
import { stopTime, travel } from "../support/fake-time.js";
import { OLD, OLD_PASSWORD, saveOld } from "./old-application.js";

interface Data {
  user?: { id: number; name: string };
  cart?: string[];
  since?: Date;
}

/** Both libraries, and what they share of their types. */
const LIBRARIES = [
  ["iron-session", iron],
  ["spillway/compat/iron-session", compat],
] as const;

const options = { cookieName: "app", password: "a password of more than thirty-two characters" };

type Use = (session: iron.IronSession<Data>) => unknown;

/** A request and its response. */
async function request(
  library: Pick<typeof iron, "getIronSession">,
  browser: FakeBrowser,
  use: Use,
  given: iron.SessionOptions = options,
) {
  const response = new Response();
  const asked = new Request("https://app.example/", { headers: browser.headers });
  const session = await library.getIronSession<Data>(asked, response, given);
  const result = await use(session);
  browser.receive(response.headers.getSetCookie());
  return result;
}

const shown: Use = (session) => ({ ...session });

beforeEach(() => {
  stopTime();
});

test("its types are those of iron-session, and its options take a server beside", () => {
  expectTypeOf(compat.getIronSession<Data>).toBeCallableWith({} as never as iron.CookieStore, options);
  expectTypeOf<compat.IronSession<Data>>().toExtend<iron.IronSession<Data>>();
  expectTypeOf<iron.SessionOptions>().toExtend<compat.SessionOptions>();
  expectTypeOf(compat.sealData).toBeCallableWith({}, { password: { 1: OLD_PASSWORD }, ttl: 60 });
  expectTypeOf(compat.unsealData<Data>).returns.toEqualTypeOf<Promise<Data>>();
  expectTypeOf(compat.getIronSession).toExtend<typeof iron.getIronSession>();
});

describe.each(LIBRARIES)("%s", (_, library) => {
  const made = library as typeof iron;

  test("what is saved is there in the next request, and what is not saved is not", async () => {
    const browser = new FakeBrowser();
    expect(await request(made, browser, shown)).toEqual({});
    await request(made, browser, async (session) => {
      session.user = { id: 7, name: "Ada" };
      session.cart = ["tea"];
      await session.save();
      session.cart.push("lost");
    });
    await request(made, browser, (session) => {
      delete session.user;
    });
    expect(await request(made, browser, shown)).toEqual({ user: { id: 7, name: "Ada" }, cart: ["tea"] });
    await request(made, browser, async (session) => {
      session.cart?.push("milk");
      delete session.user;
      await session.save();
    });
    expect(await request(made, browser, shown)).toEqual({ cart: ["tea", "milk"] });
  });

  test("destroy empties it and forgets the cookie at once, and nothing is saved afterwards", async () => {
    const browser = new FakeBrowser();
    await request(made, browser, (session) => Object.assign(session, { cart: ["tea"] }).save());
    await request(made, browser, async (session) => {
      void session.destroy();
      expect(session).toEqual({});
      await session.save();
      session.cart = ["again"];
      await expect(session.save()).rejects.toThrow(/destroyed/);
    });
    expect(browser.cookies).toEqual({});
  });

  test("it lives for `ttl` from the last time that it was saved", async () => {
    const browser = new FakeBrowser();
    const short = { ...options, ttl: 3600 };
    await request(made, browser, (session) => Object.assign(session, { cart: ["tea"] }).save(), short);
    for (const _ of [1, 2]) {
      travel("50m");
      await request(made, browser, (session) => session.save(), short);
    }
    travel("50m");
    expect(await request(made, browser, shown, short)).toEqual({ cart: ["tea"] });
    travel("11m");
    expect(await request(made, browser, shown, short)).toEqual({});
  });

  test("updateConfig makes a cookie that ends with the browser, when it is saved", async () => {
    const browser = new FakeBrowser();
    await request(made, browser, async (session) => {
      session.cart = ["tea"];
      await session.save();
    });
    await request(made, browser, async (session) => {
      session.updateConfig({ ...options, cookieOptions: { maxAge: undefined } });
      await session.save();
    });
    const line = browser.lastSetCookies.find((one) => one.startsWith("app="));
    expect(line).not.toMatch(/Max-Age|Expires/);
    expect(await request(made, browser, shown)).toEqual({ cart: ["tea"] });
  });

  test("a newer password seals, and an older one still opens", async () => {
    const browser = new FakeBrowser();
    await request(made, browser, (session) => Object.assign(session, { cart: ["tea"] }).save());
    const ring = { ...options, password: { 1: options.password, 2: `${options.password}, newer` } };
    expect(await request(made, browser, shown, ring)).toEqual({ cart: ["tea"] });
    await request(made, browser, (session) => Object.assign(session, { cart: ["milk"] }).save(), ring);
    expect(await request(made, browser, shown)).toEqual({});
  });

  test("onUnsealError is told why a cookie is no session", async () => {
    const browser = new FakeBrowser();
    await request(made, browser, (session) => Object.assign(session, { cart: ["tea"] }).save());
    const reasons: string[] = [];
    const told = { ...options, onUnsealError: (reason: string) => void reasons.push(reason) };
    await request(made, browser, shown, { ...told, password: { 2: `${options.password}, newer` } });
    browser.plant("app", browser.cookies.app?.replace(/^Fe26/, "Fe27"));
    await request(made, browser, shown, told);
    expect(reasons).toEqual(["unknown-password", "invalid"]);
  });

  test("options that are wrong are refused", async () => {
    const open = (given: object) => request(made, new FakeBrowser(), shown, { ...options, ...given });
    await expect(open({ cookieName: "" })).rejects.toThrow(/cookie ?name/i);
    await expect(open({ password: "short" })).rejects.toThrow(/password/i);
    await expect(open({ password: { a: options.password } })).rejects.toThrow(/password/i);
    await expect(made.getIronSession(undefined as never, undefined as never)).rejects.toThrow(/options/);
  });

  test("it takes Next's store of cookies, a jar of one's own, and Node's request and response", async () => {
    const kept = new Map<string, string>();
    const get = (name: string) => (kept.has(name) ? { name, value: kept.get(name) as string } : undefined);
    const getAll = () => [...kept].map(([name, value]) => ({ name, value }));
    const set = (
      name: string,
      value: string,
      attributes: { expires?: Date | number | undefined; maxAge?: number | undefined },
    ) => (attributes.maxAge === 0 || attributes.expires ? kept.delete(name) : kept.set(name, value));
    const read = (name: string) => kept.get(name);
    for (const jar of [
      { get, getAll, set },
      { get, set },
      { read, write: set },
      { read, write: set, names: () => [...kept.keys()] },
    ]) {
      kept.clear();
      const session = await made.getIronSession<Data>(jar as iron.CookieStore, options);
      session.cart = ["tea"];
      await session.save();
      expect(await made.getIronSession<Data>(jar as iron.CookieStore, options)).toEqual({ cart: ["tea"] });
      await (await made.getIronSession<Data>(jar as iron.CookieStore, options)).destroy();
      expect([...kept.keys()]).toEqual([]);
    }
    const server = createServer(async (incoming, outgoing) => {
      const session = await made.getIronSession<Data>(incoming, outgoing, options);
      session.cart = [...(session.cart ?? []), "tea"];
      await session.save();
      outgoing.end(JSON.stringify(session));
      await expect(session.save()).rejects.toThrow(/sent/);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const cookie = (await fetch(url)).headers
      .getSetCookie()
      .map((line) => line.split(";")[0])
      .join("; ");
    expect(await (await fetch(url, { headers: { cookie } })).json()).toEqual({ cart: ["tea", "tea"] });
  });

  test("in the proxy, what it saves the browser gets, and the rest of the request sees", async () => {
    const asked = new NextRequest("https://app.example/");
    const response = NextResponse.next();
    const session = await made.getIronSession<Data>(made.nextProxyCookies(asked, response), options);
    session.cart = ["tea"];
    await session.save();
    expect(await made.getIronSession<Data>(made.nextProxyCookies(asked, response), options)).toEqual({ cart: ["tea"] });
    const browser = new FakeBrowser();
    browser.receive(response.headers.getSetCookie());
    expect(await request(made, browser, shown)).toEqual({ cart: ["tea"] });
    await (await made.getIronSession<Data>(made.nextProxyCookies(asked, response), options)).destroy();
    expect(await made.getIronSession<Data>(made.nextProxyCookies(asked, response), options)).toEqual({});
    browser.receive(response.headers.getSetCookie());
    expect(browser.cookies).toEqual({});
  });

  test("sealed data opens under its password until its time is over", async () => {
    const password = { 1: OLD_PASSWORD };
    const sealed = await made.sealData({ user: 7 }, { password, ttl: 60 });
    expect(sealed).toMatch(/^[\w.~*-]+$/);
    expect(await made.unsealData(sealed, { password })).toEqual({ user: 7 });
    const reasons: string[] = [];
    const onUnsealError = (reason: string) => void reasons.push(reason);
    expect(await made.unsealData(`x${sealed}`, { password, onUnsealError })).toEqual({});
    expect(await made.unsealData(sealed, { password: { 2: `${OLD_PASSWORD}, newer` }, onUnsealError })).toEqual({});
    travel("3m");
    expect(await made.unsealData(sealed, { password, onUnsealError })).toEqual({});
    expect(reasons).toEqual(["invalid", "unknown-password", "expired"]);
    const forever = await made.sealData("a text", { password, ttl: 0 });
    travel("10y");
    expect(await made.unsealData(forever, { password })).toBe("a text");
  });
});

test("what iron-session has sealed goes on, and is ours with the next save", async () => {
  const browser = new FakeBrowser();
  await saveOld(browser, { cart: [bulk(4200)] }, { chunk: true });
  const names = Object.keys(browser.cookies);
  expect(names.length).toBeGreaterThan(1);
  const cart = (session: Data) => session.cart?.length;
  expect(await request(compat as never, browser, cart, OLD)).toBe(1);
  expect(Object.keys(browser.cookies)).toEqual(names);
  await request(compat as never, browser, (session) => Object.assign(session, { cart: ["tea"] }).save(), OLD);
  expect(Object.keys(browser.cookies)).toEqual(["old-app"]);
  expect(await request(iron, browser, shown, OLD)).toEqual({});
  expect(await request(compat as never, browser, shown, OLD)).toEqual({ cart: ["tea"] });
});

test("what iron-session has sealed can be destroyed unread", async () => {
  const browser = new FakeBrowser();
  await saveOld(browser, { cart: ["tea"] });
  await request(compat as never, browser, (session) => session.destroy(), OLD);
  expect(browser.cookies).toEqual({});
});

test("unsealData opens what iron-session has sealed", async () => {
  const sealed = await iron.sealData({ user: 7 }, { password: OLD_PASSWORD });
  expect(await compat.unsealData(sealed, { password: OLD_PASSWORD })).toEqual({ user: 7 });
});

test("values that JSON does not know come back as they were", async () => {
  const browser = new FakeBrowser();
  const since = new Date(1);
  await request(compat as never, browser, (session) => Object.assign(session, { since }).save());
  expect(await request(compat as never, browser, shown)).toEqual({ since });
  const password = OLD_PASSWORD;
  expect(await compat.unsealData(await compat.sealData({ since }, { password }), { password })).toEqual({ since });
});

test("with a store, a large session spills over, and two requests at once lose nothing of each other", async () => {
  const browser = new FakeBrowser();
  const spilling = { ...options, server: { store: memoryStore() } };
  await request(compat as never, browser, (session) => Object.assign(session, { cart: [bulk(9000)] }).save(), spilling);
  expect(Object.keys(browser.cookies)).toEqual(["app"]);
  expect(browser.cookies.app?.length).toBeLessThan(1000);
  await request(
    compat as never,
    browser,
    async (first) => {
      await request(
        compat as never,
        browser,
        (second) => Object.assign(second, { since: new Date(1) }).save(),
        spilling,
      );
      await Object.assign(first, { user: { id: 7, name: "Ada" } }).save();
    },
    spilling,
  );
  const keys = (session: object) => Object.keys(session).sort();
  expect(await request(compat as never, browser, keys, spilling)).toEqual(["cart", "since", "user"]);
  await request(compat as never, browser, (session) => session.destroy(), spilling);
  expect(browser.cookies).toEqual({});
});

test("an application moves file by file: both sides share a session", async () => {
  const browser = new FakeBrowser();
  const sessions = createSessions(compat.definitionOf<Data>(options));
  await request(compat as never, browser, (session) => Object.assign(session, { cart: ["tea"] }).save());
  await browser.request(sessions, (session) => session.update("cart", (cart = []) => [...cart, "milk"]));
  expect(await request(compat as never, browser, shown)).toEqual({ cart: ["tea", "milk"] });
});

test("a session that was read and not saved sets no cookie, nor does one that is empty", async () => {
  const browser = new FakeBrowser();
  await request(compat as never, browser, (session) => session.save());
  expect(browser.lastSetCookies).toEqual([]);
});
