/** The clients of Redis that people have, each as a way to send one command to where its key is. */

import type { RedisCommand } from "./scripts.js";

/** What {@link redisCache} needs of a client of the package `redis` (node-redis): `createClient()`. */
export interface NodeRedisClient {
  sendCommand(args: string[]): Promise<unknown>;
}

/** What {@link redisCache} needs of a cluster of the package `redis` (node-redis): `createCluster()`. */
export interface NodeRedisCluster {
  sendCommand(firstKey: string, isReadonly: boolean, args: string[]): Promise<unknown>;
  /** Tells it from the other clients. */
  nodeClient(node: never): unknown;
}

/** What {@link redisCache} needs of a client of the package `redis` (node-redis) that goes by sentinels: `createSentinel()`. */
export interface NodeRedisSentinel {
  sendCommand(isReadonly: boolean, args: string[]): Promise<unknown>;
  /** Lends a connection to the primary. */
  use(work: (client: NodeRedisSentinelLease) => Promise<unknown>): Promise<unknown>;
}

/** One connection of a {@link NodeRedisSentinel}. */
export interface NodeRedisSentinelLease {
  sendCommand(isReadonly: boolean, args: string[]): Promise<unknown>;
}

/** What {@link redisCache} needs of a client of the package `ioredis`: `Redis`, also with sentinels, or `Cluster`. */
export interface IoRedisClient {
  call(command: string, ...args: string[]): Promise<unknown>;
  readonly isCluster?: boolean;
  pipeline(commands: string[][]): { exec(): Promise<[error: Error | null, result: unknown][] | null> };
}

/** Any client that {@link redisCache} takes. */
export type RedisClient = IoRedisClient | NodeRedisClient | NodeRedisCluster | NodeRedisSentinel;

/** Sends single commands. Those that are sent in one tick share a round trip, and those of one key keep their order. */
export interface RedisSender {
  /** The reply to a command. */
  send(command: RedisCommand): Promise<unknown>;
  /** The replies to a command and, on the same connection, to a `WAIT` for what it wrote. */
  sendAndWait(command: RedisCommand, wait: readonly string[]): Promise<readonly unknown[]>;
}

/** How commands are sent through a client. Reads go to the primary: a replica may not have the newest version. */
export function senderOf(client: RedisClient): RedisSender {
  if ("call" in client)
    return client.isCluster ? ioRedisCluster(client) : inOneTick(([name, ...args]) => client.call(name, ...args));
  if ("nodeClient" in client) return inOneTick((args, key) => client.sendCommand(key, false, [...args]));
  if ("use" in client) return nodeRedisSentinel(client);
  return inOneTick((args) => client.sendCommand([...args]));
}

type Words = readonly [name: string, ...args: string[]];

/** The key of a command: of a script it follows the script and the number of keys. */
const keyOf = (command: RedisCommand) => (command[0] === "EVAL" ? command[3] : command[1]);

/** A client that keeps the order of what it is given in one tick. */
function inOneTick(send: (words: Words, key: string) => Promise<unknown>): RedisSender {
  return {
    send: (command) => send(command, keyOf(command)),
    sendAndWait: (command, wait) =>
      Promise.all([send(command, keyOf(command)), send(["WAIT", ...wait], keyOf(command))]),
  };
}

/** ioredis would send a `WAIT`, which names no key, to any node; in a pipeline it goes along with the command before. */
function ioRedisCluster(client: IoRedisClient): RedisSender {
  return {
    send: ([name, ...args]) => client.call(name, ...args),
    async sendAndWait([name, ...args], wait) {
      const replies = await client
        .pipeline([
          [name.toLowerCase(), ...args],
          ["wait", ...wait],
        ])
        .exec();
      if (!replies) throw new Error("The pipeline was not executed.");
      return replies.map(([error, result]) => {
        if (error) throw error;
        return result;
      });
    },
  };
}

/** node-redis lends each command of a sentinel's client any connection to the primary; a `WAIT` needs the same one. */
function nodeRedisSentinel(client: NodeRedisSentinel): RedisSender {
  return {
    send: (command) => client.sendCommand(false, [...command]),
    async sendAndWait(command, wait) {
      const replies = await client.use((lease) =>
        Promise.all([lease.sendCommand(false, [...command]), lease.sendCommand(false, ["WAIT", ...wait])]),
      );
      return replies as unknown[];
    },
  };
}
