/** How replies of Redis are read, in the forms in which different clients hand them over. */

import { type CacheEntry, type CacheServer, ForeignEntryError } from "../../tiers/cache.js";
import { MARK } from "./scripts.js";

/** What a key holds that no command of the cache has put there. */
function foreign(): ForeignEntryError {
  return new ForeignEntryError(
    "The cache holds something under a session's key that Spillway did not store. Give Spillway a `prefix` of its own.",
  );
}

/** The entry of a key. @throws {ForeignEntryError} when the key holds anything else. */
export function toEntry(key: string, reply: unknown): CacheEntry | undefined {
  if (reply === null) return undefined;
  const head = typeof reply === "string" ? /^v(\d{1,16}):/.exec(reply) : null;
  if (typeof reply !== "string" || !head) throw foreign();
  return { key, version: Number(head[1]), value: reply.slice(head[0].length) };
}

/**
 * Quick values: a hash, which comes as a flat list, as an object, as a Map, or (KV, when it is empty) as null.
 * @throws {ForeignEntryError} when the key holds anything else.
 */
export function toQuick(reply: unknown): Record<string, string> {
  if (reply === null || typeof reply !== "object") return {};
  if (!Array.isArray(reply)) {
    const entries = reply instanceof Map ? [...reply] : Object.entries(reply);
    return Object.fromEntries(entries.map(([field, value]) => [unmark(field), unmark(value)]));
  }
  const entries: [string, string][] = [];
  for (let i = 0; i < reply.length; i += 2) entries.push([unmark(reply[i]), unmark(reply[i + 1])]);
  return Object.fromEntries(entries);
}

/** The members of a set. @throws {ForeignEntryError} when the key holds anything else. */
export function toMembers(reply: unknown): string[] {
  if (!Array.isArray(reply)) throw foreign();
  return reply.map(unmark);
}

/** The server's time and its policy of eviction, from a list of microseconds and a name; either may be empty. */
export function toServer(reply: unknown): CacheServer {
  const [microseconds, policy, memory] = Array.isArray(reply) ? reply : [];
  return {
    now: microseconds ? new Date(Math.floor(Number(microseconds) / 1000)) : undefined,
    evictionPolicy: policy ? String(policy) : undefined,
    maxMemory: memory === undefined || memory === "" ? undefined : Number(memory),
  };
}

function unmark(text: unknown): string {
  if (typeof text !== "string" || !text.startsWith(MARK)) throw foreign();
  return text.slice(MARK.length);
}
