/** nginx as it comes, in front of an application: which heads it takes, and what it keeps. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { defineSession } from "spillway";
import { createSessions } from "spillway/next/pages";
import { memoryStore } from "spillway/stores/memory";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newSecret } from "../support/deployments.js";
import { FakeBrowser } from "../support/fake-browser.js";
import { hasNginx, type Nginx, startNginx } from "../support/nginx.js";

/** The headers of a page of `create-next-app` 16.4, with its two fonts, in answer to a form's action. */
const NEXT = {
  Vary: "rsc, next-router-state-tree, next-router-prefetch, next-router-segment-prefetch, Accept-Encoding",
  Link: [1, 2]
    .map(
      (font) =>
        `</_next/static/media/geist_latin_${font}-s.p.0a1b2c3d4e5f6.woff2>; rel=preload; as="font"; crossorigin=""; type="font/woff2"`,
    )
    .join(", "),
  "X-Powered-By": "Next.js",
  "Cache-Control": "private, no-cache, no-store, max-age=0, must-revalidate",
  "Content-Type": "text/html; charset=utf-8",
};

const definition = defineSession<{ text?: string }>({ secret: newSecret(), idleTimeout: "1h", slideEvery: 0 });
const { getSession } = createSessions(definition, { store: memoryStore() });

/** A request that slides, writes a session of so many bytes, and leaves a flash message of the longest kind. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  const session = await getSession(request, response);
  if (pathname === "/private") {
    response.writeHead(200, { "Content-Type": "text/plain" }).end(await session.get("text", "nobody's"));
    return;
  }
  const length = Number(searchParams.get("length") ?? 0);
  if (length > 0) {
    await session.set("text", "x".repeat(length));
    await session.flash("notice", "y".repeat(Number(searchParams.get("flash") ?? 1)));
  }
  response.writeHead(200, NEXT).end(JSON.stringify({ placement: session.placement }));
}

describe.skipIf(!hasNginx())(`nginx as it comes${hasNginx() ? "" : " (skipped: it is not installed)"}`, () => {
  let server: Server;
  let nginx: Nginx;

  beforeAll(async () => {
    server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    nginx = await startNginx(target, "proxy_cache all; proxy_cache_valid 200 307 10m; proxy_cache_key $uri;");
  });

  afterAll(async () => {
    await nginx?.stop();
    server?.close();
  });

  test("[S8] Rule 7: it takes the head of every response that the default threshold leaves a cookie in, beside Next's own headers", async () => {
    const browser = new FakeBrowser();
    const placements = new Set<string>();
    let longest = 0;
    for (let length = 100; length <= 4_000; length += 100) {
      const headers = { cookie: browser.cookieHeader };
      const response = await fetch(`${nginx.origin}/?length=${length}&flash=300`, { headers });
      expect(response.status, `a session of ${length} characters`).toBe(200);
      const { placement } = (await response.json()) as { placement: string };
      placements.add(placement);
      const setCookies = response.headers.getSetCookie();
      browser.receive(setCookies.filter((cookie) => !cookie.startsWith("__Host-session-flash")));
      longest = Math.max(longest, setCookies.join("").length);
    }
    expect([...placements]).toEqual(["cookie", "server"]);
    expect(longest).toBeGreaterThan(2_304);
  });

  test("[S12] told to keep what says nothing of caches, it serves nobody what another's session has shaped", async () => {
    const [ada, bob] = [new FakeBrowser(), new FakeBrowser()];
    for (const [browser, length] of [
      [ada, 11],
      [bob, 22],
    ] as const) {
      const response = await fetch(`${nginx.origin}/?length=${length}`);
      browser.receive(response.headers.getSetCookie());
    }
    const read = async (browser: FakeBrowser) =>
      (await (await fetch(`${nginx.origin}/private`, { headers: { cookie: browser.cookieHeader } })).text()).length;
    expect([await read(ada), await read(bob), await read(ada)]).toEqual([11, 22, 11]);
  });
});
