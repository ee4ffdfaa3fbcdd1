/** Rules of the stores, and of commits. */

import { change, type Mutation, mutation } from "./mutation.js";

/** What the stores have to do. */
export const CONTRACTS: readonly Mutation[] = [
  mutation(
    "an update compares the version",
    change("stores/memory.ts", "if (row?.version !== base.version) return false;", "if (!row) return false;"),
  ),
  mutation(
    "an update never creates a row",
    change(
      "tiers/tiers.ts",
      "return this.#storeBreaker.run(() => this.#store.update(base, change));",
      `return this.#storeBreaker.run(async () => {
        if (await this.#store.update(base, change)) return true;
        if (await this.#store.get(base.key)) return false;
        return this.#store.insert({ ...base, ...change, version: base.version + 1 });
      });`,
    ),
  ),
  mutation("in the cache the higher version wins", change("stores/memory.ts", "(held ?? -1) < version", "true")),
  mutation(
    "an exact version is compared exactly",
    change("stores/memory.ts", "held === (expect === 0 ? undefined : expect)", "true"),
  ),
  mutation(
    "a copy in the cache ends with the read behind it",
    change("tiers/row-cache.ts", "new Date(readAt + this.#maxAge)", "new Date(now() + this.#maxAge)"),
    change("tiers/row-cache.ts", "return now() - readAt < this.#maxAge;", "return true;"),
  ),
  mutation(
    "a tombstone outlives every copy",
    change("tiers/row-cache.ts", "now() + this.#maxAge + MAX_CLOCK_SKEW", "now() + 60_000"),
  ),
  mutation(
    "a row lives to the absolute deadline",
    change(
      "util/expiry.ts",
      "return new Date(expiresAt + MAX_CLOCK_SKEW);",
      "return new Date(expiresAt - 3.9 * 60 * 60 * 1000);",
    ),
  ),
];

/** How commits come about. */
export const COMMITS: readonly Mutation[] = [
  mutation(
    "a commit looks for its own mark",
    change("session/commit/compare-and-set.ts", 'return record.marks.split(" ").includes(mark);', "return false;"),
  ),
  mutation(
    "a write that failed was not acknowledged",
    change(
      "session/commit/compare-and-set.ts",
      'if (written.ok && written.value) return { state: "done", record: next };',
      'if (!written.ok || written.value) return { state: "done", record: next };',
    ),
  ),
  mutation(
    "a replay starts from what is there now",
    change(
      "session/commit/commit-to-server.ts",
      "loaded = await again(context, base);",
      "loaded = { ...(await again(context, base)), values: base.values };",
    ),
  ),
  mutation(
    "what may have happened is not denied",
    change("tiers/circuit-breaker.ts", 'failed.`, "unknown"', 'failed.`, "failed"'),
    change(
      "session/commit/compare-and-set.ts",
      'Nothing was said to be saved.",\n    "unknown",',
      'Nothing was saved.",\n    "failed",',
    ),
  ),
  mutation(
    "the database knows before the cache does",
    change(
      "session/commit/commit-to-server.ts",
      "return compareAndSet(context, next, mark, () => tiers.update(record, change));",
      "await tiers.publish(next, now()); return compareAndSet(context, next, mark, () => tiers.update(record, change));",
    ),
  ),
  mutation(
    "values and version of a session belong together",
    change(
      "session/commit/commit-to-server.ts",
      "if (!read.ok) return seal(context, folded, draft, token, undefined);",
      "return seal(context, folded, draft, token, record);",
    ),
  ),
  mutation(
    "a store that fails does not mean that there is nothing",
    change(
      "tiers/tiers.ts",
      "const record = await this.#storeBreaker.run(() => this.#store.get(key));",
      "const record = await this.#storeBreaker.run(() => this.#store.get(key)).catch(() => undefined);",
    ),
  ),
  mutation(
    "no browser sees less than its cookie tells of",
    change("tiers/tiers.ts", "cached.record.version >= (wanted.atLeast ?? 0)", "true"),
  ),
  mutation(
    "what replicas do not have yet is lag, and no absence",
    change(
      "tiers/lookup.ts",
      "if (version < 0 ? at - sealedAt > LAG : at - knownAt > MAX_CLOCK_SKEW) return;",
      "return;",
    ),
  ),
];
