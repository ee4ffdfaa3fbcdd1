/** Visiting an application that is served, and what every shape has to show. */

import assert from "node:assert/strict";
import { FakeBrowser } from "../support/fake-browser.js";
import type { Answer, Shape, Visit } from "./shape.js";

/** A browser that comes for the first time. Its cookies are Secure, as in production, although http carries them here. */
export function visitorOf(origin: string): Visit {
  const browser = new FakeBrowser();
  return {
    browser,
    async request(path, init = {}): Promise<Answer> {
      const headers = new Headers(init.headers);
      headers.set("origin", origin);
      if (browser.cookieHeader !== "") headers.set("cookie", browser.cookieHeader);
      const response = await fetch(`${origin}${path}`, { redirect: "manual", ...init, headers });
      const setCookies = response.headers.getSetCookie();
      browser.receive(setCookies);
      const cookies = setCookies.map((cookie) => cookie.slice(0, cookie.indexOf("=")));
      return { status: response.status, headers: response.headers, body: await response.text(), cookies };
    },
  };
}

/** What each shape has to show: a session that is read, written seven times in one request, and kept. */
export async function assertShape(shape: Shape, origin: string): Promise<void> {
  const { browser, request } = visitorOf(origin);
  const count = async (path: string, method = "POST") => {
    const answer = await request(path, { method });
    assert.equal(answer.status, 200, `${method} ${path} answers ${answer.status}: ${answer.body.slice(0, 300)}`);
    return { ...answer, count: JSON.parse(answer.body).count };
  };

  const before = await count("/api/read", "GET");
  assert.equal(before.count, 0);
  assert.deepEqual(before.cookies, [], "reading starts nothing");

  const written = await count("/api/write");
  assert.equal(written.count, 7);
  assert.deepEqual(written.cookies, ["__Host-session"], "one line for a name, however many writes");
  assert.deepEqual(browser.refused, []);

  const read = await count("/api/read", "GET");
  assert.equal(read.count, 7);
  assert.equal(read.headers.get("cache-control"), "private, no-store", "whoever opened the session answers privately");

  const beside = await count("/api/cookie");
  assert.deepEqual([...beside.cookies].sort(), ["__Host-session", "theme"], "the framework's cookie beside it");
  assert.equal((await count("/api/read", "GET")).count, 8);

  if (!shape.page) return;
  const page = await request("/", { headers: { accept: "text/html", "sec-fetch-dest": "document" } });
  assert.equal(page.status, 200, page.body.slice(0, 300));
  assert.match(page.body, /<p id="count">8<\/p>/, "the page shows what the handlers wrote");
  assert.match(page.headers.get("cache-control") ?? "", /private/);
}

/** What the README's page has to show: what a form without JavaScript has counted, after another visit as well. */
export async function assertReadme(_: Shape, origin: string): Promise<void> {
  const { request } = visitorOf(origin);
  const document = { accept: "text/html", "sec-fetch-dest": "document" };
  const visits = async (init: RequestInit = {}) => {
    const { status, body } = await request("/visits", { ...init, headers: document });
    assert.equal(status, 200, body.slice(0, 300));
    return { body, count: Number(/(\d+)(<!-- -->)? visits/.exec(body)?.[1]) };
  };
  const first = await visits();
  assert.equal(first.count, 0);
  const form = new FormData();
  form.set(/\$ACTION_ID_\w+/.exec(first.body)?.[0] ?? "no action", "");
  assert.equal((await visits({ method: "POST", body: form })).count, 1);
  assert.equal((await visits()).count, 1);
}
