/** A store made of a cache alone: its exact comparison is the compare-and-set, and entries live to the deadline. */

import { now } from "../util/clock.js";
import { settle } from "../util/outcome.js";
import type { CacheCommand, SessionCache } from "./cache.js";
import { readEntry, recordText, release, TOMBSTONE, tombstone } from "./cache-entry.js";
import type { Scope } from "./scope.js";
import type { SessionChange, SessionRecord, SessionStore } from "./store.js";

/**
 * A {@link SessionStore} that is nothing but a cache. It keeps a pointer from each id hash to its key, and a set of
 * keys for each user; both may name too much, never too little, and are checked against the entry when they are read.
 *
 * @param tombstoneAge how many milliseconds a tombstone stays: longer than any late request lives.
 * @param scope makes the names of users' sets.
 */
export function cacheOnlyStore(cache: SessionCache, tombstoneAge: number, scope: Scope): SessionStore {
  const userSet = async (userId: string) => `user:${await scope.user(userId)}`;

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
      // What was there only decides the answer: an entry that cannot be read is ended all the same.
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
