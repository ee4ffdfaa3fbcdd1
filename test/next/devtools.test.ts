import { defineSession } from "spillway";
import { POST, SessionPanel } from "spillway/next/devtools";
import { memoryCache, memoryStore } from "spillway/stores/memory";
import { createSessions } from "spillway/web";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Snapshot } from "../../src/client/panel/snapshot.js";
import { developmentTools } from "../../src/telemetry/development.js";
import { newSecret } from "../support/deployments.js";
import { FakeBrowser } from "../support/fake-browser.js";

const ORIGIN = "http://localhost:3000";

/** Asks the panel's route as a page of the application does, with changes. */
function ask(cookie = "", headers: Record<string, string> = {}, body: object = {}): Promise<Response> {
  return POST(
    new Request(`${ORIGIN}/api/spillway`, {
      method: "POST",
      headers: { host: "localhost:3000", origin: ORIGIN, "sec-fetch-site": "same-origin", cookie, ...headers },
      body: JSON.stringify(body),
    }),
  );
}

describe("the panel's route", () => {
  beforeEach(() => {
    vi.stubEnv("NODE_ENV", "development");
  });

  afterEach(() => {
    vi.unstubAllEnvs();
    developmentTools().applications.clear();
  });

  function application(options: { secure?: boolean; cookieThreshold?: number } = {}) {
    const { secure, cookieThreshold = 2304 } = options;
    const definition = defineSession<Record<string, unknown>>({
      secret: newSecret(),
      cookie: { name: "panel", ...(secure === undefined ? {} : { secure }) },
    });
    const store = memoryStore();
    // A database answers later than memory does.
    const insert: typeof store.insert = async (record) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return store.insert(record);
    };
    const sessions = createSessions(definition, { store: { ...store, insert }, cache: memoryCache(), cookieThreshold });
    const browser = new FakeBrowser({ url: ORIGIN });
    const snapshot = async (body: object = {}): Promise<Snapshot> =>
      (await ask(browser.headers.get("cookie") ?? "", {}, body)).json();
    return { sessions, browser, snapshot };
  }

  test("is not there outside of development", async () => {
    application();
    for (const env of ["production", "test"]) {
      vi.stubEnv("NODE_ENV", env);
      expect((await ask()).status).toBe(404);
      expect(await SessionPanel({})).toBeNull();
    }
  });

  test.each([
    ["a page of another site", { "sec-fetch-site": "cross-site", origin: "https://evil.example" }],
    ["a sibling domain", { "sec-fetch-site": "same-site", origin: "http://other.localhost:3000" }],
    ["a sandboxed page", { origin: "null" }],
    ["a name that somebody else made lead here", { host: "evil.example:3000", origin: "http://evil.example:3000" }],
  ])("refuses %s", async (_, headers) => {
    application();
    const response = await ask("", headers);
    expect(response.status).toBe(403);
    expect(response.headers.get("cache-control")).toBe("private, no-store");
  });

  test("refuses whoever does not tell where it comes from", async () => {
    application();
    const request = new Request(`${ORIGIN}/api/spillway`, { method: "POST", headers: { host: "localhost:3000" } });
    expect((await POST(request)).status).toBe(403);
  });

  test("tells placement, bytes, keys, sizes, deadlines and the last requests", async () => {
    const { sessions, browser, snapshot } = application();
    await browser.request(sessions, (session) => session.set({ theme: "dark", cart: [1, 2, 30] }));
    const { applications, requests } = await snapshot();
    const [{ session, threshold, returnsBelow, tiers, cookie } = expect.fail()] = applications;
    expect({ threshold, returnsBelow, tiers }).toEqual({
      threshold: 2304,
      returnsBelow: 1728,
      tiers: ["cache", "store"],
    });
    expect(session).toMatchObject({ placement: "cookie", signedIn: false });
    // What the browser counts is what the panel says.
    expect(session?.weight).toBe(cookie.cookies.find(({ name }) => name === "panel")?.bytes);
    expect(session?.values).toEqual([
      { key: "cart", type: "Array (3)", bytes: expect.any(Number), quick: false },
      { key: "theme", type: "string", bytes: expect.any(Number), quick: false },
    ]);
    expect(session?.expiresAt).toBeGreaterThan(session?.idleExpiresAt ?? Number.POSITIVE_INFINITY);
    expect(cookie).toMatchObject({ secret: 0 });
    expect(requests[0]?.operations.map(({ name, note }) => [name, note])).toEqual([
      ["load", "no session"],
      ["commit", "write: into the cookie"],
    ]);
  });

  test("tells of a session that spilled over: the version, the round trips, and what it would weigh", async () => {
    const { sessions, browser, snapshot } = application({ cookieThreshold: 512 });
    await browser.request(sessions, (session) => session.set("cart", "x".repeat(900)));
    const { applications, requests } = await snapshot();
    expect(applications[0]?.session).toMatchObject({ placement: "server", version: 1 });
    expect(applications[0]?.session?.weight).toBeGreaterThan(1200);
    expect(requests[0]?.calls.map(({ name }) => name)).toEqual(expect.arrayContaining(["store insert", "cache write"]));
  });

  test("shows values only on demand, and an id or a cookie never", async () => {
    const { sessions, browser, snapshot } = application();
    let id: string | undefined;
    await browser.request(sessions, async (session) => {
      await session.set("canary-key", "canary-value");
      id = session.id;
    });
    const told = JSON.stringify(await snapshot());
    expect(told).toContain("canary-key");
    expect(told).not.toContain("canary-value");
    const asked = JSON.stringify(await snapshot({ values: true }));
    expect(asked).toContain("canary-value");
    const sealed = /panel=([^;]+)/.exec(browser.headers.get("cookie") ?? "")?.[1] ?? expect.fail();
    for (const text of [told, asked]) {
      expect(text).not.toContain(id);
      expect(text).not.toContain(sealed);
    }
  });

  test("writes nothing and extends nothing", async () => {
    const { sessions, browser } = application();
    await browser.request(sessions, (session) => session.set("n", 1));
    const response = await ask(browser.headers.get("cookie") ?? "");
    expect(response.headers.get("set-cookie")).toBeNull();
  });

  test("warns of a large value, of a Secure cookie over http, of what is refused, and of what was not awaited", async () => {
    const reported = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const { sessions, browser, snapshot } = application({ secure: true, cookieThreshold: 1000 });
    const titles = async () => (await snapshot()).applications[0]?.warnings.map(({ title }) => title);
    expect(await titles()).toEqual(["The cookie is Secure, and this page came over http"]);

    const other = application({ cookieThreshold: 1000 });
    await other.browser.request(other.sessions, (session) => session.set("bulk", "x".repeat(600)));
    const { applications } = await other.snapshot();
    expect(applications.flatMap(({ warnings }) => warnings.map(({ title }) => title))).toContainEqual(
      expect.stringMatching(/^"bulk" takes 0\.6 KB of the 1\.0 KB/),
    );

    const answer = await ask("panel=nonsense");
    const refused: Snapshot = await answer.json();
    expect(refused.applications[0]?.warnings).toContainEqual(
      expect.objectContaining({ title: expect.stringMatching(/no session: malformed$/) }),
    );

    const { session } = await sessions.open(browser.headers);
    session.set("late", "x".repeat(5000));
    await vi.waitFor(() => expect(reported).toHaveBeenCalled());
    expect(await titles()).toContainEqual('session.set("late") was not awaited');
    reported.mockRestore();
  });

  test("says why values cannot be loaded, in the library's own words", async () => {
    const store = memoryStore();
    const definition = defineSession({ secret: newSecret(), cookie: { name: "panel" } });
    const sessions = createSessions(definition, {
      store: { ...store, get: () => Promise.reject(new Error("SELECT canary FROM sessions")) },
      cookieThreshold: 0,
    });
    const browser = new FakeBrowser({ url: ORIGIN });
    await browser.request(sessions, (session) => session.set("n", 1));
    const response = await ask(browser.headers.get("cookie") ?? "");
    const { applications }: Snapshot = await response.json();
    expect(applications[0]?.warnings[0]?.title).toBe("The values cannot be loaded");
    expect(JSON.stringify(applications)).not.toContain("canary");
  });
});
