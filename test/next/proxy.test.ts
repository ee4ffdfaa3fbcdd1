/** The session in `proxy.ts`: read and written before the page, which sees it. */

import { type NextFetchEvent, NextRequest, NextResponse } from "next/server.js";
import { createSessionProxy, type SessionProxyHandler } from "spillway/next/proxy";
import { beforeEach, expect, test } from "vitest";
import { type AnyData, type Deploy, deploy } from "../support/deployments.js";
import { stopTime, travel } from "../support/fake-time.js";

const event = {} as NextFetchEvent;
const URL_OF = "https://app.example/somewhere";

beforeEach(() => {
  stopTime();
});

/** An application, a browser of it, and its proxy. */
function proxied(handler: SessionProxyHandler<AnyData, AnyData>, options: Deploy = { tiers: "cookie" }) {
  const application = deploy(options);
  const { definition, sessions, store, cache } = application;
  const proxy = createSessionProxy(
    definition,
    { ...(store && { store }), ...(cache && { cache }), ...options.server },
    handler,
  );
  const browser = application.browser();
  /** What the proxy answers, and what a page behind it would read of the session. */
  const pass = async (sent: Record<string, string> = {}, url = URL_OF) => {
    const headers = { ...Object.fromEntries(browser.headers), ...sent };
    const response = await proxy(new NextRequest(url, { headers }), event);
    const isOverridden = response.headers.get("x-middleware-override-headers")?.split(",").includes("cookie");
    const cookie = isOverridden ? response.headers.get("x-middleware-request-cookie") : (headers.cookie ?? "");
    const seen = await (await sessions.open(new Headers({ cookie: cookie ?? "" }))).session.all();
    browser.receive(response.headers.getSetCookie());
    return { response, setCookies: response.headers.getSetCookie(), seen };
  };
  return { sessions, browser, pass };
}

test.each(["cookie", "cookie+kv+db"] as const)(
  "what the proxy writes is seen by the page of the same request, and by the next one (%s)",
  async (tiers) => {
    const server = tiers === "cookie" ? {} : { cookieThreshold: 0 };
    const { pass } = proxied((_request, session) => void session.update("count", (count) => Number(count ?? 0) + 1), {
      tiers,
      server,
    });
    const first = await pass();
    expect(first.seen).toEqual({ count: 1 });
    expect(first.setCookies).toHaveLength(1);
    expect(first.response.headers.get("cache-control")).toBe("private, no-store");
    expect((await pass()).seen).toEqual({ count: 2 });
  },
);

test("several writes are one commit, and none is made of a handler that throws", async () => {
  let fails = false;
  const { pass } = proxied(async (_request, session) => {
    await session.set("one", 1);
    await session.set("two", 2);
    if (fails) throw new Error("on purpose");
  });
  const { setCookies, seen } = await pass();
  expect(setCookies).toHaveLength(1);
  expect(seen).toEqual({ one: 1, two: 2 });
  fails = true;
  await expect(pass()).rejects.toThrow("on purpose");
});

test("it decides by values, and its own answers are kept by no cache", async () => {
  const { browser, sessions, pass } = proxied(async (_request, session) =>
    (await session.get("plan")) === "pro" ? NextResponse.next() : NextResponse.redirect("https://app.example/plans"),
  );
  const redirected = await pass();
  expect(redirected.response.headers.get("location")).toBe("https://app.example/plans");
  expect(redirected.response.headers.get("cache-control")).toBe("private, no-store");
  await browser.request(sessions, (session) => session.set("plan", "pro"));
  const { response, setCookies } = await pass();
  expect(response.headers.get("x-middleware-next")).toBe("1");
  expect([setCookies, response.headers.get("cache-control")]).toEqual([[], null]);
});

test("it slides the expiry, and headers that the handler overrides stay", async () => {
  const { browser, sessions, pass } = proxied((request) => {
    const headers = new Headers(request.headers);
    headers.set("x-added", "by the handler");
    return NextResponse.next({ request: { headers } });
  });
  await browser.request(sessions, (session) => session.set("note", "kept"));
  travel("1d");
  const { response, setCookies, seen } = await pass();
  expect(setCookies).toEqual([expect.stringMatching(/^__Host-session-activity=/)]);
  expect(response.headers.get("x-middleware-request-x-added")).toBe("by the handler");
  expect(seen).toEqual({ note: "kept" });
});

test("a login there signs in for the page, and a logout out", async () => {
  let leaves = false;
  const { pass, sessions, browser } = proxied(
    (_request, session) => (leaves ? session.logout() : void session.login("ada")),
    {
      tiers: "cookie+db",
    },
  );
  await pass();
  expect(await browser.request(sessions, (session) => session.userId)).toBe("ada");
  leaves = true;
  const { seen } = await pass();
  expect(seen).toEqual({});
  expect(browser.cookies).toEqual({});
});

test("a prefetch signs nobody out", async () => {
  const { pass, sessions, browser } = proxied((_request, session) => session.logout());
  await browser.request(sessions, (session) => session.set("note", "kept"));
  expect((await pass({ "sec-purpose": "prefetch" })).response.status).toBe(503);
  expect((await pass({ "sec-purpose": "prefetch" })).seen).toEqual({ note: "kept" });
});

test("what is no handler is refused", () => {
  expect(() => createSessionProxy(deploy().definition, {}, undefined as never)).toThrow(
    expect.objectContaining({ code: "config", option: "handler" }),
  );
});
