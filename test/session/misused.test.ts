import type { Session } from "spillway";
import { describe, expect, test } from "vitest";
import { bulk, deploy, DEPLOYMENTS } from "../support/deployments.js";

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
