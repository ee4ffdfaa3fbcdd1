import { Cookie } from "tough-cookie";
import { describe, expect, test } from "vitest";
import type { Context } from "./context.js";
import { names } from "./requests.js";
import type { How } from "./visitor.js";

const HOWS: readonly How[] = ["form", "fetch"];

/** What becomes of cookies in each way that an action can end. */
export function describeActions({ flavour, visitor, visitorHeldBy }: Context): void {
  const everyWay = HOWS.flatMap((how) => (["cookie", "server"] as const).map((placement) => ({ how, placement })));
  const redirected = { form: 303, fetch: flavour.name === "Next 15.5" ? 303 : 200 };

  describe("server actions", () => {
    test("Rule 16: the session cookie has a __Host- name, HttpOnly, Secure, SameSite=Lax, the path / and the age of the session", async () => {
      const { setCookies } = await visitor().act("set");
      const cookie = Cookie.parse(setCookies[0] ?? "");
      expect(setCookies).toHaveLength(1);
      expect(cookie).toMatchObject({
        key: "__Host-session",
        path: "/",
        httpOnly: true,
        secure: true,
        sameSite: "lax",
        domain: null,
      });
      // In whole seconds, and a part of one may have passed since the deadline was set.
      expect([30 * 86_400, 30 * 86_400 - 1]).toContain(cookie?.maxAge);
    });

    test.each(everyWay)(
      "an awaited write is there afterwards ($how, held by the $placement)",
      async ({ how, placement }) => {
        const visitor = await visitorHeldBy(placement);
        const { status, setCookies } = await visitor.act("set", how);
        expect(status).toBe(200);
        expect(names(setCookies)).toEqual(["__Host-session"]);
        expect(await visitor.state()).toMatchObject({ placement, note: "set", count: 1 });
      },
    );

    test.each(HOWS)(
      "Rule 4: a write that nobody awaits before redirect() lands all the same while the cookie holds the session (%s)",
      async (how) => {
        const visitor = await visitorHeldBy("cookie");
        const { status, setCookies } = await visitor.act("setUnawaited", how);
        expect(status).toBe(redirected[how]);
        expect(names(setCookies)).toEqual(["__Host-session"]);
        expect(await visitor.state()).toMatchObject({ note: "not awaited", count: 1 });
      },
    );

    test.each(HOWS)(
      "a write that nobody awaits, of a session on the server, is durable in the end (%s)",
      async (how) => {
        const visitor = await visitorHeldBy("server");
        expect((await visitor.act("setUnawaited", how)).status).toBe(redirected[how]);
        await expect.poll(() => visitor.state()).toMatchObject({ placement: "server", note: "not awaited", count: 1 });
      },
    );

    test.each(everyWay)(
      "what was committed before an error stays ($how, held by the $placement)",
      async ({ how, placement }) => {
        const visitor = await visitorHeldBy(placement);
        const { status, setCookies } = await visitor.act("setAndThrow", how);
        expect(status).toBe(500);
        expect(names(setCookies)).toEqual(["__Host-session"]);
        expect(await visitor.state()).toMatchObject({ placement, note: "before the error" });
      },
    );

    test.each(everyWay)(
      "Rule 3: withSession commits nothing of an action that throws ($how, held by the $placement)",
      async ({ how, placement }) => {
        const visitor = await visitorHeldBy(placement);
        const { status, setCookies } = await visitor.act("wrappedThrow", how);
        expect(status).toBe(500);
        expect(setCookies).toEqual([]);
        expect(await visitor.state()).toMatchObject({ placement, note: "from a handler" });
      },
    );

    test.each(
      [
        { action: "wrappedRedirect", note: "redirected" },
        { action: "wrappedNotFound", note: "not found", status: 404 },
        { action: "wrappedForbidden", note: "forbidden", status: 403 },
        { action: "wrappedUnauthorized", note: "unauthorized", status: 401 },
      ].flatMap((end) => everyWay.map((way) => ({ ...end, ...way }))),
    )(
      "Rule 3: withSession commits when an action ends in $action ($how, held by the $placement)",
      async ({ action, note, status, how, placement }) => {
        const visitor = await visitorHeldBy(placement);
        const answer = await visitor.act(action, how);
        // To a form's POST, Next answers 404 in each of the three cases.
        expect(answer.status).toBe(status === undefined ? redirected[how] : how === "form" ? 404 : status);
        expect(names(answer.setCookies)).toEqual(["__Host-session"]);
        expect(await visitor.state()).toMatchObject({ placement, note, count: 1 });
      },
    );

    test("Rule 1: an action that does nothing sets no cookie", async () => {
      const newcomer = visitor();
      for (const how of HOWS) expect((await newcomer.act("nothing", how)).setCookies).toEqual([]);
      expect(await newcomer.state()).toMatchObject({ active: false });
    });

    test.each(HOWS)("[S9] an action that another site calls changes nothing: Next refuses it (%s)", async (how) => {
      const visitor = await visitorHeldBy("cookie");
      for (const origin of ["https://evil.example", "http://localhost.evil.example"]) {
        const { status, setCookies } = await visitor.act("set", how, { origin });
        expect(status).toBeGreaterThanOrEqual(400);
        expect(setCookies).toEqual([]);
      }
      expect(await visitor.state()).toMatchObject({ note: "from a handler" });
    });
  });
}
