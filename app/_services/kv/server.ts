/** A local KV server: the protocol of Upstash and Vercel KV, in front of a Redis or of this process's memory. */

import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { memoryEngine } from "./memory.js";
import { redisEngine } from "./redis.js";
import { type Bytes, type Engine, type Reply, ReplyError, toBytes } from "./reply.js";

export interface KvServerOptions {
  /** The port on 127.0.0.1. 0 takes a free one. */
  readonly port: number;
  /** What clients must send as `Authorization: Bearer`. */
  readonly token: string;
  /** The Redis to stand in front of, as `redis://localhost:6379`. Default: none, everything is in memory. */
  readonly redisUrl?: string | undefined;
}

/** What reached the server since it started, or since the last reset: tests count round trips by it. */
export interface KvCounters {
  requests: number;
  /** How often each command came, by its name in capitals. */
  commands: Record<string, number>;
  reset(): void;
}

export interface KvServer {
  /** What `KV_REST_API_URL` is to be. */
  readonly url: string;
  readonly token: string;
  readonly counters: KvCounters;
  /** Closes the port and every connection; resolves when both are closed. */
  stop(): Promise<void>;
}

/** The largest request, in bytes: some ten entries of the largest size that Spillway stores by default. */
const MAX_REQUEST = 16 * 1024 * 1024;

/**
 * Starts a server.
 *
 * @returns when it listens.
 * @throws when the port is taken, or when there is no Redis at `redisUrl`.
 */
export async function startKvServer({ port, token, redisUrl }: KvServerOptions): Promise<KvServer> {
  const engine = redisUrl ? await redisEngine(redisUrl) : memoryEngine();
  const counters: KvCounters = {
    requests: 0,
    commands: {},
    reset() {
      this.requests = 0;
      this.commands = {};
    },
  };
  const server = createServer(async (request, response) => {
    counters.requests++;
    const { status, body } = await answer(request, token, engine, counters).catch(() =>
      fail(500, "ERR internal error"),
    );
    response.writeHead(status, { "content-type": "application/json", "upstash-sync-token": "local" });
    response.end(JSON.stringify(body));
  });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(port, "127.0.0.1", resolve);
    });
  } catch (error) {
    await engine.close();
    throw error;
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    counters,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await engine.close();
    },
  };
}

type Result = { readonly result: unknown } | { readonly error: string };

interface Answer {
  readonly status: number;
  readonly body: Result | Result[];
}

const fail = (status: number, error: string): Answer => ({ status, body: { error } });

async function answer(request: IncomingMessage, token: string, engine: Engine, counters: KvCounters): Promise<Answer> {
  if (!sameText(request.headers.authorization ?? "", `Bearer ${token}`)) return fail(401, "Unauthorized");
  if (request.method !== "POST") return fail(405, "ERR only POST is served here");
  const body = await readBody(request);
  if (body === undefined) return fail(413, "ERR max request size exceeded");
  const base64 = request.headers["upstash-encoding"] === "base64";
  const path = request.url?.replace(/\/+$/, "");
  const commands = toCommands(body, path === "");
  if (!commands) return fail(400, "ERR failed to parse the request");
  for (const [name = ""] of commands) {
    const known = name.toUpperCase();
    counters.commands[known] = (counters.commands[known] ?? 0) + 1;
  }
  if (path === "/pipeline") return { status: 200, body: await inOrder(commands, engine, base64) };
  if (path !== "" && path !== "/multi-exec") return fail(404, "ERR no such path");
  try {
    if (path === "") return { status: 200, body: { result: encode(await engine.run(commands[0] ?? []), base64) } };
    const replies = await engine.transaction(commands);
    return { status: 200, body: replies.map((reply) => toResult(reply, base64)) };
  } catch (error) {
    return fail(error instanceof ReplyError ? 400 : 503, messageOf(error));
  }
}

async function inOrder(commands: readonly Bytes[][], engine: Engine, base64: boolean): Promise<Result[]> {
  const results: Result[] = [];
  for (const command of commands) {
    try {
      results.push({ result: encode(await engine.run(command), base64) });
    } catch (error) {
      results.push({ error: messageOf(error) });
    }
  }
  return results;
}

const toResult = (reply: Reply | ReplyError, base64: boolean): Result =>
  reply instanceof ReplyError ? { error: reply.message } : { result: encode(reply, base64) };

const messageOf = (error: unknown) => (error instanceof ReplyError ? error.message : "ERR the database is unreachable");

/** In Base64, all text is encoded but an outermost `OK`. */
function encode(reply: Reply, base64: boolean, outermost = true): unknown {
  if (Array.isArray(reply)) return reply.map((item) => encode(item, base64, false));
  if (reply === null || typeof reply === "number") return reply;
  const text = typeof reply === "string" ? reply : reply.ok;
  if (base64 && !(outermost && text === "OK")) return Buffer.from(text, "latin1").toString("base64");
  return Buffer.from(text, "latin1").toString("utf8");
}

function toCommands(body: string, single: boolean): Bytes[][] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return undefined;
  }
  const commands = single ? [parsed] : parsed;
  if (!Array.isArray(commands) || !commands.every((command) => Array.isArray(command) && command.length > 0)) return;
  return commands.map((command: unknown[]) => command.map((word) => toBytes(String(word))));
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_REQUEST) chunks.push(chunk);
  }
  return size <= MAX_REQUEST ? Buffer.concat(chunks).toString("utf8") : undefined;
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash("sha256").update(text).digest());
  return left !== undefined && right !== undefined && timingSafeEqual(left, right);
}
