/** A store and a cache in this process's memory: for tests, and to copy when you write one for another database. */

import type { CacheCommand, CacheEntry, SessionCache } from "../tiers/cache.js";
import type { SessionRecord, SessionStore } from "../tiers/store.js";
import { now } from "../util/clock.js";
import { MAX_CLOCK_SKEW } from "../util/expiry.js";

/**
 * A store that forgets with the process. It keeps every row until it is deleted.
 *
 * @returns a {@link SessionStore} of its own; in a Next application, whose pages and route handlers evaluate a module
 *   once each, always the one of the process. It never fails; "expired" is judged by the library's clock, which `travel`
 *   of `spillway/testing` moves.
 */
export function memoryStore(): SessionStore {
  return oneInNext("store", makeStore);
}

function makeStore(): SessionStore {
  const rows = new Map<string, SessionRecord>();
  const keys = new Map<string, string>(); // by id hash

  // What is handed out and what is kept are never the same object: a database behaves so, too.
  const copy = (row: SessionRecord | undefined) => row && { ...row };
  const keep = (row: SessionRecord) => {
    rows.set(row.key, row);
    keys.set(row.idHash, row.key);
  };
  const drop = (row: SessionRecord) => rows.delete(row.key) && keys.delete(row.idHash);

  return {
    async get(key) {
      return copy(rows.get(key));
    },
    async find(idHash) {
      return copy(rows.get(keys.get(idHash) ?? ""));
    },
    async insert(record) {
      if (rows.has(record.key) || keys.has(record.idHash)) return false;
      keep({ ...record });
      return true;
    },
    async update(base, change) {
      const row = rows.get(base.key);
      // rule: an update compares the version
      if (row?.version !== base.version) return false;
      drop(row);
      keep({ ...row, ...change, version: row.version + 1 });
      return true;
    },
    async delete(key, version) {
      const row = rows.get(key);
      return row !== undefined && row.version === (version ?? row.version) && drop(row);
    },
    async list(userId) {
      const found = [...rows.values()].filter((row) => row.userId === userId);
      found.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
      return found.map((row) => ({ ...row, data: null }));
    },
    async deleteBatch(filter, limit) {
      const at = now();
      const matches = (row: SessionRecord) =>
        filter === "expired"
          ? row.expiresAt.getTime() < at
          : row.createdAt < filter.createdBefore && row.key.startsWith(filter.keyPrefix) && !row.key.startsWith("~");
      const found = [...rows.values()].filter(matches).slice(0, limit);
      return found.filter(drop).length;
    },
  };
}

/** Makes something, in a Next application once for the process, whichever bundle asks first. */
function oneInNext<T>(name: string, make: () => T): T {
  if (typeof process === "undefined" || process.env.NEXT_RUNTIME === undefined) return make();
  const symbol = Symbol.for(`spillway.memory.${name}`);
  const kept = globalThis as { [symbol]?: T };
  kept[symbol] ??= make();
  return kept[symbol];
}

/** Contents by key, each until a deadline. */
class ExpiringMap<Content> {
  readonly #kept = new Map<string, { content: Content; deadline: number }>();

  get(key: string): Content | undefined {
    const found = this.#kept.get(key);
    if (found && found.deadline > now()) return found.content;
    this.#kept.delete(key);
    return undefined;
  }

  put(key: string, content: Content, expiresAt: Date): void {
    this.#kept.set(key, { content, deadline: expiresAt.getTime() });
  }

  /** The content, or a fresh one, to live at least to that deadline. */
  extend(key: string, fresh: () => Content, expiresAt: Date): Content {
    const content = this.get(key) ?? fresh();
    const deadline = Math.max(expiresAt.getTime(), this.#kept.get(key)?.deadline ?? 0);
    this.#kept.set(key, { content, deadline });
    return content;
  }

  delete(key: string): void {
    this.#kept.delete(key);
  }
}

/**
 * A cache that forgets with the process. It has no bound: what has expired leaves when it is next asked for.
 *
 * @returns a {@link SessionCache} of its own; in a Next application always the one of the process, as with
 *   {@link memoryStore}. It never fails; deadlines are judged by the library's clock, which `travel` of
 *   `spillway/testing` moves.
 */
export function memoryCache(): SessionCache {
  return oneInNext("cache", makeCache);
}

function makeCache(): SessionCache {
  const entries = new ExpiringMap<CacheEntry>();
  const quick = new ExpiringMap<Map<string, string>>();
  /** Members and their deadlines. */
  const sets = new ExpiringMap<Map<string, number>>();

  function run(command: CacheCommand): boolean {
    const { key } = command;
    switch (command.type) {
      case "put": {
        const { version, value, expect } = command;
        const held = entries.get(key)?.version;
        // rule: in the cache the higher version wins
        // rule: an exact version is compared exactly
        const allowed = expect === undefined ? (held ?? -1) < version : held === (expect === 0 ? undefined : expect);
        if (allowed) entries.put(key, { key, version, value }, command.expiresAt);
        return allowed && entries.get(key) !== undefined;
      }
      case "remove":
        for (const contents of [entries, quick, sets]) contents.delete(key);
        return true;
      case "quick": {
        if (command.expiresAt.getTime() <= now()) return true;
        const held = quick.extend(key, () => new Map(), command.expiresAt);
        for (const [field, value] of Object.entries(command.values)) held.set(field, value);
        return true;
      }
      case "fold": {
        const held = quick.get(key);
        for (const [field, value] of Object.entries(command.values)) if (held?.get(field) === value) held.delete(field);
        return true;
      }
      case "join": {
        const deadline = command.expiresAt.getTime();
        if (deadline <= now()) return true;
        const members = sets.extend(key, () => new Map(), command.expiresAt);
        for (const [member, until] of members) if (until <= now()) members.delete(member);
        members.set(command.member, Math.max(deadline, members.get(command.member) ?? 0));
        return true;
      }
      case "leave":
        sets.get(key)?.delete(command.member);
        return true;
    }
  }

  return {
    async read(key, quickKey) {
      const held = quickKey === undefined ? undefined : quick.get(quickKey);
      return { entry: entries.get(key), quick: Object.fromEntries(held ?? []) };
    },
    async write(commands) {
      return commands.map(run);
    },
    async members(key) {
      const members = [...(sets.get(key) ?? [])];
      // Clocks may differ: members leave the list a while after their deadline.
      return members.filter(([, until]) => until > now() - MAX_CLOCK_SKEW).map(([member]) => member);
    },
  };
}
