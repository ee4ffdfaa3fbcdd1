/** Writes that come when the head of the response has left: known before anything is written. */

import { expect, test } from "vitest";
import { deploy } from "../support/deployments.js";

const request = (cookie = "") => new Request("https://app.example/", { headers: { cookie } });

/** An application whose visitors' sessions the server holds, and one who has a session there. */
async function held() {
  const application = deploy({ tiers: "cookie+db", server: { cookieThreshold: 0 } });
  const browser = application.browser();
  await browser.request(application.sessions, (session) => session.set("count", 1));
  return { sessions: application.sessions, records: () => application.records(), browser };
}

const tooLate = { code: "read-only" };

test("Rule 3: after handle() has returned, what needs a cookie is refused by name, and nothing was written", async () => {
  const application = deploy({ tiers: "cookie+db" });
  const { sessions } = application;
  let late: Record<string, () => Promise<unknown>> = {};
  await sessions.handle(request(), (session) => {
    late = {
      "session.set": () => session.set("theme", "dark"),
      "session.update": () => session.update("count", () => 1),
      "session.start": () => session.start(),
      "session.login": () => session.login("ada"),
      "session.flash": () => session.flash("notice", "saved"),
    };
    return new Response("hello");
  });
  for (const [name, call] of Object.entries(late)) {
    await expect(call(), name).rejects.toMatchObject({ ...tooLate, message: expect.stringContaining(name) });
  }
  expect(await application.records()).toEqual([]);
});

test.each(["handle", "apply"] as const)(
  "Rule 3: after %s, data of a session on the server needs no cookie: it is committed, and durable",
  async (how) => {
    const { sessions, browser } = await held();
    const headers = browser.headers;
    let write = () => Promise.resolve<unknown>(undefined);
    let update = () => Promise.resolve<unknown>(undefined);
    if (how === "handle") {
      await sessions.handle(new Request("https://app.example/", { headers }), (session) => {
        write = () => session.set("theme", "dark");
        update = () => session.update("count", (count) => Number(count) + 1);
        return new Response("hello");
      });
    } else {
      const opened = await sessions.open(headers);
      opened.apply(new Response("hello"));
      write = () => opened.session.set("theme", "dark");
      update = () => opened.session.update("count", (count) => Number(count) + 1);
    }
    expect(await write()).toEqual({ durable: true });
    expect(await update()).toBe(2);
    const after = await browser.request(sessions, (session) => session.all());
    expect(after).toMatchObject({ theme: "dark", count: 2 });
  },
);

test.each(["login", "regenerateId"] as const)(
  "Rule 3: a late %s of a session on the server is refused, and costs the browser nothing",
  async (call) => {
    const { sessions, browser, records } = await held();
    const before = await records();
    const opened = await sessions.open(browser.headers);
    opened.apply(new Response("hello"));
    const made = call === "login" ? opened.session.login("ada") : opened.session.regenerateId();
    await expect(made).rejects.toMatchObject({ ...tooLate, message: expect.stringContaining(`session.${call}()`) });
    expect(await records()).toEqual(before);
    expect(await browser.request(sessions, (session) => session.get("count"))).toBe(1);
  },
);

test("Rule 3: a late logout ends a session that the server knows; one that only the cookie holds it cannot end, and says so", async () => {
  const { sessions, browser, records } = await held();
  const opened = await sessions.open(browser.headers);
  opened.apply(new Response("hello"));
  await opened.session.logout();
  expect(await records()).toEqual([]);
  const isActive = await browser.request(sessions, async (session) => {
    await session.get("count");
    return session.active;
  });
  expect(isActive).toBe(false);

  const small = deploy({ tiers: "cookie" });
  const visitor = small.browser();
  await visitor.request(small.sessions, (session) => session.set("theme", "dark"));
  const second = await small.sessions.open(visitor.headers);
  second.apply(new Response("hello"));
  await expect(second.session.logout()).rejects.toMatchObject(tooLate);
  await expect(second.session.destroy()).rejects.toMatchObject(tooLate);
});

test("Rule 3: a stream that goes on writes data of a session on the server, and is refused a visitor's", async () => {
  const { sessions, browser } = await held();
  const streaming = (headers: Headers) =>
    sessions.handle(
      new Request("https://app.example/", { headers }),
      (session) =>
        new Response(
          new ReadableStream({
            async pull(controller) {
              await new Promise((resolve) => setTimeout(resolve));
              const said = await session.set("theme", "dark").catch((error) => error.code);
              controller.enqueue(new TextEncoder().encode(JSON.stringify(said)));
              controller.close();
            },
          }),
        ),
    );
  expect(await (await streaming(browser.headers)).json()).toEqual({ durable: true });
  expect(await (await streaming(new Headers())).json()).toBe("read-only");
  expect(await browser.request(sessions, (session) => session.get("theme"))).toBe("dark");
});

test("Rule 3: a change that nobody awaited before handle() returned is waited for", async () => {
  const { sessions, browser } = await held();
  const headers = browser.headers;
  const response = await sessions.handle(new Request("https://app.example/", { headers }), (session) => {
    session.regenerateId();
    return new Response("hello");
  });
  browser.receive(response.headers.getSetCookie());
  expect(await browser.request(sessions, (session) => session.get("count"))).toBe(1);
});

test("Rule 3: seven changes of one response are one Set-Cookie line", async () => {
  const { sessions } = deploy({ tiers: "cookie" });
  const opened = await sessions.open(request());
  for (let time = 0; time < 7; time++) await opened.session.set("count", time);
  expect(opened.setCookies).toHaveLength(1);
  const applied = opened.apply(new Response("hello"));
  expect(applied.headers.getSetCookie()).toEqual(opened.setCookies);
  expect(opened.apply(applied).headers.getSetCookie()).toHaveLength(1);
});

test("One request has one session, however often it is opened", async () => {
  const { sessions } = deploy({ tiers: "cookie" });
  const one = request();
  const [first, second] = [await sessions.open(one), await sessions.open(one)];
  await first.session.set("count", 1);
  expect(await second.session.get("count")).toBe(1);
  await second.session.set("theme", "dark");
  expect(first.setCookies).toHaveLength(1);
});
