/** The client that a cache makes for itself when it is told nothing but where Redis is. */

import { SessionStoreError } from "../../errors.js";
import type { IoRedisClient, NodeRedisClient } from "./clients.js";

type Client = IoRedisClient | NodeRedisClient;

/**
 * A connection on which nothing has come for so long (milliseconds) has died in silence: a failover, a frozen machine.
 * Without this limit the system keeps it for a quarter of an hour.
 */
const SOCKET_TIMEOUT = 5_000;

/** Between two attempts to connect again, in milliseconds. Neither package gives up for good. */
const RECONNECT_DELAY = 100;

/** How often an idle connection of the package `redis` is asked whether it lives, in milliseconds. */
const PING_INTERVAL = 2_000;

const CLIENTS = Symbol.for("spillway.redis-clients");

/**
 * The client of a url, connected when it is first asked for. One for the process: Next evaluates a module once a bundle,
 * and each would open a connection. It is behind a function, since a url holds a password, which printing an object would show.
 *
 * @throws {SessionStoreError} when there is no url, or neither package is installed.
 */
export function clientOf(url: string | undefined): Promise<Client> {
  if (!url) {
    throw new SessionStoreError("cache", "`redisCache({ url })` got no url. Set REDIS_URL, as redis://host:6379.");
  }
  const holder = globalThis as { [CLIENTS]?: (url: string) => Promise<Client> };
  holder[CLIENTS] ??= eachOnce(connect);
  return holder[CLIENTS](url);
}

/** One promise for each url; a failed one is forgotten. */
function eachOnce(make: (url: string) => Promise<Client>): (url: string) => Promise<Client> {
  const made = new Map<string, Promise<Client>>();
  return (url) => {
    const known = made.get(url);
    if (known) return known;
    const client = make(url);
    made.set(url, client);
    client.catch(() => made.delete(url));
    return client;
  };
}

async function connect(url: string): Promise<Client> {
  const client = (await overIoRedis(url)) ?? (await overNodeRedis(url));
  if (client) return client;
  throw new SessionStoreError("cache", "`redisCache({ url })` needs the package `ioredis` or `redis`. Install one.");
}

// A bundler that does not find the package takes an import in a `try` for one that may fail, and goes on.
async function overIoRedis(url: string): Promise<Client | undefined> {
  let Redis: typeof import("ioredis").Redis;
  try {
    ({ Redis } = await import("ioredis"));
  } catch {
    return undefined;
  }
  const client = new Redis(url, {
    socketTimeout: SOCKET_TIMEOUT,
    connectTimeout: SOCKET_TIMEOUT,
    // A command is tried on the next connection once, and then given up: the breaker knows what to do without a cache.
    maxRetriesPerRequest: 1,
    retryStrategy: () => RECONNECT_DELAY,
  });
  return quiet(client);
}

async function overNodeRedis(url: string): Promise<Client | undefined> {
  let createClient: typeof import("redis").createClient;
  try {
    ({ createClient } = await import("redis"));
  } catch {
    return undefined;
  }
  const client = createClient({
    url,
    pingInterval: PING_INTERVAL,
    socket: {
      socketTimeout: SOCKET_TIMEOUT,
      connectTimeout: SOCKET_TIMEOUT,
      reconnectStrategy: () => RECONNECT_DELAY,
    },
  });
  quiet(client);
  // Commands wait for it; a failure is theirs to tell.
  client.connect().catch(() => {});
  return client;
}

/** Each command tells by itself that it failed; the event besides would end the process, or fill its log. */
function quiet<T extends { on(event: "error", listener: () => void): unknown }>(client: T): T {
  client.on("error", () => {});
  return client;
}
