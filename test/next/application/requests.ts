import { describe, expect, test } from "vitest";
import type { Context } from "./context.js";
import { type How, shown } from "./visitor.js";

const HOWS: readonly How[] = ["form", "fetch"];

/** What one request costs, counted at the KV server and in the database's query log. */
export function describeRequests(context: Context): void {
  const { application, visitorHeldBy } = context;
  const calls = () => application().takeCalls();

  describe("one request, one load, one commit", () => {
    test("Rule 2: metadata, a page and two components beside each other share no load at all of a session in the cookie", async () => {
      const visitor = await visitorHeldBy("cookie");
      const { body, setCookies } = await visitor.open("/read");
      expect(calls()).toEqual({ kv: 0, statements: [] });
      expect(setCookies).toEqual([]);
      expect(body).toContain("<title>count 1</title>");
      expect(shown(body, "page")).toBe("from a handler");
    });

    test("Rule 2: metadata, a page and two components beside each other share one load of a session on the server", async () => {
      const visitor = await visitorHeldBy("server");
      const { body, setCookies } = await visitor.open("/read");
      expect(calls()).toEqual({ kv: 1, statements: [] });
      expect(setCookies).toEqual([]);
      expect(body).toContain("<title>count 1</title>");
      for (const id of ["one", "two"])
        expect(JSON.parse(shown(body, id))).toMatchObject({ placement: "server", count: 1 });
    });

    test("a route handler that reads a session on the server makes one KV round trip and no statement", async () => {
      const visitor = await visitorHeldBy("server");
      expect(await visitor.state()).toMatchObject({ placement: "server", note: "from a handler" });
      expect(calls()).toEqual({ kv: 1, statements: [] });
    });

    test("Rule 3: a route handler in withSession commits once, however many mutations: one statement, one KV pipeline", async () => {
      const visitor = await visitorHeldBy("server");
      const { setCookies } = await visitor.request("/api/session", { method: "POST" });
      expect(names(setCookies)).toEqual(["__Host-session"]);
      expect(calls()).toEqual({ kv: 2, statements: [expect.stringMatching(/^UPDATE /)] });
      expect(await visitor.state()).toMatchObject({ count: 2 });
    });

    test.each(HOWS)(
      "Rule 3: an action in withSession (%s), and the render after it, load once and commit once",
      async (how) => {
        const visitor = await visitorHeldBy("server");
        const { body, setCookies } = await visitor.act("wrapped", how);
        expect(names(setCookies)).toEqual(["__Host-session"]);
        expect(calls()).toEqual({ kv: 2, statements: [expect.stringMatching(/^UPDATE /)] });
        if (how === "form") {
          for (const id of ["state", "beside"])
            expect(JSON.parse(shown(body, id))).toMatchObject({ note: "wrapped", count: 3 });
        }
        expect(await visitor.state()).toMatchObject({ placement: "server", note: "wrapped", count: 3 });
      },
    );

    test.each(HOWS)("Rule 3: the mutations of one tick are one commit without withSession too (%s)", async (how) => {
      const visitor = await visitorHeldBy("server");
      // Two mutations in one tick, then a third.
      await visitor.act("setThrice", how);
      expect(calls()).toEqual({
        kv: 3,
        statements: [expect.stringMatching(/^UPDATE /), expect.stringMatching(/^UPDATE /)],
      });
      expect(await visitor.state()).toMatchObject({ note: "thrice", count: 3 });
    });

    test.each(HOWS)(
      "an action on a session in the cookie (%s) asks no store, and sets its cookie once",
      async (how) => {
        const visitor = await visitorHeldBy("cookie");
        for (const action of ["wrapped", "setThrice"])
          expect(names((await visitor.act(action, how)).setCookies)).toEqual(["__Host-session"]);
        expect(calls()).toEqual({ kv: 0, statements: [] });
        expect(await visitor.state()).toMatchObject({ placement: "cookie", count: 5 });
      },
    );

    test("a session that spills over is one insert and one KV pipeline", async () => {
      const visitor = await visitorHeldBy("cookie");
      await visitor.act("spill");
      expect(calls()).toEqual({ kv: 1, statements: [expect.stringMatching(/^INSERT /)] });
      expect(await visitor.state()).toMatchObject({ placement: "server", note: "spilled", count: 1 });
    });

    test.each(["cookie", "server"] as const)(
      "Rule 1: setting what is already there writes nothing (held by the %s)",
      async (placement) => {
        const visitor = await visitorHeldBy(placement);
        await visitor.act("set");
        calls();
        const { setCookies } = await visitor.act("set");
        expect(setCookies).toEqual([]);
        expect(calls()).toEqual({ kv: placement === "server" ? 1 : 0, statements: [] });
      },
    );
  });
}

/** The names of cookies that are set. */
export function names(setCookies: readonly string[]): string[] {
  return setCookies.map((cookie) => cookie.slice(0, cookie.indexOf("=")));
}
