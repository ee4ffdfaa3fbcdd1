import { describe, expect, onTestFinished, test } from "vitest";
import { startCachingProxy } from "./caching-proxy.js";
import type { Context } from "./context.js";
import { cookiesFromEarlier } from "./earlier.js";
import { names } from "./requests.js";
import { type Answer, type How, type State, shown, text, Visitor } from "./visitor.js";

const DAY = 86_400_000;
const ACTIVITY = "__Host-session-activity";

/** What the middleware does to every response, and together with other middleware. */
export function describeMiddleware({ application, flavour, visitor, visitorHeldBy }: Context): void {
  /** Somebody who was last here a day ago: the idle deadline is to be extended. */
  async function visitorFromYesterday(): Promise<{ visitor: Visitor; idleExpiresAt: number }> {
    const returning = visitor();
    returning.browser.receive(await cookiesFromEarlier(application(), DAY));
    return { visitor: returning, idleExpiresAt: Date.now() + 6 * DAY };
  }

  test.runIf(flavour.middleware === "proxy.ts")(
    "what createSessionProxy writes is seen by the page of the same request, by a handler, and later",
    async () => {
      const by = await visitorHeldBy("cookie");
      const { body, setCookies } = await by.open("/read", { "x-test-proxy": "1" });
      const once = "by the proxy, after from a handler";
      expect(JSON.parse(shown(body, "one"))).toMatchObject({ active: true, note: once });
      expect(names(setCookies)).toEqual(["__Host-session"]);
      const handled = await by.open("/api/session", { "x-test-proxy": "1" });
      expect(JSON.parse(handled.body)).toMatchObject({ note: `by the proxy, after ${once}` });
      expect(await by.state()).toMatchObject({ note: `by the proxy, after ${once}` });
    },
  );

  describe("sliding", () => {
    test.each([
      { path: "/read", id: "one" },
      { path: "/headers", id: "state" },
      { path: "/rewritten", id: "state" },
      { path: "/api/session", id: undefined },
    ])("Rule 6: $path is told the idle deadline to which the middleware has just extended it", async ({ path, id }) => {
      const { visitor, idleExpiresAt } = await visitorFromYesterday();
      const { body, setCookies, headers } = await visitor.open(path);
      const state: State = JSON.parse(id ? shown(body, id) : body);
      expect(state).toMatchObject({ active: true, note: "from earlier" });
      expect((state.idleExpiresAt ?? 0) - idleExpiresAt).toBeGreaterThan(DAY / 2);
      expect(names(setCookies)).toEqual([ACTIVITY]);
      expect(headers.get("cache-control")).toBe("private, no-store");
    });

    test("[A5] Rule 6: it is throttled: the next request extends nothing", async () => {
      const { visitor } = await visitorFromYesterday();
      expect(names((await visitor.open("/read")).setCookies)).toEqual([ACTIVITY]);
      expect((await visitor.open("/read")).setCookies).toEqual([]);
      expect((await visitor.open("/static")).setCookies).toEqual([]);
    });

    test.each<How>(["form", "fetch"])(
      "Rule 6: whoever only calls actions is active too, throttled (%s)",
      async (how) => {
        const { visitor } = await visitorFromYesterday();
        expect(names((await visitor.act("nothing", how)).setCookies)).toEqual([ACTIVITY]);
        expect((await visitor.act("nothing", how)).setCookies).toEqual([]);
        expect(names((await visitor.act("set", how)).setCookies)).toEqual(["__Host-session"]);
      },
    );

    test("[A20] a cookie that no browser of ours can have is expired, and hidden from what comes behind", async () => {
      const visitor = await visitorHeldBy("cookie");
      visitor.browser.plant("__Host-session", "Fe26.2*junk");
      visitor.browser.plant("unrelated", "stays");
      const { body, setCookies } = await visitor.open("/api/raw");
      expect(JSON.parse(body)).toMatchObject({ state: { active: false }, cookie: "unrelated=stays" });
      expect(setCookies).toEqual([expect.stringMatching(/^__Host-session=; .*Expires=Thu, 01 Jan 1970/)]);
      expect(visitor.browser.cookieHeader).toBe("unrelated=stays");
    });
  });

  describe("other middleware", () => {
    test("its redirect is sent, with the slid cookie", async () => {
      const { visitor } = await visitorFromYesterday();
      const { status, headers, setCookies } = await visitor.open("/private");
      expect(status).toBe(307);
      expect(headers.get("location")).toBe("/static");
      expect(names(setCookies)).toEqual([ACTIVITY]);
    });

    test("[F19] the headers that it adds to a request arrive together with the slid cookie, at pages and at route handlers", async () => {
      const page = await (await visitorFromYesterday()).visitor.open("/headers");
      expect(shown(page.body, "added")).toBe("by other middleware");
      const handler = await (await visitorFromYesterday()).visitor.open("/api/raw");
      const { added, cookie, state } = JSON.parse(handler.body);
      expect(added).toBe("by other middleware");
      expect(cookie).toMatch(/__Host-session=Fe26[^;]+; __Host-session-activity=1\./);
      expect(state).toMatchObject({ active: true, note: "from earlier" });
    });

    test("its rewrite shows the page of another path, with its cookie", async () => {
      const { visitor } = await visitorFromYesterday();
      const { status, body } = await visitor.open("/rewritten");
      expect(status).toBe(200);
      expect(JSON.parse(shown(body, "state"))).toMatchObject({ active: true, note: "from earlier" });
    });

    test("nothing but the headers that it adds reaches the page when no cookie slides", async () => {
      const { body, setCookies } = await (await visitorHeldBy("cookie")).open("/headers");
      expect(shown(body, "added")).toBe("by other middleware");
      expect(setCookies).toEqual([]);
    });
  });

  describe("shared caches", () => {
    test.each(["/static", "/isr"])(
      "[S12] %s, which a shared cache may keep, never leaves with both a session cookie and leave to keep it",
      async (path) => {
        const newcomer = await visitor().open(path);
        expect(newcomer.headers.get("cache-control")).toMatch(/^s-maxage=/);
        expect(newcomer.setCookies).toEqual([]);

        const { visitor: returning } = await visitorFromYesterday();
        const slid = await returning.open(path);
        expect(names(slid.setCookies)).toEqual([ACTIVITY]);
        expect(slid.headers.get("cache-control")).toBe("private, no-store");

        const hostile = visitor();
        hostile.browser.plant("__Host-session", "junk");
        const expired = await hostile.open(path);
        expect(names(expired.setCookies)).toEqual(["__Host-session"]);
        expect(expired.headers.get("cache-control")).toBe("private, no-store");
      },
    );

    test("[S12] two users behind a caching proxy get nothing of each other, and a third gets no cookie", async () => {
      const proxy = await startCachingProxy(application().origin);
      onTestFinished(() => proxy.stop());
      const [ada, bob, newcomer] = [1, 2, 3].map(() => new Visitor(application(), {}, proxy.origin));
      // Each time the middleware has a cookie to set.
      const open = async (visitor: Visitor | undefined, path: string, note: string) => {
        visitor?.browser.receive(await cookiesFromEarlier(application(), DAY, note));
        return (await visitor?.open(path)) as Answer;
      };
      for (const path of ["/static", "/isr", "/read", "/headers", "/api/session", "/api/raw"]) {
        const adas = await open(ada, path, "Ada's note");
        const bobs = await open(bob, path, "Bob's note");
        expect(names(bobs.setCookies)).toEqual([ACTIVITY]);
        expect(bobs.setCookies).not.toEqual(adas.setCookies);
        expect(text(bobs.body)).not.toContain("Ada's note");
        for (const { body, setCookies } of [await newcomer?.open(path), await newcomer?.open(path)] as Answer[]) {
          expect(setCookies).toEqual([]);
          expect(text(body)).not.toMatch(/Ada's note|Bob's note/);
        }
        const again = await open(ada, path, "Ada's note");
        if (!["/static", "/isr"].includes(path)) expect(text(again.body)).toContain("Ada's note");
      }
      // It does keep what is the same for everybody, and nothing else.
      expect(new Set(proxy.hits)).toEqual(new Set(["/static", "/isr"]));
    });
  });
}

/** What the middleware would have done is done by commits, or not at all. */
export function describeBypassed({ application, visitor }: Context): void {
  test("Rule 6: without middleware handlers and commits slide, and pages, which can set no cookie, do not", async () => {
    const reading = visitor();
    reading.browser.receive(await cookiesFromEarlier(application(), DAY));
    expect(names((await reading.open("/api/raw")).setCookies)).toEqual([ACTIVITY]);
    expect((await reading.open("/api/raw")).setCookies).toEqual([]);
    const returning = visitor();
    returning.browser.receive(await cookiesFromEarlier(application(), DAY));
    for (const path of ["/read", "/static"]) expect((await returning.open(path)).setCookies).toEqual([]);
    expect(names((await returning.act("set")).setCookies)).toEqual(expect.arrayContaining(["__Host-session"]));
    expect((await returning.state()).idleExpiresAt ?? 0).toBeGreaterThan(Date.now() + 6.5 * DAY);
  });
}
