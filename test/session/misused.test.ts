import { defineSession, type Session } from "spillway";
import { createTestSession, sealSession } from "spillway/testing";
import { assertSameOrigin, createSessions, csrfToken, isCsrfToken, isSameOrigin, sealedCookie } from "spillway/web";
import { describe, expect, test } from "vitest";
import { bulk, DEPLOYMENTS, deploy, newSecret } from "../support/deployments.js";

type Any = Session<Record<string, unknown>> & Record<string, (...args: unknown[]) => Promise<unknown>>;

/** Calls that keep nothing, or something else than was meant. TypeScript refuses them; JavaScript does not. */
const CALLS: readonly (readonly [string, (session: Any) => Promise<unknown>])[] = [
  ["set(3, x)", (session) => session.set(3 as never, "x")],
  ["set(symbol, x)", (session) => session.set(Symbol("s") as never, "x")],
  ["set(undefined, x)", (session) => session.set(undefined as never, "x")],
  ["set(null)", (session) => session.set(null as never)],
  ["set()", (session) => (session.set as () => Promise<unknown>)()],
  ['set("text")', (session) => (session.set as unknown as (key: string) => Promise<unknown>)("text")],
  ["set(new Map())", (session) => session.set(new Map([["a", 1]]) as never)],
  ["set(new Set())", (session) => session.set(new Set(["a"]) as never)],
  ["set(new Date())", (session) => session.set(new Date() as never)],
  ["set(array)", (session) => session.set(["a", "b"] as never)],
  [
    "set(instance)",
    (session) =>
      session.set(
        new (class Cart {
          a = 1;
        })() as never,
      ),
  ],
  ["set(function)", (session) => session.set((() => 1) as never)],
  ["set(a symbol as a key)", (session) => session.set({ [Symbol("s")]: 1 } as never)],
  ["set(object, object)", (session) => (session.set as (...values: object[]) => Promise<unknown>)({ b: 1 }, { c: 2 })],
  ['set("b", 1, 2)', (session) => (session.set as (...args: unknown[]) => Promise<unknown>)("b", 1, 2)],
  ['delete("a", "b")', (session) => (session.delete as (...keys: string[]) => Promise<unknown>)("a", "b")],
  ['clear("c")', (session) => (session.clear as (key: string) => Promise<unknown>)("c")],
  ["destroy({ keep })", (session) => (session.destroy as (options: object) => Promise<unknown>)({ keep: ["a"] })],
  ['logout({ keep: [""] })', (session) => session.logout({ keep: [""] })],
  ['logout({ keep: ["__proto__"] })', (session) => session.logout({ keep: ["__proto__"] })],
  ["logout({ keep: a list with a hole })", (session) => session.logout({ keep: new Array(1) })],
  ["setDefault(3, x)", (session) => session.setDefault(3 as never, "x")],
  ["setDefault(symbol, x)", (session) => session.setDefault(Symbol("s") as never, "x")],
  ["update(3)", (session) => session.update(3 as never, () => 1)],
  ["update(symbol)", (session) => session.update(Symbol("s") as never, () => 1)],
  ["delete(3)", (session) => session.delete(3 as never)],
  ["delete(symbol)", (session) => session.delete(Symbol("s") as never)],
  ["pop(3)", (session) => session.pop(3 as never)],
  ["pop(symbol)", (session) => session.pop(Symbol("s") as never)],
  ["setQuick(3, x)", (session) => session.setQuick(3 as never, "x")],
  ["setQuick(symbol, x)", (session) => session.setQuick(Symbol("s") as never, "x")],
  ["popQuick(symbol)", (session) => session.popQuick(Symbol("s") as never)],
  ["flash(3, x)", (session) => session.flash(3 as never, "x" as never)],
  ["flash(symbol, x)", (session) => session.flash(Symbol("s") as never, "x" as never)],
  ["login(3)", (session) => session.login(3 as never)],
  ['login("ada", { remember: "no" })', (session) => session.login("ada", { remember: "no" as never })],
  ['logout({ keep: "a" })', (session) => session.logout({ keep: "a" as never })],
  ["setDefault(key) without a value", (session) => (session.setDefault as (key: string) => Promise<unknown>)("b")],
  ["setQuick(key) without a value", (session) => (session.setQuick as (key: string) => Promise<unknown>)("b")],
  ["flash(key) without a message", (session) => (session.flash as (key: string) => Promise<unknown>)("b")],
  ['update("a", 3)', (session) => session.update("a", 3 as never)],
  ['update("a")', (session) => (session.update as (key: string) => Promise<unknown>)("a")],
  ["get(3)", (session) => session.get(3 as never)],
  ["get()", (session) => session.get(undefined as never)],
  ["has(symbol)", (session) => session.has(Symbol("s") as never)],
  ["start(3)", (session) => session.start(3 as never)],
  ["start({ secur })", (session) => session.start({ secur: true } as never)],
  ["start(date)", (session) => session.start(new Date() as never)],
  ["start(null)", (session) => session.start(null as never)],
  ["regenerateId({ expires })", (session) => session.regenerateId({ expires: new Date() } as never)],
  ["regenerateId([])", (session) => session.regenerateId([] as never)],
  ['login("ada", { rember })', (session) => session.login("ada", { rember: true } as never)],
  ['login("ada", true)', (session) => session.login("ada", true as never)],
  ["login() without an id", (session) => (session.login as () => Promise<unknown>)()],
  ["login() with half of a character", (session) => session.login("ada\ud800")],
  ["logout({ keep: [3] })", (session) => session.logout({ keep: [3] as never })],
  ["logout({ kept })", (session) => session.logout({ kept: ["a"] } as never)],
  ['logout("a")', (session) => session.logout("a" as never)],
  ['commit("server")', (session) => session.commit("server" as never)],
  ["commit({ place })", (session) => session.commit({ place: "server" } as never)],
  ["commit({ symbol })", (session) => session.commit({ [Symbol("s")]: 1 } as never)],
  ['commit({ placement: "cookie" })', (session) => session.commit({ placement: "cookie" as never })],
];

