/** The session beside what Node's frameworks do to the head of a response. */

import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { setCookie } from "hono/cookie";
import Koa from "koa";
import { defineSession, type Session } from "spillway";
import { createSessions } from "spillway/next/pages";
import { createSessions as createWebSessions } from "spillway/web";
import { afterAll, describe, expect, test } from "vitest";
import { newSecret } from "../support/deployments.js";

interface Data {
  count?: number;
}

const definition = defineSession<Data>({ secret: newSecret() });
const { getSession } = createSessions(definition, { revocation: "none" });
const web = createWebSessions(definition, { revocation: "none" });

const increment = (session: Session<Data>) => session.update("count", (count = 0) => count + 1);
const OWN = "own=1; Path=/";

/** Each increments the session's count seven times, then sets a cookie of its own, in its own way. */
async function write(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const session = await getSession(request, response);
  for (let time = 0; time < 7; time++) await increment(session);
}

const servers: { close(): unknown }[] = [];

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const byHead = (answer: (response: ServerResponse) => void) =>
  listen(async (request, response) => {
    await write(request, response);
    answer(response);
    response.end("{}");
  });

async function onFastify(): Promise<string> {
  const app = fastify();
  servers.push(app);
  app.get("/", async (request, reply) => {
    await write(request.raw, reply.raw);
    reply.header("set-cookie", OWN);
    return {};
  });
  return app.listen({ port: 0, host: "127.0.0.1" });
}

function onExpress(): Promise<string> {
  const app = express();
  app.get("/", async (request, response) => {
    await write(request, response);
    response.set("Set-Cookie", OWN).json({});
  });
  return listen(app);
}

function onKoa(): Promise<string> {
  const app = new Koa();
  app.use(async (context) => {
    await write(context.req, context.res);
    context.set("Set-Cookie", OWN);
    context.body = {};
  });
  return listen(app.callback());
}

const FRAMEWORKS: readonly (readonly [string, () => Promise<string>])[] = [
  ["node:http, writeHead with headers", () => byHead((response) => response.writeHead(200, { "Set-Cookie": OWN }))],
  ["node:http, writeHead with a list", () => byHead((response) => response.writeHead(200, ["Set-Cookie", OWN]))],
  ["node:http, a late setHeader", () => byHead((response) => response.setHeader("set-cookie", [OWN]))],
  ["node:http, headers flushed", () => byHead((response) => response.setHeader("Set-Cookie", OWN).flushHeaders())],
  ["Express", onExpress],
  ["Fastify", onFastify],
  ["Koa", onKoa],
];

afterAll(async () => {
  for (const server of servers) await server.close();
});

describe.each(FRAMEWORKS)("%s", (_name, start) => {
  test("Rule 3: one line for the session's cookie, beside the framework's own, and no cache keeps the response", async () => {
    const origin = await start();
    const first = await fetch(origin);
    expect(first.headers.getSetCookie().map((cookie) => cookie.split("=")[0])).toEqual(["own", "__Host-session"]);
    expect(first.headers.get("cache-control")).toBe("private, no-store");
    const cookie = first.headers.getSetCookie()[1]?.split(";")[0] ?? "";
    const { session } = await web.open(new Headers({ cookie }));
    expect(await session.get("count")).toBe(7);
  });
});

test("Rule 3: in Hono a middleware that applies the session keeps its cookie beside those of the application", async () => {
  const app = new Hono();
  app.use(async (context, next) => {
    const opened = await web.open(context.req.raw);
    for (let time = 0; time < 7; time++) await increment(opened.session);
    await next();
    context.res = opened.apply(context.res);
  });
  app.get("/", (context) => {
    setCookie(context, "own", "1");
    return context.json({});
  });
  const answer = await app.request("/");
  expect(answer.headers.getSetCookie().map((cookie) => cookie.split("=")[0])).toEqual(["own", "__Host-session"]);
  expect(answer.headers.get("cache-control")).toBe("private, no-store");
});

test("Rule 3: a response that is made when its body is asked for keeps the cookie, as that of Hono's server for Node", async () => {
  /** Headers that were changed before are forgotten then. */
  class Deferred extends Response {
    #early: Headers | undefined = new Headers({ "content-type": "application/json" });

    override get headers(): Headers {
      return this.#early ?? super.headers;
    }

    override get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
      this.#early = undefined;
      return super.body;
    }
  }
  const opened = await web.open(new Request("https://app.example/"));
  await increment(opened.session);
  const answer = opened.apply(new Deferred("{}"));
  const copied = new Response(answer.body, answer);
  expect(copied.headers.getSetCookie()).toHaveLength(1);
  expect(copied.headers.get("cache-control")).toBe("private, no-store");
});
