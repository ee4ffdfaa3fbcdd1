/** Every entry slides: whoever only posts is active too. */

import { NextRequest } from "next/server.js";
import { createSessionMiddleware } from "spillway/next/middleware";
import { beforeEach, expect, test } from "vitest";
import { deploy } from "../support/deployments.js";
import { stopTime, travel } from "../support/fake-time.js";

const ADDRESS = "https://app.example/";

/** What people and Next's client send. */
const REQUESTS: Record<string, RequestInit> = {
  "reads a page": { headers: { accept: "text/html" } },
  "posts a form": { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" } },
  "posts JSON": { method: "POST", headers: { "content-type": "application/json" } },
  "calls an action": { method: "POST", headers: { "content-type": "text/plain;charset=UTF-8", "next-action": "7f00" } },
  "asks for a head": { method: "HEAD" },
};

beforeEach(() => {
  stopTime();
});

test.each(Object.keys(REQUESTS).flatMap((what) => ["handle", "open", "middleware"].map((entry) => ({ what, entry }))))(
  "[A5] Rule 6: whoever $what every minute stays, and is slid at most once in slideEvery ($entry)",
  async ({ what, entry }) => {
    const application = deploy({ tiers: "cookie", define: { idleTimeout: "15m", slideEvery: "10m" } });
    const { sessions, definition } = application;
    const browser = application.browser();
    await browser.request(sessions, (session) => session.set("theme", "dark"));
    const middleware = createSessionMiddleware(definition);
    let slides = 0;
    for (let minute = 0; minute < 60; minute++) {
      travel("1m");
      const headers = new Headers(REQUESTS[what]?.headers);
      headers.set("cookie", browser.cookieHeader);
      const request = new NextRequest(ADDRESS, { method: REQUESTS[what]?.method ?? "GET", headers });
      const answer =
        entry === "handle"
          ? await sessions.handle(request, () => new Response(""))
          : entry === "open"
            ? (await sessions.open(request)).apply(new Response(""))
            : await middleware(request, {} as never);
      slides += answer.headers.getSetCookie().length;
      browser.receive(answer.headers.getSetCookie());
    }
    expect(slides).toBe(6);
    expect(await browser.request(sessions, (session) => session.get("theme"))).toBe("dark");
  },
);
