/** A real Redis and a real PostgreSQL that waits for its disk, and what reaches them, counted by neither library. */

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { Redis } from "ioredis";
import { startService } from "../../support/service.js";

/** What reached the servers. */
export interface Cost {
  readonly commands: number;
  readonly statements: number;
}

/** Both servers, of which others know nothing. */
export interface Services {
  readonly redisUrl: string;
  readonly postgresUrl: string;
  /** A connection of the benchmark's own, whose commands are not counted. */
  readonly redis: Redis;
  /** Counts what reaches the servers while something is done. */
  count(work: () => Promise<unknown>): Promise<Cost>;
  stop(): Promise<void>;
}

/** Starts both. */
export async function startServices(): Promise<Services> {
  const [redisServer, postgres] = await Promise.all([startService("redis"), startService("postgres-durable")]);
  const relay = await relayStatements(new URL(postgres.url));
  const redis = new Redis(redisServer.url);
  return {
    redisUrl: redisServer.url,
    postgresUrl: relay.url,
    redis,
    async count(work) {
      const monitor = await redis.monitor();
      let commands = 0;
      const isOver = new Promise<void>((resolve) => {
        monitor.on("monitor", (_time: string, [name = "", marker]: string[], source: string) => {
          if (marker === MARKER) resolve();
          // What a script does on the server is no command that was sent.
          else if (source !== "lua" && !HANDSHAKES.has(name.toLowerCase())) commands += 1;
        });
      });
      const before = relay.statements();
      await work();
      await redis.echo(MARKER);
      await isOver;
      monitor.disconnect();
      return { commands, statements: relay.statements() - before };
    },
    async stop() {
      redis.disconnect();
      relay.close();
      await Promise.all([redisServer.stop(), postgres.stop()]);
    },
  };
}

const MARKER = "the end of what is counted";

const HANDSHAKES = new Set(["info", "hello", "client", "select", "ping"]);

/** Hands connections on to a PostgreSQL, and counts the statements that clients send. */
async function relayStatements(target: URL) {
  let statements = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const counter = new StatementCounter();
    client.on("data", (chunk) => {
      statements += counter.count(chunk);
    });
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay());
      socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    }
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    statements: () => statements,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** The messages of PostgreSQL's protocol (3.0) that carry out a statement: a simple query, and an execution of a prepared one. */
const STATEMENTS: ReadonlySet<string> = new Set(["Q", "E"]);

/** Reads what a client sends: first a start without a type, then messages of a type, their length, and their body. */
class StatementCounter {
  #pending = Buffer.alloc(0);
  #hasStarted = false;

  count(chunk: Buffer): number {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    let found = 0;
    for (;;) {
      const typeLength = this.#hasStarted ? 1 : 0;
      if (this.#pending.length < typeLength + 4) return found;
      const end = typeLength + this.#pending.readInt32BE(typeLength);
      if (this.#pending.length < end) return found;
      if (this.#hasStarted && STATEMENTS.has(String.fromCharCode(this.#pending[0] ?? 0))) found += 1;
      this.#hasStarted = true;
      this.#pending = this.#pending.subarray(end);
    }
  }
}
