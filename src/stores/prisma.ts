/** The store on a database, through the delegate of a Prisma model. */

import { SessionConfigError } from "../errors.js";
import type { SessionRecord, SessionStore } from "../tiers/store.js";
import { checkShape, FUNCTION } from "../util/option-shape.js";
import { batchDeletion } from "./prisma-batch.js";
import { isConflict, retried } from "./prisma-conflict.js";
import { databaseOf } from "./prisma-database.js";
import type { SessionDelegate } from "./prisma-delegate.js";

export type { SessionDelegate } from "./prisma-delegate.js";

/** Options of {@link prismaStore}. */
export interface PrismaStoreOptions {
  /**
   * Tells the time by which rows expire. Default: the database's clock, asked through the client to which the delegate
   * belongs; where that cannot be reached, this process's.
   */
  readonly now?: () => Promise<Date>;
}

const LISTED = {
  key: true,
  idHash: true,
  previousIdHash: true,
  successor: true,
  presentedAt: true,
  userId: true,
  version: true,
  commitIds: true,
  cookieSealedAt: true,
  createdAt: true,
  rotatedAt: true,
  seenAt: true,
  idleExpiresAt: true,
  expiresAt: true,
  userAgent: true,
  address: true,
} as const;

const ALL = { ...LISTED, data: true } as const;

const isUniqueViolation = (error: unknown) => (error as { code?: unknown } | null)?.code === "P2002";

/** What came back for a key: a collation may hold two texts for equal that are not the same. */
const exactly = <Name extends "key" | "idHash">(row: SessionRecord | null, name: Name, text: string) =>
  row?.[name] === text ? row : undefined;

/**
 * Keeps sessions in SQLite, PostgreSQL, MySQL or MariaDB, through a client of Prisma 6 or 7. Every method is one
 * statement, save `deleteBatch`, which finds keys by index and then deletes those that still match, and asks the database
 * for the time first. The first use also asks a server whether it is fit: no standby, and none that cuts long values.
 *
 * ```ts
 * import { prismaStore } from "spillway/stores/prisma";
 * const store = prismaStore(prisma.session);
 * ```
 *
 * Reads must see the newest committed state: with read replicas, hand in the delegate of the primary,
 * `prisma.$primary().session`. Under repeatable read or serializable isolation, a statement that the database rolls back
 * because of another one is "another came first", and no failure.
 *
 * In MySQL and MariaDB make the table from `sql/mysql.sql`, or the model from `prisma/mysql/session.prisma` with a binary
 * collation: what Prisma makes of a plain `String` holds 191 characters.
 *
 * @param delegate the model's delegate: of the generated client, of an extended one, or of a transaction's.
 * @param options the clock by which rows expire.
 * @returns a {@link SessionStore}. It rejects with whatever the client rejects with; nothing was then written, unless the
 *   reply was lost on its way.
 * @throws {SessionConfigError} when the delegate is none, or an option is unknown or of another type.
 */
export function prismaStore(delegate: SessionDelegate, options: PrismaStoreOptions = {}): SessionStore {
  if (typeof (delegate as SessionDelegate | null | undefined)?.findUnique !== "function") throw noDelegate();
  checkShape<PrismaStoreOptions>("", options, { now: FUNCTION });
  const database = databaseOf(delegate);
  const now = options.now ?? database.now;
  const deleteBatch = batchDeletion(delegate, now);

  /** Reads while it is asked whether the database is fit; that it is not comes first. */
  async function read<T>(statement: () => PromiseLike<T>): Promise<T> {
    const [fit, found] = await Promise.allSettled([database.ready(), retried(statement)]);
    if (fit.status === "rejected") throw fit.reason;
    if (found.status === "rejected") throw found.reason;
    return found.value;
  }

  /** Writes once the database is known to be fit. */
  async function write<T>(statement: () => PromiseLike<T>): Promise<T> {
    await database.ready();
    return statement();
  }

  /** Whether a statement that names this key may reach another row: one whose key the collation of the table takes for equal. */
  async function isAnothers(key: string): Promise<boolean> {
    await database.ready();
    if (!database.foldsText) return false;
    const row = await read(() => delegate.findUnique({ where: { key }, select: ALL }));
    return row !== null && row.key !== key;
  }

  return {
    async get(key) {
      return exactly(await read(() => delegate.findUnique({ where: { key }, select: ALL })), "key", key);
    },
    async find(idHash) {
      return exactly(await read(() => delegate.findUnique({ where: { idHash }, select: ALL })), "idHash", idHash);
    },
    async insert(record) {
      try {
        await write(() => retried(() => delegate.createMany({ data: record })));
        return true;
      } catch (error) {
        if (isUniqueViolation(error)) return false;
        throw error;
      }
    },
    async update(base, change) {
      if (await isAnothers(base.key)) return false;
      const where = { key: base.key, version: base.version };
      try {
        const data = { ...change, version: base.version + 1 };
        const { count } = await write(() => delegate.updateMany({ where, data }));
        return count === 1;
      } catch (error) {
        if (isConflict(error)) return false;
        throw error;
      }
    },
    async delete(key, version) {
      if (await isAnothers(key)) return false;
      const where = version === undefined ? { key } : { key, version };
      const { count } = await write(() => retried(() => delegate.deleteMany({ where })));
      return count === 1;
    },
    async list(userId) {
      const args = { where: { userId }, orderBy: { createdAt: "asc" }, select: LISTED } as const;
      const rows = (await read(() => delegate.findMany(args))) as SessionRecord[];
      return rows.filter((row) => row.userId === userId).map((row) => ({ ...row, data: null }));
    },
    async deleteBatch(filter, limit) {
      await database.ready();
      return deleteBatch(filter, limit);
    },
    now,
  };
}

function noDelegate(): SessionConfigError {
  return new SessionConfigError(
    "prismaStore",
    "was given no model's delegate. Give it `prisma.session`; if that is undefined, add the model of prisma/session.prisma to the schema and run `prisma generate`.",
  );
}
