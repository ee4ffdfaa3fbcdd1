import { Redis } from "ioredis";
import { type Bytes, type Engine, type Reply, ReplyError } from "./reply.js";

/** How long a command waits for a Redis that has gone, in attempts. */
const ATTEMPTS = 1;

/**
 * An engine in front of a real Redis.
 *
 * @param url as `redis://localhost:6379`.
 * @throws when Redis cannot be reached now. Later outages are errors of the commands.
 */
export async function redisEngine(url: string): Promise<Engine> {
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: ATTEMPTS });
  let lastError: unknown;
  redis.on("error", (error) => {
    lastError = error;
  });
  try {
    await redis.connect();
  } catch {
    redis.disconnect();
    throw new Error("The Redis that REDIS_URL names cannot be reached. Start it, or unset the variable.", {
      cause: lastError,
    });
  }
  return {
    async run([name = "", ...args]) {
      try {
        return toReply(await redis.callBuffer(upper(name), ...args.map(toBuffer)));
      } catch (error) {
        throw toError(error);
      }
    },
    async transaction(commands) {
      const chain = redis.multi();
      for (const [name = "", ...args] of commands) chain.callBuffer(upper(name), ...args.map(toBuffer));
      const results = await chain.exec().catch((error) => {
        throw toError(error);
      });
      return (results ?? []).map(([error, result]) => (error ? new ReplyError(error.message) : toReply(result)));
    },
    async close() {
      await redis.quit().catch(() => redis.disconnect());
    },
  };
}

// In capitals a command passes ioredis's reply transformers, which would make an object of a hash.
const upper = (name: Bytes) => name.toUpperCase();

const toBuffer = (bytes: Bytes) => Buffer.from(bytes, "latin1");

function toReply(value: unknown): Reply {
  if (Buffer.isBuffer(value)) return value.toString("latin1");
  if (Array.isArray(value)) return value.map(toReply);
  return typeof value === "number" || typeof value === "string" ? value : null;
}

/** What Redis answered is the client's to hear; that it did not answer is the server's. */
const toError = (error: unknown) =>
  error instanceof Error && error.name === "ReplyError" ? new ReplyError(error.message) : error;
