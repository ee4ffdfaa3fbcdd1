/** Prefetches: nobody has asked for what they would do. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Session } from "spillway";
import { createSessions as createPagesSessions } from "spillway/next/pages";
import { expect, onTestFinished, test, vi } from "vitest";
import { type AnyData, deploy } from "../support/deployments.js";

/** What browsers and Next's clients send with a prefetch. */
const PREFETCHES: readonly Record<string, string>[] = [
  { "sec-purpose": "prefetch" },
  { "sec-purpose": "prefetch;prerender" },
  { "sec-purpose": "prefetch;anonymous-client-ip" },
  { purpose: "prefetch" },
  { "x-purpose": "preview" },
  { "x-moz": "prefetch" },
  { "next-router-prefetch": "1" },
  { "next-router-prefetch": "2", rsc: "1" },
  { "next-router-segment-prefetch": "/_tree" },
  { "x-middleware-prefetch": "1" },
];

const LIFECYCLE: Record<string, (session: Session<AnyData, AnyData>) => Promise<unknown>> = {
  login: (session) => session.login("grace"),
  logout: (session) => session.logout(),
  destroy: (session) => session.destroy(),
  regenerateId: (session) => session.regenerateId(),
  start: (session) => session.start(),
};

/** Somebody who is signed in. */
async function signedIn() {
  const application = deploy({ tiers: "cookie+db" });
  const browser = application.browser();
  await browser.request(application.sessions, async (session) => {
    await session.login("ada");
    await session.set("count", 1);
  });
  const request = (headers: Record<string, string>) =>
    new Request("https://app.example/", { headers: { ...Object.fromEntries(browser.headers), ...headers } });
  return { ...application, sessions: application.sessions, browser, request };
}

test.each(PREFETCHES)("a prefetch with %o begins, ends and changes no session", async (headers) => {
  const { sessions, browser, request } = await signedIn();
  for (const [name, call] of Object.entries(LIFECYCLE)) {
    const { session, setCookies } = await sessions.open(request(headers));
    await expect(call(session), name).rejects.toMatchObject({
      code: "prefetch",
      message: expect.stringContaining(`session.${name}(`),
    });
    expect(setCookies).toEqual([]);
  }
  expect(await browser.request(sessions, (session) => session.userId)).toBe("ada");
});

test.each([
  { rsc: "1", "next-router-state-tree": "%5B%22%22%5D" },
  { "sec-purpose": "" },
  { "sec-fetch-dest": "document", "sec-fetch-user": "?1" },
])("a navigation with %o signs out", async (headers) => {
  const { sessions, browser, request } = await signedIn();
  const response = await sessions.handle(request(headers), async (session) => {
    await session.logout();
    return new Response();
  });
  browser.receive(response.headers.getSetCookie());
  expect(await browser.request(sessions, (session) => session.active)).toBe(false);
});

test("handle() answers a prefetch with 503, which no browser takes for the page, and nothing is committed", async () => {
  const { sessions, browser, request } = await signedIn();
  const response = await sessions.handle(request({ "sec-purpose": "prefetch" }), async (session) => {
    await session.set("count", 2);
    await session.logout();
    return new Response("signed out");
  });
  expect(response.status).toBe(503);
  expect(response.headers.get("cache-control")).toBe("private, no-store");
  expect(await response.text()).toMatch(/^session\.logout\(\) was called in a prefetch/);
  expect(await browser.request(sessions, async (session) => [session.userId, await session.get("count")])).toEqual([
    "ada",
    1,
  ]);
});

test("a prefetch may read, and its data is written as that of any request", async () => {
  const { sessions, browser, request } = await signedIn();
  const { session, setCookies } = await sessions.open(request({ "sec-purpose": "prefetch" }));
  expect(await session.get("count")).toBe(1);
  await session.set("count", 2);
  browser.receive(setCookies);
  expect(await browser.request(sessions, (after) => after.get("count"))).toBe(2);
});

test("in the Pages Router a prefetch is refused alike", async () => {
  const { definition } = await signedIn();
  const { getSession } = createPagesSessions(definition, { revocation: "none" });
  const server = createServer(async (req, res) => {
    const error = await (await getSession(req, res)).login("grace").catch((thrown: unknown) => thrown);
    res.end(String((error as { code?: string }).code));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await (await fetch(url, { headers: { "sec-purpose": "prefetch" } })).text()).toBe("prefetch");
  expect(await (await fetch(url)).text()).toBe("undefined");
});

test("development says so, since nobody sees what a prefetch is answered", async () => {
  vi.stubEnv("NODE_ENV", "development");
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  onTestFinished(() => {
    vi.unstubAllEnvs();
    warn.mockRestore();
  });
  const { sessions, request } = await signedIn();
  const { session } = await sessions.open(request({ "sec-purpose": "prefetch" }));
  await expect(session.logout()).rejects.toMatchObject({ code: "prefetch" });
  expect(warn).toHaveBeenCalledWith(
    expect.stringMatching(/^Spillway: session\.logout\(\) .*<Link prefetch=\{false\}>/),
  );
});
