/** The route that `useSession()` asks, over `spillway/web` in place of Next: what it answers, and how it signs out. */

import { type FlashMessages, SessionError } from "spillway";
import { createSessionRoute } from "spillway/next/session-route";
import { describe, expect, test } from "vitest";
import { type AnyData, type Deployment, deploy, type Tiers, WITH_SERVER } from "../support/deployments.js";
import type { FakeBrowser } from "../support/fake-browser.js";

const URL_OF_ROUTE = "https://app.example/api/session";
const OWN = { host: "app.example", origin: "https://app.example", "sec-fetch-site": "same-origin" };

type WithSession = Parameters<typeof createSessionRoute<AnyData, FlashMessages, unknown>>[0];

function withSessionOf({ sessions }: Deployment): WithSession {
  return ((handler: (session: unknown, request: Request) => Promise<Response>) => (request: Request) =>
    sessions.handle(request, (session) => handler(session, request))) as never;
}

/** An application with the route, and a browser of Ada's. */
async function signedIn(tiers: Tiers, keep?: string[]) {
  const application = deploy({ tiers });
  const route = createSessionRoute(withSessionOf(application), {
    expose: async (session) => ({ theme: (await session.get("theme")) ?? null }),
    ...(keep && { keep }),
  });
  const browser = application.browser();
  await browser.request(application.sessions, async (session) => {
    await session.login("ada");
    await session.set({ theme: "dark", secret: "of Ada" });
  });
  const ask = async (method: "GET" | "DELETE", headers: Record<string, string> = OWN, from: FakeBrowser = browser) => {
    const all = new Headers({ ...headers, ...Object.fromEntries(from.headers) });
    const response = await route[method](new Request(URL_OF_ROUTE, { method, headers: all }));
    from.receive(response.headers.getSetCookie());
    return { response, told: (await response.json()) as Record<string, unknown> };
  };
  return { application, browser, ask };
}

describe.each(WITH_SERVER)("the route of the session, %s", (tiers) => {
  test("GET tells what is exposed, to no cache", async () => {
    const { ask, application } = await signedIn(tiers);
    const { response, told } = await ask("GET", {});
    expect(told).toMatchObject({ active: true, signedIn: true, data: { theme: "dark" } });
    expect(JSON.stringify(told)).not.toMatch(/ada|secret/i);
    expect(response.headers.get("cache-control")).toBe("private, no-store");
    const { told: stranger } = await ask("GET", {}, application.browser());
    expect(stranger).toEqual({
      active: false,
      signedIn: false,
      idleExpiresIn: null,
      expiresIn: null,
      data: { theme: null },
    });
  });

  test("[S4] DELETE ends the session, and every copy of its cookie", async () => {
    const { ask, browser, application } = await signedIn(tiers);
    const thief = browser.clone();
    const { response, told } = await ask("DELETE");
    expect(response.status).toBe(200);
    expect(told).toMatchObject({ active: false, signedIn: false, data: { theme: null } });
    expect(response.headers.get("cache-control")).toBe("private, no-store");
    expect(browser.cookies).toEqual({});
    expect(await application.sessions.sessions.list("ada")).toEqual([]);
    expect((await ask("GET", {}, thief)).told).toMatchObject({ active: false, data: { theme: null } });
  });

  test("DELETE keeps for the visitor what `keep` names, and nothing else", async () => {
    const { ask, browser, application } = await signedIn(tiers, ["theme"]);
    expect((await ask("DELETE")).told).toMatchObject({ active: true, signedIn: false, data: { theme: "dark" } });
    const left = await browser.request(application.sessions, async (session) => ({
      all: await session.all(),
      userId: session.userId,
    }));
    expect(left).toEqual({ all: { theme: "dark" }, userId: undefined });
  });

  test.each([
    ["another site's page", { host: "app.example", origin: "https://evil.example", "sec-fetch-site": "cross-site" }],
    ["a sibling domain's", { host: "app.example", origin: "https://evil.app.example", "sec-fetch-site": "same-site" }],
    ["a sandboxed page", { host: "app.example", origin: "null" }],
    ["nobody knows which page", { host: "app.example" }],
    ["a page of http", { host: "app.example", origin: "http://app.example" }],
  ])("[S9] DELETE by %s is refused, and signs nobody out", async (_who, headers) => {
    const { ask } = await signedIn(tiers);
    await expect(ask("DELETE", headers as Record<string, string>)).rejects.toMatchObject({ code: "cross-site" });
    expect((await ask("GET", {})).told).toMatchObject({ active: true, signedIn: true, data: { theme: "dark" } });
  });

  test("DELETE rejects when the tier that knows the session fails", async () => {
    const { ask, application } = await signedIn(tiers);
    application.wire.cut(tiers.endsWith("db") ? "store" : "cache");
    await expect(ask("DELETE")).rejects.toBeInstanceOf(SessionError);
    application.wire.mend();
  });
});

test.each([
  ["a text", "theme"],
  ["no text", [3]],
  ["a hole", new Array(1)],
  ["an empty key", [""]],
  ["a name of the prototype's", ["theme", "__proto__"]],
  ["another", ["constructor"]],
])("`keep` with %s is refused when the route is made", (_what, keep) => {
  const withSession = withSessionOf(deploy({ tiers: "cookie" }));
  expect(() => createSessionRoute(withSession, { expose: () => null, keep: keep as never })).toThrow(
    expect.objectContaining({ code: "config", option: "keep" }),
  );
});
