/** A store made of a cache alone: its exact comparison is the compare-and-set, and entries live to the deadline. */

import { sha256 } from "#seal";
import { type CacheCommand, type CacheEntry, type CacheRead, ForeignEntryError, type SessionCache } from "./cache.js";
import { MAX_CLOCK_SKEW } from "../util/expiry.js";
import { parseRecord, RELEASED, recordText, TOMBSTONE, TOMBSTONE_VERSION } from "./cache-entry.js";
import { settle } from "../util/outcome.js";
import type { SessionChange, SessionRecord, SessionStore } from "./store.js";

/** What a key of the cache held: a record, a tombstone, what a cookie took over, nothing, or what cannot be read. */
export type CachedRecord =
  | { readonly state: "found"; readonly record: SessionRecord; readonly readAt: number }
  | { readonly state: "ended"; readonly text: string }
  | { readonly state: "released" }
  | { readonly state: "absent" }
  | { readonly state: "corrupt"; readonly version: number };

/** Ends a key of the cache: nothing is stored over it until `expiresAt` (milliseconds since 1970). */
export function tombstone(key: string, text: string, expiresAt: number): CacheCommand {
  return { type: "put", key, version: TOMBSTONE_VERSION, value: text, expiresAt: new Date(expiresAt) };
}

/**
 * Makes the entry of a record of this version read as absent, until it is gone: after 15 minutes, since clocks may differ
 * by as much. `expect`: only if it still has that version.
 */
export function release(key: string, version: number, now: number, expect?: number): CacheCommand {
  const expiresAt = new Date(now + MAX_CLOCK_SKEW);
  const put = { type: "put", key, version: version + 1, value: RELEASED, expiresAt } as const;
  return expect === undefined ? put : { ...put, expect };
}

/** Tells what an entry of the cache is. */
export function readEntry(key: string, entry: CacheEntry | undefined): CachedRecord {
  if (!entry) return { state: "absent" };
  if (entry.value === RELEASED) return { state: "released" };
  if (entry.version === TOMBSTONE_VERSION) return { state: "ended", text: entry.value };
  const parsed = parseRecord(key, entry.value);
  if (!parsed || parsed.record.version !== entry.version) return { state: "corrupt", version: entry.version };
  return { state: "found", ...parsed };
}

/**
 * Reads what a key holds, and the quick values in the same round trip. What no put has stored counts as of version 0: only
 * a put over none replaces it.
 */
export async function readCached(
  cache: SessionCache,
  key: string,
  quickKey: string | undefined,
): Promise<{ readonly cached: CachedRecord; readonly quick: CacheRead["quick"] }> {
  try {
    const { entry, quick } = await cache.read(key, quickKey);
    return { cached: readEntry(key, entry), quick };
  } catch (error) {
    if (!(error instanceof ForeignEntryError)) throw error;
    return { cached: { state: "corrupt", version: 0 }, quick: {} };
  }
}

/**
 * A {@link SessionStore} that is nothing but a cache. It keeps a pointer from each id hash to its key, and a set of
 * keys for each user; both may name too much, never too little, and are checked against the entry when they are read.
 *
 * @param tombstoneAge how many milliseconds a tombstone stays, longer than any late request lives.
 * @param now the time in milliseconds.
 */
export function cacheOnlyStore(cache: SessionCache, tombstoneAge: number, now: () => number): SessionStore {
  async function read(key: string): Promise<SessionRecord | undefined> {
    const cached = readEntry(key, (await cache.read(key)).entry);
    if (cached.state === "corrupt") throw new Error("An entry of the session cache cannot be read.");
    return cached.state === "found" ? cached.record : undefined;
  }

  async function index(record: SessionRecord, change: SessionChange): Promise<CacheCommand[]> {
    const { key, expiresAt } = record;
    const commands: CacheCommand[] = [];
    if (change.idHash !== undefined) {
      commands.push({ type: "put", key: pointer(record.idHash), version: 1, value: key, expiresAt });
    }
    if (record.userId !== null && (change.userId !== undefined || change.expiresAt !== undefined)) {
      commands.push({ type: "join", key: await userSet(record.userId), member: key, expiresAt });
    }
    return commands;
  }

  async function put(record: SessionRecord, change: SessionChange, expect: number): Promise<boolean> {
    const commands = await index(record, change);
    const { key, version, expiresAt } = record;
    commands.push({ type: "put", key, version, value: recordText(record, now()), expiresAt, expect });
    return (await cache.write(commands)).at(-1) === true;
  }

  return {
    get: read,
    async find(idHash) {
      const key = (await cache.read(pointer(idHash))).entry?.value;
      const record = key === undefined ? undefined : await read(key);
      return record?.idHash === idHash ? record : undefined;
    },
    insert: (record) => put(record, record, 0),
    update(base, change) {
      return put({ ...base, ...change, version: base.version + 1 }, change, base.version);
    },
    async delete(key, version) {
      if (version !== undefined) return (await cache.write([release(key, version, now(), version)]))[0] === true;
      // Only the answer takes a look at what was there: what cannot be read is ended all the same.
      const read = await settle(cache.read(key));
      const [ended] = await cache.write([tombstone(key, TOMBSTONE, now() + tombstoneAge)]);
      return ended === true && !(read.ok && ["absent", "released"].includes(readEntry(key, read.value.entry).state));
    },
    async list(userId) {
      const set = await userSet(userId);
      const keys = await cache.members(set);
      const found = await Promise.all(keys.map(async (key) => readEntry(key, (await cache.read(key)).entry)));
      // Only a tombstone is final: any other member may belong to a login whose entry is about to be stored.
      const ended = keys.filter((_, at) => found[at]?.state === "ended");
      if (ended.length > 0) await cache.write(ended.map((member) => ({ type: "leave", key: set, member })));
      return found
        .flatMap((cached) => (cached.state === "found" && cached.record.userId === userId ? [cached.record] : []))
        .map((record) => ({ ...record, data: null }))
        .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
    },
    /** Entries expire by themselves, and `destroyAll` raises the epoch: there is nothing to sweep. */
    deleteBatch: async () => 0,
  };
}

function pointer(idHash: string): string {
  return `id:${idHash}`;
}

async function userSet(userId: string): Promise<string> {
  return `user:${await sha256(userId)}`;
}
