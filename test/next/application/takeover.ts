import { describe, expect, test } from "vitest";
import { saveOld } from "../../compat/old-application.js";
import type { Context } from "./context.js";
import { names } from "./requests.js";
import { shown, type Visitor } from "./visitor.js";

/** Ids of users that no other test has. */
let lastId = 1000;

/** An application that ran on the real iron-session, with a visitor who signed in there. */
export function describeTakeover({ application, visitor, hasMiddleware }: Context): void {
  const signedInBefore = async () => {
    const one = visitor();
    lastId += 1;
    await saveOld(one.browser, { user: { id: lastId, name: "Ada" } });
    application().takeCalls();
    return { one, userId: String(lastId) };
  };
  const seen = async (one: Visitor) => JSON.parse(shown((await one.open("/who")).body, "who"));

  describe("moved over from iron-session while signed in", () => {
    test("a page shows who is signed in, writes nothing and sets no cookie, however often", async () => {
      const { one, userId } = await signedInBefore();
      for (const _time of [1, 2]) {
        const { body, setCookies } = await one.open("/who");
        expect(JSON.parse(shown(body, "who"))).toEqual({
          active: true,
          userId,
          note: "of Ada",
          rows: 0,
          isListed: false,
        });
        expect(setCookies).toEqual([]);
      }
      expect(
        application()
          .takeCalls()
          .statements.filter((text) => !/^SELECT /.test(text)),
      ).toEqual([]);
    });

    test.each(["form", "fetch"] as const)("an action (%s) takes it over, and the old cookie goes", async (how) => {
      const { one, userId } = await signedInBefore();
      await one.open("/who");
      const { setCookies } = await one.act("set", how);
      expect(names(setCookies)).toContain("old-app");
      expect(Object.keys(one.browser.cookies)).not.toContain("old-app");
      expect(await seen(one)).toMatchObject({ active: true, userId, rows: 1, isListed: true });
    });

    test("a handler that only reads takes it over, and pages go on with it", async () => {
      const { one, userId } = await signedInBefore();
      const { body, setCookies, headers } = await one.request("/api/who");
      expect(JSON.parse(body)).toEqual({ active: true, userId, note: "of Ada", rows: 1, isListed: true });
      expect(names(setCookies)).toContain("old-app");
      expect(headers.get("cache-control")).toBe("private, no-store");
      expect(Object.keys(one.browser.cookies)).not.toContain("old-app");
      expect(await seen(one)).toEqual({ active: true, userId, note: "of Ada", rows: 1, isListed: true });
    });

    test("requests that come at the same time make one session", async () => {
      const { one, userId } = await signedInBefore();
      const answers = await Promise.all([1, 2, 3, 4].map(() => one.request("/api/who")));
      for (const { body } of answers) expect(JSON.parse(body)).toMatchObject({ userId, active: true });
      expect(await seen(one)).toMatchObject({ userId, rows: 1, isListed: true });
    });

    test.runIf(hasMiddleware)("the middleware lets pass who is signed in there", async () => {
      const { one } = await signedInBefore();
      expect((await visitor().open("/private")).status).toBe(307);
      expect((await one.open("/private")).status).toBe(404);
    });
  });
}
