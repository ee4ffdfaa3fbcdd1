import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { defineSession, type SessionStore } from "spillway";
import { createSessions } from "spillway/next/pages";
import { memoryStore } from "spillway/stores/memory";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { newSecret } from "../support/deployments.js";
import { gate } from "../support/gate.js";
import { sessionRecord } from "../support/records.js";

const define = () => defineSession<{ visits: number; theme: string }>({ secret: newSecret() });
const { getSession } = createSessions(define());

/** Sessions of which every commit cleans up, over a store that waits before it deletes, and tells when it has. */
const store = memoryStore();
const [asked, allowed, cleaned] = [gate(), gate(), gate()];
const watched: SessionStore = {
  ...store,
  async deleteBatch(filter, limit) {
    asked.open();
    await allowed.opened;
    const gone = await store.deleteBatch(filter, limit);
    cleaned.open();
    return gone;
  },
};
const cleaning = createSessions(define(), { store: watched, cleanupProbability: 1 });

/** What a route did when its response had left. */
let late: Promise<unknown>;

/** API routes of the Pages Router: functions of Node's request and response. */
const ROUTES: Record<string, (req: IncomingMessage, res: ServerResponse) => Promise<unknown>> = {
  "/visit": async (req, res) => (await getSession(req, res)).update("visits", (count = 0) => count + 1),
  "/twice": async (req, res) => {
    await (await getSession(req, res)).set("theme", "dark");
    return (await getSession(req, res)).get("theme");
  },
  "/clean": async (req, res) => {
    await (await cleaning.getSession(req, res)).set("theme", "dark");
    let isAsked = false;
    asked.opened.then(() => {
      isAsked = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    return isAsked;
  },
  "/late": async (req, res) => {
    const session = await getSession(req, res);
    late = new Promise((resolve) => res.once("close", resolve)).then(() => session.set("theme", "dark"));
    late.catch(() => undefined);
  },
  "/read": async (req, res) => (await getSession(req, res)).get("visits", 0),
};

let server: Server;
let origin: string;

beforeAll(async () => {
  server = createServer(async (req, res) => {
    res.setHeader("Set-Cookie", "other=kept");
    res.end(JSON.stringify(await ROUTES[req.url ?? ""]?.(req, res)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => server.close());

const cookieOf = (response: Response) =>
  response.headers
    .getSetCookie()
    .find((cookie) => cookie.startsWith("__Host-session="))
    ?.split(";")[0] ?? "";

test("[F19] the Pages Router has the same session, by Node's request and response.", async () => {
  const first = await fetch(`${origin}/visit`);
  expect(await first.json()).toBe(1);
  const second = await fetch(`${origin}/visit`, { headers: { cookie: cookieOf(first) } });
  expect(await second.json()).toBe(2);
});

test("[W10] its cookie stands beside those that the response has already, and no cache keeps the response.", async () => {
  const response = await fetch(`${origin}/visit`);
  expect(response.headers.getSetCookie()).toHaveLength(2);
  expect(response.headers.getSetCookie()[0]).toBe("other=kept");
  expect(response.headers.get("cache-control")).toBe("private, no-store");
});

test("One request has one session, however often it is asked for.", async () => {
  expect(await (await fetch(`${origin}/twice`)).json()).toBe("dark");
});

test("[G5] a route that only reads sets no cookie.", async () => {
  const response = await fetch(`${origin}/read`);
  expect(await response.json()).toBe(0);
  expect(cookieOf(response)).toBe("");
});

test("[A8] [F24] with cleanupProbability a commit cleans up, not before its response has left and never in its way.", async () => {
  const { key } = sessionRecord();
  await store.insert(sessionRecord({ key, expiresAt: new Date(Date.now() - 60_000) }));
  const response = await fetch(`${origin}/clean`);
  expect(await response.json()).toBe(false);
  await asked.opened;
  expect(await store.get(key)).toBeDefined();
  allowed.open();
  await cleaned.opened;
  expect(await store.get(key)).toBeUndefined();
});

test("A commit whose response has left says so: it has no cookie to set.", async () => {
  await (await fetch(`${origin}/late`)).text();
  await expect(late).rejects.toMatchObject({ code: "read-only" });
});

test("a change that stays in the cookie reaches the browser, although the response was sent before anybody awaited it", async () => {
  const forgetful = createServer(async (req, res) => {
    const session = await getSession(req, res);
    session.set("visits", 7);
    session.set("theme", "dark");
    res.end();
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void forgetful.close());
  await once(forgetful, "listening");
  const response = await fetch(`http://127.0.0.1:${(forgetful.address() as AddressInfo).port}`);
  const read = await fetch(`${origin}/read`, { headers: { cookie: cookieOf(response) } });
  expect(await read.json()).toBe(7);
});

test.each([
  ["a web request", () => [new Request("https://app.example/"), {}]],
  ["its headers", () => [new Headers(), {}]],
  ["no response", () => [{ headers: {} }]],
  ["nothing", () => []],
])("what is no `req` and `res` of Node is refused by name, and is no empty session (%s)", async (_, given) => {
  const [request, response] = given() as unknown as [IncomingMessage, ServerResponse];
  await expect(getSession(request, response)).rejects.toThrow(/^getSession\(\) needs Node's `req` and `res`/);
});