describe.each(CALLS)("%s", (_call, make) => {
  test("Rule 15: rejects, and writes nothing", async () => {
    const application = deploy({ tiers: "cookie+kv+db", server: { cookieThreshold: 0 } });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set("a", 1));
    application.wire.take();
    const { session, setCookies } = await application.sessions.open(browser.headers);
    const called = make(session as never);
    await expect(called).rejects.toThrow(/key|value|needs|takes/);
    await session.commit();
    expect(setCookies).toEqual([]);
    expect(application.wire.take().filter((call) => !/\.(get|read)$/.test(call))).toEqual([]);
    expect(await browser.request(application.sessions, (again) => again.all())).toEqual({ a: 1 });
  });
});

type Manager = Record<string, (...args: unknown[]) => Promise<unknown>>;

/** Calls that would end, list or delete something else than was meant, and what the error names. */
const MANAGED: readonly (readonly [string, string, (sessions: Manager) => Promise<unknown> | undefined])[] = [
  ["revokeUser(id, { exept })", "exept", (sessions) => sessions.revokeUser?.("ada", { exept: "handle" })],
  ["revokeUser(id, { except: null })", "except", (sessions) => sessions.revokeUser?.("ada", { except: null })],
  ['revokeUser(id, { except: "" })', "except", (sessions) => sessions.revokeUser?.("ada", { except: "" })],
  ["destroyAll({ except })", "destroyAll", (sessions) => sessions.destroyAll?.({ except: "handle" })],
  ['update(id, "a")', "function", (sessions) => sessions.update?.("A".repeat(43), "a")],
  ['update(id, "", change)', "key", (sessions) => sessions.update?.("A".repeat(43), "", () => 1)],
  ["update(id, 3, change)", "key", (sessions) => sessions.update?.("A".repeat(43), 3, () => 1)],
  ["update(5, key, change)", "the id", (sessions) => sessions.update?.(5, "a", () => 1)],
  ["revokeUser(id, handle)", "except", (sessions) => sessions.revokeUser?.("ada", "handle")],
  ["revokeUser()", "the user's id", (sessions) => sessions.revokeUser?.()],
  ['revokeUser("")', "the user's id", (sessions) => sessions.revokeUser?.("")],
  ["revokeUser({ id })", "the user's id", (sessions) => sessions.revokeUser?.({ id: "ada" })],
  ["revoke(undefined)", "the handle", (sessions) => sessions.revoke?.(undefined)],
  ["revoke(3)", "the handle", (sessions) => sessions.revoke?.(3)],
  ["list(undefined)", "the user's id", (sessions) => sessions.list?.(undefined)],
  ["list(42)", "the user's id", (sessions) => sessions.list?.(42)],
  ["list(id, { curent })", "curent", (sessions) => sessions.list?.("ada", { curent: "handle" })],
  ["list(id, { current: 3 })", "current", (sessions) => sessions.list?.("ada", { current: 3 })],
  ["load(undefined)", "the id", (sessions) => sessions.load?.(undefined)],
  ['cleanup({ limit: "x" })', "limit", (sessions) => sessions.cleanup?.({ limit: "x" })],
  ["cleanup({ limit: NaN })", "limit", (sessions) => sessions.cleanup?.({ limit: Number.NaN })],
  ["cleanup({ limit: -1 })", "limit", (sessions) => sessions.cleanup?.({ limit: -1 })],
  ["cleanup({ limit: 1.5 })", "limit", (sessions) => sessions.cleanup?.({ limit: 1.5 })],
  ['cleanup({ budget: "10" })', "budget", (sessions) => sessions.cleanup?.({ budget: "10" })],
  ["cleanup({ limt })", "limt", (sessions) => sessions.cleanup?.({ limt: 3 })],
  ['cleanup({ budget: "soon" })', "budget", (sessions) => sessions.cleanup?.({ budget: "soon" })],
  ["cleanup({ budget: Infinity })", "budget", (sessions) => sessions.cleanup?.({ budget: Number.POSITIVE_INFINITY })],
  ["cleanup({ onProgress: 3 })", "onProgress", (sessions) => sessions.cleanup?.({ onProgress: 3 })],
  ["cleanup(500)", "options", (sessions) => sessions.cleanup?.(500)],
];

