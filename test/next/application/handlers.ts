import { describe, expect, test } from "vitest";
import type { Context } from "./context.js";
import { names } from "./requests.js";
import type { Visitor } from "./visitor.js";

/** What becomes of cookies in each way that a route handler can end. */
export function describeHandlers({ application, visitorHeldBy, visitor }: Context): void {
  describe("route handlers", () => {
    test.each(["cookie", "server"] as const)(
      "withSession sends a session cookie with `private, no-store` (held by the %s)",
      async (placement) => {
        const { status, headers, setCookies } = await (await visitorHeldBy(placement)).request("/api/session", {
          method: "POST",
        });
        expect(status).toBe(200);
        expect(headers.get("cache-control")).toBe("private, no-store");
        expect(names(setCookies)).toEqual(["__Host-session"]);
      },
    );

    test("withSession sees what helpers write that ask for the session themselves: one commit, and no cache", async () => {
      const visitor = await visitorHeldBy("server");
      const { headers, setCookies } = await visitor.request("/api/nested", { method: "POST" });
      expect(names(setCookies)).toEqual(["__Host-session"]);
      expect(headers.get("cache-control")).toBe("private, no-store");
      expect(await visitor.state()).toMatchObject({ placement: "server", note: "by a helper" });
    });

    test.each(["empty", "redirect", "error"])(
      "a constant Response carries each visitor's own cookie, once (%s)",
      async (how) => {
        const seen = new Map<string, string>();
        for (const note of ["first", "second", "third"]) {
          const newcomer = visitor();
          for (const round of [1, 2]) {
            const url = `/api/constant?how=${how}&note=${note}-${round}`;
            const { setCookies } = await newcomer.request(url, { method: "POST" });
            expect(names(setCookies)).toEqual(["__Host-session"]);
            expect(seen.has(setCookies[0] as string)).toBe(false);
            seen.set(setCookies[0] as string, note);
            expect(await newcomer.state()).toMatchObject({ note: `${note}-${round}` });
          }
        }
      },
    );

    test("a handler inside another adds to the cookie of the outer response, which it carries once", async () => {
      const newcomer = visitor();
      const { setCookies } = await newcomer.request("/api/constant?inner&note=outer", { method: "POST" });
      expect(names(setCookies)).toEqual(["__Host-session"]);
      expect(await newcomer.state()).toMatchObject({ note: "by an inner handler" });
    });

    test("what commits in the middle of a handler is shown by Next's cookies() to the rest of it", async () => {
      const newcomer = await visitorHeldBy("cookie");
      const { headers, setCookies } = await newcomer.request("/api/constant?middle", { method: "POST" });
      expect(headers.get("x-sent")).toBe("true");
      expect(names(setCookies)).toEqual(["__Host-session"]);
      expect(await newcomer.state()).toMatchObject({ note: "none" });
    });

    test("[S12] a handler without withSession commits as well, and whatever it did, no cache keeps what it answers", async () => {
      const newcomer = visitor();
      const read = await newcomer.request("/api/session");
      expect(read.headers.get("cache-control")).toBe("private, no-store");
      const { setCookies, headers } = await newcomer.request("/api/session", { method: "PUT" });
      expect(headers.get("cache-control")).toBe("private, no-store");
      expect(names(setCookies)).toEqual(["__Host-session"]);
      expect(await newcomer.state()).toMatchObject({ active: true, note: "put" });
    });

    test.each(
      [
        { how: "redirect", status: 307 },
        { how: "notFound", status: 404 },
        { how: "forbidden", status: 403 },
        { how: "unauthorized", status: 401 },
      ].flatMap((end) => (["cookie", "server"] as const).map((placement) => ({ ...end, placement }))),
    )("Rule 3: cookies survive $how() in withSession (held by the $placement)", async ({ how, status, placement }) => {
      const visitor = await visitorHeldBy(placement);
      const answer = await visitor.request(`/api/end?how=${how}`, { method: "POST" });
      expect(answer.status).toBe(status);
      expect(names(answer.setCookies)).toEqual(["__Host-session"]);
      expect(answer.headers.get("location")).toBe(how === "redirect" ? "/read" : null);
      expect(await visitor.state()).toMatchObject({ placement, note: how });
    });

    test("Rule 3: withSession commits nothing of a handler that throws", async () => {
      const visitor = await visitorHeldBy("cookie");
      const { status, setCookies } = await visitor.request("/api/end?how=error", { method: "POST" });
      expect(status).toBe(500);
      expect(setCookies).toEqual([]);
      expect(await visitor.state()).toMatchObject({ note: "from a handler" });
    });

    describe("when the head of the response has left", () => {
      const late = async (by: Visitor, where: string) => {
        const { body } = await by.request(`/api/late?in=${where}`, { method: "POST" });
        return where === "after" ? outcome(by) : JSON.parse(body);
      };
      /** What became of a write in `after`, once it has become something. */
      const outcome = async (by: Visitor) => {
        const taken: unknown[] = [];
        const take = async () => taken.push(JSON.parse((await by.request("/api/late")).body));
        await expect.poll(async () => (await take()) && taken.at(-1)).not.toBeNull();
        return taken.at(-1);
      };

      test.each(["stream", "after"])(
        "Rule 3: a visitor's write in %s is refused, and nothing is lost in silence",
        async (where) => {
          const by = await visitorHeldBy("cookie");
          expect(await late(by, where)).toBe("read-only");
          expect(await by.state()).toMatchObject({ note: "from a handler" });
        },
      );

      test.each(["stream", "after"])("Rule 3: what the server holds is written in %s, and durable", async (where) => {
        const by = await visitorHeldBy("server");
        expect(await late(by, where)).toEqual({ durable: true });
        expect(await by.state()).toMatchObject({ placement: "server", note: "late" });
      });

      test("Rule 3: before the first chunk of a body the head can still carry the cookie, and does", async () => {
        const by = await visitorHeldBy("cookie");
        expect(await late(by, "pull")).toEqual({ durable: true });
        expect(await by.state()).toMatchObject({ note: "late" });
      });

      test.each(
        ["setAfter", "readAndSetAfter"].flatMap((action) => [
          { action, how: "form" as const },
          { action, how: "fetch" as const },
        ]),
      )("Rule 3: a write in after() of an action says what became of it ($action, $how)", async ({ action, how }) => {
        for (const placement of ["cookie", "server"] as const) {
          const by = await visitorHeldBy(placement);
          await by.act(action, how);
          const isTaken = placement === "server";
          expect(await outcome(by)).toEqual(isTaken ? { durable: true } : "read-only");
          expect((await by.state()).note === "late").toBe(isTaken);
        }
      });
    });

    test.each([
      { from: "a page without an origin", headers: { origin: "null" } },
      { from: "a sibling subdomain", headers: { origin: "http://evil.localhost" } },
      { from: "a host that begins like its own", headers: { origin: "http://localhost.evil.example" } },
      { from: "elsewhere, as plain text", headers: { origin: "https://evil.example", "content-type": "text/plain" } },
      {
        from: "elsewhere, with a spoofed forwarded host",
        headers: { origin: "https://evil.example", "x-forwarded-host": "evil.example" },
      },
      { from: "who knows where", headers: {} },
    ])(
      "[S9] assertSameOrigin answers 403 to a request from $from, and the session stays as it was",
      async ({ headers }) => {
        const visitor = await visitorHeldBy("cookie");
        const { status, body, setCookies } = await visitor.request("/api/guarded", { method: "POST", headers });
        expect({ status, setCookies }).toEqual({ status: 403, setCookies: [] });
        expect(body).toMatch(/^The request was refused: /);
        expect(body).not.toContain("evil");
        expect(await visitor.state()).toMatchObject({ note: "from a handler" });
      },
    );

    describe("prefetches", () => {
      const PREFETCH = { rsc: "1", "next-router-prefetch": "1" };

      /** As Next's client asks: with a parameter that Next 16 names when it is missing. */
      const ask = async (by: Visitor, path: string, headers: Record<string, string>) => {
        const answer = await by.request(path, { headers });
        const location = answer.headers.get("location") ?? "";
        return /[?&]_rsc\b/.test(location) ? by.request(location, { headers }) : answer;
      };

      test("a prefetched handler signs nobody out: it answers 503", async () => {
        const visitor = await visitorHeldBy("server");
        const { status, body, setCookies } = await ask(visitor, "/api/leave", PREFETCH);
        expect({ status, setCookies }).toEqual({ status: 503, setCookies: [] });
        expect(body).toMatch(/^session\.logout\(\) was called in a prefetch/);
        expect(await visitor.state()).toMatchObject({ active: true, note: "from a handler" });
      });

      test.each([PREFETCH, { "sec-purpose": "prefetch;prerender" }])(
        "nor does one without withSession, for %o",
        async (headers) => {
          const visitor = await visitorHeldBy("server");
          const { status, setCookies } = await ask(visitor, "/api/leave?bare", headers);
          expect({ status, setCookies }).toEqual({ status: 500, setCookies: [] });
          expect(await visitor.state()).toMatchObject({ active: true });
        },
      );

      test.each<Record<string, string>>([{ rsc: "1" }, {}])("a navigation with %o signs out", async (headers) => {
        const visitor = await visitorHeldBy("server");
        expect((await ask(visitor, "/api/leave", headers)).status).toBe(307);
        expect(await visitor.state()).toMatchObject({ active: false });
      });
    });

    test("[S9] assertSameOrigin lets the application's own pages pass", async () => {
      const visitor = await visitorHeldBy("cookie");
      const headers = { origin: application().origin };
      expect((await visitor.request("/api/guarded", { method: "POST", headers })).status).toBe(204);
      expect(await visitor.state()).toMatchObject({ note: "from this site" });
    });

    test("[S16] the cron route answers GET with its secret, and nothing else", async () => {
      const ask = (method: string, authorization: string) =>
        visitor().request("/api/cron/cleanup", { method, headers: { authorization } });
      const right = `Bearer ${application().cronSecret}`;
      expect(await ask("GET", right)).toMatchObject({ status: 200, body: '{"deleted":0,"complete":true}' });
      expect((await ask("GET", "Bearer wrong")).status).toBe(401);
      expect((await ask("POST", right)).status).toBe(405);
    });
  });
}
