/** Deleting rows in batches, by index. */

import type { BatchFilter } from "../tiers/store.js";
import { retried } from "./prisma-conflict.js";
import type { SessionDelegate } from "./prisma-delegate.js";

// Prisma gives a statement of SQLite at most 999 parameters, and would split a longer one within a transaction. Larger
// chunks are hardly quicker in PostgreSQL (`npm run faults -- cleanup`) and keep the process from other requests for longer.
const CHUNK = 900;

/** The column that a filter goes by, and the moment before which it matches. */
interface Bound {
  readonly column: "expiresAt" | "createdAt";
  readonly before: Date;
  /** Undefined: all rows, counters too. */
  readonly keyPrefix: string | undefined;
}

/** The keys that a batch may take. Those of counters begin with a tilde, and go with what has expired alone. */
function keysOf(keyPrefix: string | undefined) {
  if (keyPrefix === undefined) return {};
  return keyPrefix === "" ? { NOT: { key: { startsWith: "~" } } } : { key: { startsWith: keyPrefix } };
}

/**
 * Makes `deleteBatch` of a store.
 *
 * An index keeps the entries of deleted rows while any transaction could still see them, and a search from its beginning
 * walks over all of them again with every batch: under an old snapshot, ever more slowly. So each batch begins where the
 * one before ended, and the one that finds no more looks once from the beginning, for what somebody else did not finish.
 *
 * @param delegate the model's delegate.
 * @param now the clock by which rows expire.
 */
export function batchDeletion(
  delegate: SessionDelegate,
  now: () => Promise<Date>,
): (filter: BatchFilter, limit: number) => Promise<number> {
  const reached: { [Column in Bound["column"]]?: Date | undefined } = {};

  /** Deletes some of what matches. `found` counts what was there, `gone` what this very statement deleted. */
  async function deleteSome(
    { column, before, keyPrefix }: Bound,
    take: number,
  ): Promise<{ found: number; gone: number }> {
    const from = reached[column];
    const matches = { [column]: { lt: before }, ...keysOf(keyPrefix) };
    const rows = await retried(() =>
      delegate.findMany({
        where: from && from < before ? { ...matches, [column]: { lt: before, gte: from } } : matches,
        orderBy: { [column]: "asc" } as { createdAt: "asc" } | { expiresAt: "asc" },
        take,
        select: { key: true, [column]: true },
      }),
    );
    reached[column] = rows.length < take ? undefined : rows.at(-1)?.[column];
    if (rows.length === 0) return { found: 0, gone: 0 };
    // A row may have been given a later deadline since: what is deleted must still match.
    const where = { AND: [matches, { key: { in: rows.map(({ key }) => key) } }] };
    const { count } = await retried(() => delegate.deleteMany({ where }));
    return { found: rows.length, gone: count };
  }

  return async (filter, limit) => {
    const bound: Bound =
      filter === "expired"
        ? { column: "expiresAt", before: await now(), keyPrefix: undefined }
        : { column: "createdAt", before: filter.createdBefore, keyPrefix: filter.keyPrefix };
    let deleted = 0;
    while (deleted < limit) {
      const take = Math.min(limit - deleted, CHUNK);
      const isWhole = reached[bound.column] === undefined;
      const { found, gone } = await deleteSome(bound, take);
      deleted += gone;
      if (found < take && isWhole) break;
      // None deleted of those found: another cleanup is at work on them, and reports them.
      if (found > 0 && gone === 0) break;
    }
    return deleted;
  };
}