test.each(MANAGED)("Rule 15: sessions.%s rejects, names %s, and asks no store", async (_call, name, make) => {
  const application = deploy();
  await application.browser().request(application.sessions, (session) => session.login("ada"));
  application.wire.take();
  await expect(make(application.sessions.sessions as unknown as Manager)).rejects.toThrow(name);
  expect(application.wire.take()).toEqual([]);
});

test("Rule 15: requireFresh names its argument, and no option", async () => {
  const { sessions } = deploy({ tiers: "cookie" });
  const { session } = await sessions.open(new Headers());
  for (const maxAge of [undefined, null, "soon", "10", Number.POSITIVE_INFINITY, Number.NaN, -1, {}, new Date()]) {
    expect(() => session.requireFresh(maxAge as never)).toThrow(/^requireFresh\(\) needs `maxAge` as a duration/);
  }
});

describe("Rule 15: what is no request, response, session or handler is refused by name", () => {
  const { sessions, definition } = createWeb();

  function createWeb() {
    const definition = defineSession({ secret: newSecret() });
    return { definition, sessions: createSessions(definition) };
  }

  test.each([undefined, null, "GET", 3, {}, { headers: {} }])("%j", async (wrong) => {
    await expect(sessions.open(wrong as never)).rejects.toThrow(/^open\(\) needs/);
    await expect(sessions.handle(wrong as never, () => new Response())).rejects.toThrow(/^handle\(\) needs/);
    await expect(sessions.handle(new Request("https://a.example"), wrong as never)).rejects.toThrow(
      /^handle\(\) needs/,
    );
    const { apply } = await sessions.open(new Headers());
    expect(() => apply(wrong as never)).toThrow(/^apply\(\) needs/);
    await expect(csrfToken(definition, wrong as never)).rejects.toThrow(/^csrfToken\(\) needs/);
    await expect(isCsrfToken(definition, wrong as never, "")).rejects.toThrow(/^isCsrfToken\(\) needs/);
    expect(() => isSameOrigin(wrong as never)).toThrow(/^isSameOrigin\(\) needs/);
    expect(() => assertSameOrigin(wrong as never)).toThrow(/needs/);
    await expect(sealedCookie({ secret: newSecret(), name: "__Host-a" }).open(wrong as never)).rejects.toThrow(/needs/);
  });
});

