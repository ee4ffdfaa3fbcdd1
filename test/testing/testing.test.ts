import { defineSession, type Session } from "spillway";
import { memoryCache, memoryStore } from "spillway/stores/memory";
import { createTestSession, returnToPresent, sealSession, travel } from "spillway/testing";
import { createSessions } from "spillway/web";
import { afterEach, describe, expect, test } from "vitest";
import { bulk, newSecret } from "../support/deployments.js";

interface AppSession {
  cart?: string[];
  theme?: "light" | "dark";
  text?: string;
}

const define = () => defineSession<AppSession, { notice: string }>({ secret: newSecret() });

afterEach(() => {
  returnToPresent();
});

describe("createTestSession", () => {
  /** What an application wants to test. */
  async function addToCart(session: Pick<Session<AppSession>, "update">, item: string) {
    await session.update("cart", (cart = []) => [...cart, item]);
  }

  test("gives a session with data and a user, as from an earlier request", async () => {
    const session = await createTestSession(define(), { data: { cart: ["tea"], theme: "dark" }, userId: "ada" });
    expect(session).toMatchObject({ active: true, accessed: false, userId: "ada", placement: "cookie" });
    expect(session.handle).toHaveLength(28);
    session.requireFresh("1m");
    await addToCart(session, "milk");
    expect(await session.all()).toEqual({ cart: ["tea", "milk"], theme: "dark" });
  });

  test("gives a visitor's first request when nothing is given", async () => {
    const session = await createTestSession(define());
    expect(session).toMatchObject({ active: false, id: undefined, userId: undefined });
    await addToCart(session, "tea");
    expect(session.active).toBe(true);
  });

  test("gives what does not fit a cookie, too, and refuses what no session keeps", async () => {
    const session = await createTestSession(define(), { data: { text: bulk(50_000) } });
    expect(session.placement).toBe("server");
    expect(await session.get("text")).toHaveLength(50_000);
    const refused = createTestSession(define(), { data: { cart: [() => 1] as unknown as string[] } });
    await expect(refused).rejects.toMatchObject({ code: "value", path: "cart[0]" });
  });

  test("signs out, rotates and flashes like a real one", async () => {
    const session = await createTestSession(define(), { userId: "ada" });
    await session.flash("notice", "saved");
    expect(await session.flashes()).toMatchObject([{ key: "notice", message: "saved" }]);
    await session.logout();
    expect(session).toMatchObject({ active: false, userId: undefined });
  });

  test("is of its own: two of them share nothing", async () => {
    const definition = define();
    const one = await createTestSession(definition, { userId: "ada", data: { theme: "dark" } });
    const other = await createTestSession(definition, { userId: "ada" });
    await one.destroy();
    expect(other.active).toBe(true);
    expect(await other.get("theme")).toBeUndefined();
  });
});

describe("sealSession", () => {
  test("gives the Cookie header that a server takes for its own", async () => {
    const definition = define();
    const store = memoryStore();
    const cookie = await sealSession(definition, { store, userId: "ada", data: { cart: ["tea"] } });
    expect(cookie).toMatch(/^__Host-session-user=Fe26\.2\*[^;]+$/);
    const { handle } = createSessions(definition, { store });
    const request = new Request("https://app.example/cart", { headers: { cookie } });
    const response = await handle(request, async (session) =>
      Response.json({ user: session.userId, cart: await session.get("cart") }),
    );
    expect(await response.json()).toEqual({ user: "ada", cart: ["tea"] });
  });

  test("registers the session with the server's store and cache, to be listed, revoked, or too large for a cookie", async () => {
    const definition = define();
    const tiers = { store: memoryStore(), cache: memoryCache() };
    const { open, sessions } = createSessions(definition, { ...tiers, revocationDelay: 0 });
    const cookie = await sealSession(definition, { ...tiers, userId: "ada", data: { text: bulk(20_000) } });
    const active = async () => (await open(new Headers({ cookie }))).session.active;
    expect(await active()).toBe(true);
    const [info] = await sessions.list("ada");
    expect(await sessions.revoke(info?.handle ?? "")).toBe(true);
    expect(await active()).toBe(false);
  });

  test("keeps to one cookie of each name, in as many chunks as it takes", async () => {
    const cookie = await sealSession(define(), { revocation: "none", userId: "ada", data: { text: bulk(4000) } });
    expect(cookie.split("; ").map((pair) => pair.split("=")[0])).toEqual([
      "__Host-session-user",
      "__Host-session-user.1",
    ]);
    await expect(sealSession(define(), { data: { text: bulk(9000) } })).rejects.toMatchObject({ code: "too-large" });
  });

  test("has the deadline that is given, and is bound to the headers that are", async () => {
    const definition = defineSession<AppSession>({ secret: newSecret(), bind: { userAgent: true } });
    const expiresAt = new Date(Date.now() + 60_000);
    const headers = { "user-agent": "Firefox" };
    const cookie = await sealSession(definition, { data: { theme: "dark" }, expiresAt, headers });
    const { open } = createSessions(definition);
    expect((await open(new Headers({ ...headers, cookie }))).session.expiresAt).toEqual(expiresAt);
    expect((await open(new Headers({ cookie }))).session.active).toBe(false);
  });
});

describe("travel", () => {
  test("shows a session expire, at its idle and at its absolute deadline", async () => {
    const definition = define();
    const { open } = createSessions(definition);
    const cookie = await sealSession(definition, { data: { cart: ["tea"] } });
    const active = async () => (await open(new Headers({ cookie }))).session.active;
    travel("6d");
    expect(await active()).toBe(true);
    travel("2d");
    expect(await active()).toBe(false);
    travel("-2d");
    expect(await active()).toBe(true);
    returnToPresent();
    expect(await active()).toBe(true);
  });

  test("makes a sign-in old", async () => {
    const session = await createTestSession(define(), { userId: "ada" });
    travel(601);
    expect(() => session.requireFresh("10m")).toThrow(expect.objectContaining({ code: "stale-authentication" }));
  });

  test("takes the stores in memory along: what has expired is gone from the cache, and the cleanup deletes its row", async () => {
    const tiers = { store: memoryStore(), cache: memoryCache() };
    const { open, sessions } = createSessions(define(), { ...tiers, cookieThreshold: 0 });
    const { session } = await open(new Headers());
    await session.set("theme", "dark");
    const handle = session.handle as string;
    expect((await tiers.cache.read(handle)).entry).toBeDefined();
    travel("61m"); // cacheMaxAge is "1h"
    expect((await tiers.cache.read(handle)).entry).toBeUndefined();
    expect(await sessions.cleanup()).toEqual({ deleted: 0, complete: true });
    travel("31d"); // lifetime is "30d"
    expect(await sessions.cleanup()).toEqual({ deleted: 1, complete: true });
  });

  test("refuses what is no duration", () => {
    expect(() => travel("soon" as "1d")).toThrow(/`by`.*no duration/);
  });
});
