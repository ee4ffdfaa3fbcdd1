import { notFound, redirect } from "next/navigation.js";
import { defineSession, type FlashMessages, type Session } from "spillway";
import { memoryStore } from "spillway/stores/memory";
import { assertSameOrigin } from "spillway/web";
import { describe, expect, expectTypeOf, test } from "vitest";
import { type CookieWrite, serializeCookie } from "../../src/cookie/attributes.js";
import { makeWithSession } from "../../src/next/with-session.js";
import { createContext } from "../../src/session/context.js";
import { openSession } from "../../src/session/request/open.js";
import { sessionOf } from "../../src/session/request/session-writer.js";
import type { UnitOfWork } from "../../src/session/request/unit-of-work.js";
import { newSecret } from "../support/deployments.js";
import { FakeBrowser } from "../support/fake-browser.js";

interface Data {
  note?: string;
  count?: number;
}

/** `withSession` as the App Router makes it, over a browser's requests in place of Next's. */
function application() {
  const store = memoryStore();
  const calls: string[] = [];
  const watched = new Proxy(store, {
    get:
      (target, method: keyof typeof store) =>
      (...args: never[]) => {
        calls.push(method);
        return (target[method] as (...given: never[]) => unknown)(...args);
      },
  });
  const definition = defineSession<Data>({ secret: newSecret() });
  // The public type of a definition does not show its options.
  const context = createContext(definition as Parameters<typeof createContext<Data, FlashMessages>>[0], {
    store: watched,
    cookieThreshold: 0,
  });
  const browser = new FakeBrowser();
  let current: { readonly headers: Headers; readonly unit: Promise<UnitOfWork> } | undefined;

  const send = (written: readonly CookieWrite[]) => browser.receive(written.map(serializeCookie));

  async function open() {
    current ??= { headers: browser.headers, unit: Promise.resolve(openSession(context(), browser.headers, { send })) };
    const unit = await current.unit;
    return { session: sessionOf<Data, FlashMessages>(unit), end: unit.scope() };
  }

  const withSession = makeWithSession<Data, FlashMessages>(open);
  /** Begins a new request. */
  const next = () => {
    current = undefined;
    calls.length = 0;
  };
  const read = async () => {
    next();
    return withSession((session) => session.all())();
  };
  return { store, calls, withSession, next, read };
}

const request = new Request("https://app.example/api", { method: "POST" });