test("Rule 15: sealSession and createTestSession refuse what is none of their options", async () => {
  const definition = defineSession({ secret: newSecret() });
  for (const wrong of [{ usrId: "ada" }, { userId: 3 }, { data: "a" }, { data: new Map() }, 3, null]) {
    await expect(sealSession(definition, wrong as never)).rejects.toMatchObject({ code: "config" });
    await expect(createTestSession(definition, wrong as never)).rejects.toMatchObject({ code: "config" });
  }
});

test("Rule 15: objects without a prototype are plain, too, and an undefined value is a value", async () => {
  const { sessions } = deploy({ tiers: "cookie" });
  const { session } = await sessions.open(new Headers());
  await session.set(Object.assign(Object.create(null), { a: 1 }));
  await session.set("b", undefined);
  expect(await session.keys()).toEqual(["a", "b"]);
});

test.each(DEPLOYMENTS)(
  "Rule 15: a fallback stands in for an undefined that was set, as the type says (%s)",
  async (tiers) => {
    const application = deploy({ tiers, server: { revocation: "none" } });
    const browser = application.browser();
    const unset = { theme: undefined, taken: undefined, kept: undefined, text: tiers === "cookie" ? "" : bulk() };
    await browser.request(application.sessions, (session) => session.set(unset));
    await browser.request(application.sessions, async (session) => {
      expect(await session.get("theme", "light")).toBe("light");
      expect(await session.get("theme")).toBeUndefined();
      expect(await session.has("theme")).toBe(true);
      expect(await session.pop("taken", "nothing")).toBe("nothing");
      expect(await session.setDefault("kept", "now")).toBe("now");
    });
    await browser.request(application.sessions, async (session) => {
      expect(await session.get("kept", "never")).toBe("now");
      expect(await session.has("taken")).toBe(false);
    });
  },
);

describe("events", () => {
  test.each(["cookie", "cookie+db"] as const)(
    'Rule 10: a login with `revocation: "none"` is one, too (%s)',
    async (tiers) => {
      const application = deploy({ tiers, server: { revocation: "none" } });
      await application.browser().request(application.sessions, (session) => session.login("ada"));
      expect(application.events).toContainEqual(["login", expect.objectContaining({ userId: "ada" })]);
    },
  );

  test("Rule 10: revoking a handle that is unknown, or twice, tells of nothing", async () => {
    const application = deploy({ tiers: "cookie+kv+db" });
    const { sessions: manager } = application.sessions;
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.login("ada"));
    const [{ handle } = { handle: "" }] = await manager.list("ada");
    application.events.length = 0;
    expect(await manager.revoke("A".repeat(22))).toBe(false);
    expect(application.events).toEqual([]);
    expect(await manager.revoke(handle)).toBe(true);
    expect(application.heard).toEqual(["destroying", "revoked", "destroyed"]);
    expect(await manager.revoke(handle)).toBe(false);
    expect(application.heard).toHaveLength(3);
  });
});
