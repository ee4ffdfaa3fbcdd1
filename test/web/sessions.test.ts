import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { assertSameOrigin } from "spillway/web";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { DEPLOYMENTS, deploy } from "../support/deployments.js";
import { FakeBrowser } from "../support/fake-browser.js";
import { stopTime } from "../support/fake-time.js";

beforeEach(() => {
  stopTime();
});

test.each(DEPLOYMENTS)(
  "[F19] any framework with web requests and responses has sessions in one line (%s)",
  async (tiers) => {
    const { sessions } = deploy({ tiers });
    const browser = new FakeBrowser();
    const fetch = (request: Request) =>
      sessions.handle(request, async (session) => {
        const visits = await session.update("visits", (count) => ((count as number) ?? 0) + 1);
        return new Response(`visit ${visits}`, { status: 201, headers: { "x-own": "kept" } });
      });
    for (const visit of [1, 2, 3]) {
      const response = await fetch(new Request("https://app.example/", { headers: browser.headers }));
      expect([response.status, response.headers.get("x-own"), await response.text()]).toEqual([
        201,
        "kept",
        `visit ${visit}`,
      ]);
      browser.receive(response.headers.getSetCookie());
    }
    expect(browser.refused).toEqual([]);
  },
);

test("[F19] over a real socket, in a plain server of Node", async () => {
  const { sessions } = deploy({ tiers: "cookie" });
  const server = createServer(async (incoming, outgoing) => {
    const request = new Request("https://app.example/", { headers: { cookie: incoming.headers.cookie ?? "" } });
    const response = await sessions.handle(request, async (session) => {
      return new Response(String(await session.update("n", (n) => ((n as number) ?? 0) + 1)));
    });
    outgoing.writeHead(response.status, [...response.headers].flat());
    outgoing.end(await response.text());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const first = await fetch(url);
  const cookie = first.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  expect(await (await fetch(url, { headers: { cookie } })).text()).toBe("2");
});

test("`apply` adds the cookies to a response, beside its own", async () => {
  const { sessions } = deploy();
  const opened = await sessions.open(new Request("https://app.example/"));
  await opened.session.set("a", 1);
  await opened.session.flash("notice", "saved");
  const applied = opened.apply(new Response("hello", { headers: { "Set-Cookie": "own=1" } }));
  expect(applied.headers.getSetCookie()).toEqual(["own=1", ...opened.setCookies]);
  expect(opened.setCookies).toHaveLength(2);
  expect(applied.headers.get("Cache-Control")).toBe("private, no-store");
});

test("a redirect carries its cookies, though its headers cannot be changed", async () => {
  const { sessions } = deploy();
  const response = await sessions.handle(new Request("https://app.example/"), async (session) => {
    await session.login("ada");
    return Response.redirect("https://app.example/home");
  });
  expect([response.status, response.headers.get("location")]).toEqual([302, "https://app.example/home"]);
  expect(response.headers.getSetCookie()).toHaveLength(1);
});

test("a body that streams is handed on as it is", async () => {
  const { sessions } = deploy();
  const response = await sessions.handle(new Request("https://app.example/"), async (session) => {
    await session.set("a", 1);
    return new Response(new Blob(["a", "b"]).stream());
  });
  expect(await response.text()).toBe("ab");
});

test("[S9] what a handler refuses as cross-site is an error with its code, and nothing is committed", async () => {
  const { sessions, wire } = deploy({ server: { cookieThreshold: 0 } });
  const request = new Request("https://app.example/", { method: "POST", headers: { origin: "null" } });
  const refused = sessions.handle(request, async (session) => {
    await session.set("a", 1);
    assertSameOrigin(request);
    return new Response();
  });
  await expect(refused).rejects.toMatchObject({ code: "cross-site" });
  expect(wire.calls.filter(({ method }) => method === "insert")).toEqual([]);
});

test.each([
  ["no content", () => new Response(null, { status: 204 })],
  ["a redirect", () => Response.redirect("https://app.example/", 303)],
  ["one that sets a cookie itself", () => new Response(null, { headers: { "Set-Cookie": "own=1" } })],
  ["one with a body, which nobody reads for HEAD", () => new Response("hello")],
  ["one with an empty body", () => new Response("")],
])(
  "a Response that is made once for all visitors carries the cookies of each to that visitor alone (%s)",
  async (_, make) => {
    const { sessions } = deploy({ tiers: "cookie" });
    const constant = make();
    const own = constant.headers.getSetCookie();
    const answers = {
      handle: (session: Request, set: boolean) =>
        sessions.handle(session, async (session) => {
          if (set) await session.set("name", "ada");
          return constant;
        }),
      apply: async (request: Request, set: boolean) => {
        const { session, apply } = await sessions.open(request);
        if (set) await session.set("name", "ada");
        return apply(constant);
      },
    };
    for (const answer of Object.values(answers)) {
      const first = await answer(new Request("https://app.example/"), true);
      const second = await answer(new Request("https://app.example/"), false);
      expect(first.headers.getSetCookie()).toHaveLength(own.length + 1);
      expect(second.headers.getSetCookie()).toEqual(own);
      expect(second.status).toBe(constant.status);
    }
  },
);

test("a change that nobody has awaited before `apply` is in its response", async () => {
  const { sessions } = deploy({ tiers: "cookie" });
  const { session, apply } = await sessions.open(new Request("https://app.example/"));
  const forgotten = [session.set("name", "ada"), session.set("theme", "dark")];
  const cookie = apply(new Response("hello")).headers.getSetCookie()[0]?.split(";")[0] ?? "";
  await Promise.all(forgotten);
  const next = await sessions.open(new Request("https://app.example/", { headers: { cookie } }));
  expect(await next.session.all()).toEqual({ name: "ada", theme: "dark" });
});

test("Response.error(), which can carry no header, is handed on as it is", async () => {
  const { sessions } = deploy({ tiers: "cookie" });
  const failed = Response.error();
  const answer = await sessions.handle(new Request("https://app.example/"), async (session) => {
    await session.set("name", "ada");
    return failed;
  });
  expect(answer).toBe(failed);
});