describe("withSession", () => {
  test("Rule 3: recorded mutations are one commit, after the function", async () => {
    const { withSession, next, calls, read } = application();
    await withSession((session) => session.set("note", "begun"))();
    next();
    const act = withSession(async (session, by: number) => {
      await session.set("note", "changed");
      for (let n = 0; n < 3; n++) await session.update("count", (count = 0) => count + by);
      expect(calls).not.toContain("update");
      return session.get("count");
    });
    expect(await act(2)).toBe(6);
    expect(calls.filter((method) => method === "update")).toHaveLength(1);
    expect(await read()).toEqual({ note: "changed", count: 6 });
  });

  test("Rule 3: one inside another shares its commit", async () => {
    const { withSession, calls, read } = application();
    const inner = withSession((session) => session.set("note", "inner"));
    await withSession(async (session) => {
      await inner();
      expect(calls).toEqual([]);
      await session.set("count", 1);
    })();
    expect(calls.filter((method) => method === "insert")).toHaveLength(1);
    expect(await read()).toEqual({ note: "inner", count: 1 });
  });

  test("Rule 3: a commit that fails replaces the result, and nothing of it is carried along", async () => {
    const { withSession, store, next, read } = application();
    const { insert } = store;
    store.insert = () => Promise.reject(new Error("The database is down."));
    const act = withSession(async (session) => {
      await session.set("note", "lost");
      return "done";
    });
    await expect(act()).rejects.toMatchObject({ code: "store" });
    const redirecting = withSession(async (session) => {
      await session.set("note", "lost");
      redirect("/elsewhere");
    });
    next();
    await expect(redirecting()).rejects.toMatchObject({ code: "store" });
    store.insert = insert;
    expect(await read()).toEqual({});
  });

  test("Rule 3: what a function recorded before it threw is not committed by the next one of the same request", async () => {
    const { withSession, read } = application();
    const failing = withSession(async (session) => {
      await session.set("note", "never");
      throw new Error("on purpose");
    });
    await expect(failing()).rejects.toThrow("on purpose");
    await withSession((session) => session.set("count", 1))();
    expect(await read()).toEqual({ count: 1 });
  });

  test.each([
    "DYNAMIC_SERVER_USAGE",
    "HANGING_PROMISE_REJECTION",
    "BAILOUT_TO_CLIENT_SIDE_RENDERING",
    "NEXT_REDIRECTED",
  ])("what Next throws to interrupt a prerender (%s) passes through, without a commit", async (digest) => {
    const { withSession, calls } = application();
    const interruption = Object.assign(new Error("interrupted"), { digest });
    const act = withSession(async (session, _request: Request) => {
      await session.set("note", "never");
      throw interruption;
    });
    await expect(act(request)).rejects.toBe(interruption);
    expect(calls).toEqual([]);
  });

  test("Rule 3: notFound() and redirect() are rethrown in an action; in a handler they are the equal response", async () => {
    const { withSession, next, read } = application();
    const act = withSession(async (session, _request?: Request): Promise<Response> => {
      await session.update("count", (count = 0) => count + 1);
      notFound();
    });
    await expect(act()).rejects.toMatchObject({ digest: expect.stringContaining("404") });
    next();
    const answer = await act(request);
    expect([answer.status, answer.headers.get("cache-control"), await answer.text()]).toEqual([
      404,
      "private, no-store",
      "",
    ]);
    next();
    const redirecting = withSession(async (session, _request: Request): Promise<Response> => {
      await session.update("count", (count = 0) => count + 1);
      redirect("/elsewhere");
    });
    const moved = await redirecting(request);
    expect([moved.status, moved.headers.get("location"), moved.headers.get("cache-control")]).toEqual([
      307,
      "/elsewhere",
      "private, no-store",
    ]);
    expect(await read()).toEqual({ count: 3 });
  });

  test("Rule 16: a handler that opened the session answers for no cache, whatever it said", async () => {
    const { withSession, next } = application();
    const cacheable = Response.json({ a: 1 }, { status: 201, headers: { "Cache-Control": "public", "x-own": "yes" } });
    const writing = withSession(async (session, _request: Request, response: Response) => {
      await session.update("count", (count = 0) => count + 1);
      return response;
    });
    const answer = await writing(request, cacheable);
    expect([answer.status, await answer.json()]).toEqual([201, { a: 1 }]);
    expect(Object.fromEntries(answer.headers)).toMatchObject({ "cache-control": "private, no-store", "x-own": "yes" });
    next();
    // Its headers cannot be changed.
    const moved = await writing(request, Response.redirect("https://app.example/there"));
    expect([moved.status, moved.headers.get("location")]).toEqual([302, "https://app.example/there"]);
    expect(moved.headers.get("cache-control")).toBe("private, no-store");
    next();
    const reading = withSession(async (session, _request: Request, response: Response) => {
      await session.get("count");
      return response;
    });
    const read = await reading(request, new Response("public", { headers: { "Cache-Control": "public" } }));
    expect([read.headers.get("cache-control"), read.headers.get("vary")]).toEqual(["private, no-store", "Cookie"]);
  });

  test("a handler's Response.error(), which can carry no header, is handed on as it is", async () => {
    const { withSession } = application();
    const failed = Response.error();
    expect(await withSession(async (_session, _request: Request) => failed)(request)).toBe(failed);
  });

  test("[S9] a cross-site request is answered with 403 by a handler, and rejected by an action", async () => {
    const { withSession, read } = application();
    const foreign = new Request("https://app.example/api", {
      method: "POST",
      headers: { origin: "https://evil.example" },
    });
    const act = withSession(async (session, _request: Request | undefined) => {
      await session.set("note", "never");
      assertSameOrigin(foreign);
      return new Response();
    });
    expect((await act(request)).status).toBe(403);
    await expect(act(undefined)).rejects.toMatchObject({ code: "cross-site" });
    expect(await read()).toEqual({});
  });

  test("refuses a function that is an endpoint itself", () => {
    const { withSession } = application();
    const marked = Object.assign(async () => {}, { $$typeof: Symbol.for("react.server.reference") });
    expect(() => withSession(marked)).toThrow('marked "use server" itself');
  });

  test("keeps the types of the arguments and of the result", () => {
    const { withSession } = application();
    const act = withSession(async (session, id: number, ...rest: readonly string[]) => {
      expectTypeOf(session).toEqualTypeOf<Session<Data>>();
      return { id, rest };
    });
    expectTypeOf(act).parameters.toEqualTypeOf<[id: number, ...rest: string[]]>();
    expectTypeOf(act).returns.resolves.toEqualTypeOf<{ id: number; rest: readonly string[] }>();
    const plain = withSession((_session, form: FormData) => form.get("a"));
    expectTypeOf(plain).toEqualTypeOf<(form: FormData) => Promise<FormDataEntryValue | null>>();
  });
});
