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

  /**
   * Writes what leads to a record, before the record itself: what names too much is harmless, but a session that no index
   * names would survive the end of all of its user's.
   * @returns whether the record may have its id hash: false when another record has it.
   */
  async function index(record: SessionRecord, change: SessionChange): Promise<boolean> {
    const { key, idHash, userId, expiresAt } = record;
    const point = { type: "put", key: pointer(idHash), version: 1, value: key, expiresAt } as const;
    const commands: CacheCommand[] = [];
    if (change.idHash !== undefined) commands.push(point);
    if (userId !== null && (change.userId !== undefined || change.expiresAt !== undefined)) {
      commands.push({ type: "join", key: await userSet(userId), member: key, expiresAt });
    }
    if (commands.length === 0) return true;
    const [isNew] = await cache.write(commands);
    if (change.idHash === undefined || isNew === true) return true;
    // A pointer is there already: of an attempt before, of a record that has gone, or of another that has the same id.
    const holder = (await cache.read(pointer(idHash))).entry?.value;
    if (holder !== undefined && holder !== key && (await read(holder))?.idHash === idHash) return false;
    await cache.write([holder === undefined ? point : { ...point, expect: 1 }]);
    return true;
  }

  async function put(record: SessionRecord, change: SessionChange, expect: number): Promise<boolean> {
    if (!(await index(record, change))) return false;
    const { key, version, expiresAt } = record;
    const [stored] = await cache.write([
      { type: "put", key, version, value: recordText(record, now()), expiresAt, expect },
    ]);
    return stored === true;
  }

  /** Removes what led to a record, or to an id that it no longer has. What fails here names too much, until it expires. */
  async function removeFromIndex(record: SessionRecord, isOver: boolean): Promise<void> {
    const commands: CacheCommand[] = [{ type: "remove", key: pointer(record.idHash) }];
    if (isOver && record.userId !== null) {
      commands.push({ type: "leave", key: await userSet(record.userId), member: record.key });
    }
    await settle(cache.write(commands));
  }

  return {
    get: read,
    async find(idHash) {
      const key = (await cache.read(pointer(idHash))).entry?.value;
      const record = key === undefined ? undefined : await read(key);
      return record?.idHash === idHash ? record : undefined;
    },
    insert: (record) => put(record, record, 0),
    async update(base, change) {
      const stored = await put({ ...base, ...change, version: base.version + 1 }, change, base.version);
      const isReplaced = change.idHash !== undefined && change.idHash !== base.idHash;
      if (stored && isReplaced) await removeFromIndex(base, false);
      return stored;
    },
    async delete(key, version) {
      if (version !== undefined) return (await cache.write([release(key, version, now(), version)]))[0] === true;
      // What was there only decides the answer: an entry that cannot be read is ended all the same.
      const read = await settle(cache.read(key));
      const found = read.ok ? readEntry(key, read.value.entry) : undefined;
      const [ended] = await cache.write([tombstone(key, TOMBSTONE, now() + tombstoneAge)]);
      if (found?.state === "found") await removeFromIndex(found.record, true);
      return ended === true && found?.state !== "absent" && found?.state !== "released";
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
