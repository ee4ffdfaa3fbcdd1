import { describe, expect, test } from "vitest";
import type { Context } from "./context.js";
import { shown } from "./visitor.js";

/** What components can do, and what they cannot. */
export function describeComponents({ application, flavour, visitor, visitorHeldBy }: Context): void {
  describe("server components", () => {
    test("Rule 1: a visitor who only reads has no cookie, and costs no row and no store call", async () => {
      const newcomer = visitor();
      application().takeCalls();
      for (const path of ["/static", "/isr", "/read", "/headers", "/actions", "/flash", "/api/session", "/api/raw"]) {
        const { status, setCookies } = await newcomer.open(path);
        expect({ path, status, setCookies }).toEqual({ path, status: 200, setCookies: [] });
      }
      expect(application().takeCalls()).toEqual({ kv: 0, statements: [] });
      expect(newcomer.browser.cookieHeader).toBe("");
    });

    test.each(["cookie", "server"] as const)(
      "Rule 3: a write in a component rejects with read-only, names the key and changes nothing (held by the %s)",
      async (placement) => {
        const visitor = await visitorHeldBy(placement);
        const { body, setCookies } = await visitor.open("/write");
        expect(JSON.parse(shown(body, "answer"))).toEqual({
          code: "read-only",
          message: expect.stringContaining('session.set("note")'),
          note: "from a handler",
        });
        expect(setCookies).toEqual([]);
        expect(application().takeCalls().statements).toEqual([]);
        expect(await visitor.state()).toMatchObject({ note: "from a handler" });
      },
    );

    test("Rule 3: a write in the render that follows a form's action rejects too, where Next would let a cookie pass", async () => {
      const visitor = await visitorHeldBy("cookie");
      const { body, setCookies } = await visitor.act("nothing", "form", { path: "/write" });
      expect(JSON.parse(shown(body, "answer"))).toMatchObject({ code: "read-only", note: "from a handler" });
      expect(setCookies).toEqual([]);
    });

    test.runIf(flavour.cacheComponents).each(["cookie", "server"] as const)(
      'a page reads the session inside "use cache: private", also where a store is asked (held by the %s)',
      async (placement) => {
        const visitor = await visitorHeldBy(placement);
        for (const _time of [1, 2]) {
          const { status, body } = await visitor.open("/kept");
          expect(status).toBe(200);
          expect(JSON.parse(shown(body, "kept"))).toMatchObject({ active: true, placement, note: "from a handler" });
        }
      },
    );

    test('withSession refuses a function that is itself marked "use server"', async () => {
      const { body } = await visitor().open("/inline");
      expect(shown(body, "answer")).toMatch(/^withSession\(\) was given a function that is marked "use server" itself/);
    });
  });
}
