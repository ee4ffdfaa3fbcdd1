/** Responses that depend on a session: for their browser alone, whatever the application says to caches. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { NextRequest, NextResponse } from "next/server.js";
import { defineSession } from "spillway";
import { createSessionMiddleware, type SessionClaims } from "spillway/next/middleware";
import { createSessions as createPagesSessions } from "spillway/next/pages";
import { createSessions } from "spillway/web";
import { expect, onTestFinished, test } from "vitest";
import { newSecret } from "../support/deployments.js";

const definition = defineSession<{ theme?: string }>({ secret: newSecret() });
const ADDRESS = "https://app.example/";

/** What each entry sends for a response with these headers, to somebody whose session it has read. */
const ENTRIES: Record<string, (headers: Record<string, string>) => Promise<Headers>> = {
  async handle(headers) {
    const { handle } = createSessions(definition);
    const answer = await handle(new Request(ADDRESS), async (session) => {
      await session.get("theme");
      return new Response("", { headers });
    });
    return answer.headers;
  },
  async apply(headers) {
    const opened = await createSessions(definition).open(new Request(ADDRESS));
    return opened.apply(new Response("", { headers })).headers;
  },
  async pages(headers) {
    const { getSession } = createPagesSessions(definition);
    const server = createServer(async (request, response) => {
      await (await getSession(request, response)).get("theme");
      response.writeHead(200, headers).end();
    });
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)).headers;
  },
  async middleware(headers) {
    const answer = (_: NextRequest, { active }: SessionClaims) => NextResponse.json({ active }, { headers });
    return (await createSessionMiddleware(definition, answer)(new NextRequest(ADDRESS), {} as never)).headers;
  },
};

test.each(Object.keys(ENTRIES))(
  "[S12] Rule 16: what caches go by before Cache-Control is taken out, by whatever name (%s)",
  async (entry) => {
    const headers = await ENTRIES[entry]?.({
      "Cache-Control": "public, s-maxage=600",
      "CDN-Cache-Control": "max-age=600",
      "Vercel-CDN-Cache-Control": "max-age=600",
      "Surrogate-Control": "max-age=600",
      "X-Accel-Expires": "600",
      "X-Own": "yes",
    });
    expect([...(headers ?? [])].filter(([name]) => /cache|surrogate|accel|own/.test(name)).sort()).toEqual([
      ["cache-control", "private, no-store"],
      ["x-own", "yes"],
    ]);
  },
);

test.each(Object.keys(ENTRIES))("[S12] Rule 16: what is as strict stays as it is (%s)", async (entry) => {
  const headers = await ENTRIES[entry]?.({ "Cache-Control": "no-store, must-revalidate" });
  expect(headers?.get("cache-control")).toBe("no-store, must-revalidate");
});
