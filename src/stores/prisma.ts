/** The store on a database, through the delegate of a Prisma model. */

import type { BatchFilter, SessionRecord, SessionStore } from "../tiers/store.js";

/** Columns by name. Each is selected explicitly: what else the model has is neither read nor sent. */
type Columns<Names extends keyof SessionRecord> = { [Name in Names]: true };

/** The condition of a statement. Its columns are checked by the database; their shape depends on the client. */
type Where = { readonly [column: string]: unknown };

/**
 * What {@link prismaStore} needs of a model's delegate: `prisma.session`, of a generated client, of one that `$extends`
 * made, or of the one that `$transaction` hands to its function. The model needs the columns of `SessionRecord` under
 * these names, `key` and `idHash` unique, `version` an integer; `prisma/session.prisma` has one to copy.
 */
export interface SessionDelegate {
  findUnique(args: {
    where: { key: string } | { idHash: string };
    select: Columns<keyof SessionRecord>;
  }): PromiseLike<SessionRecord | null>;
  findMany(args: {
    where: Where;
    orderBy: { createdAt: "asc" } | { expiresAt: "asc" };
    take?: number;
    select: { key: true } & Partial<Columns<Exclude<keyof SessionRecord, "data">>>;
  }): PromiseLike<({ key: string } & Partial<SessionRecord>)[]>;
  createMany(args: { data: SessionRecord }): PromiseLike<{ count: number }>;
  updateMany(args: { where: Where; data: object }): PromiseLike<{ count: number }>;
  deleteMany(args: { where: Where }): PromiseLike<{ count: number }>;
  /** The client of the delegate, which its type does not mention. */
  readonly $parent?: unknown;
}

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
  marks: true,
  createdAt: true,
  rotatedAt: true,
  seenAt: true,
  expiresAt: true,
  userAgent: true,
  address: true,
} as const;

const ALL = { ...LISTED, data: true } as const;

// Prisma gives a statement of SQLite at most 999 parameters, and would split a longer one within a transaction. Larger
// chunks are hardly quicker in PostgreSQL (`npm run faults -- cleanup`) and keep the process from other requests for longer.
const CHUNK = 900;

const isUniqueViolation = (error: unknown) => (error as { code?: unknown } | null)?.code === "P2002";

/** The part of a Prisma client that asks for the time. */
interface RawClient {
  $queryRaw(query: TemplateStringsArray): PromiseLike<unknown>;
}

/**
 * The database's time, to the millisecond in PostgreSQL and the second in SQLite. A delegate names its client, of whatever
 * kind, as `$parent`, which Prisma documents for extensions alone; without it this process's clock must do, and the 15
 * minutes that a row outlives its session allow for that. Databases that tell the time without a zone reject the cast.
 */
async function databaseTime(delegate: SessionDelegate): Promise<Date> {
  const client = delegate.$parent as Partial<RawClient> | undefined;
  if (typeof client?.$queryRaw !== "function") return new Date();
  const rows = await client.$queryRaw`SELECT CAST(CURRENT_TIMESTAMP AS TEXT) AS now`;
  const text = (rows as { now: string }[])[0]?.now ?? "";
  const parts = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)([+-]\d\d)?(?::?(\d\d))?$/.exec(text);
  if (!parts) throw new Error("The database told its time in an unknown form. Give `prismaStore` the option `now`.");
  const [, date, time, hours, minutes = "00"] = parts;
  return new Date(`${date}T${time}${hours ? `${hours}:${minutes}` : "Z"}`);
}

/**
 * Keeps sessions in a database. Every method is one statement, save `deleteBatch`, which finds keys by index and then
 * deletes those that still match, and asks the database for the time first.
 *
 * ```ts
 * import { prismaStore } from "spillway/stores/prisma";
 * const store = prismaStore(prisma.session);
 * ```
 *
 * Reads must see the newest committed state: with read replicas, hand in the delegate of the primary.
 *
 * @param delegate the model's delegate: of the generated client, of an extended one, or of a transaction's.
 * @param options the clock by which rows expire.
 * @returns a {@link SessionStore}. It rejects with whatever the client rejects with; nothing was then written, unless the
 *   reply was lost on its way.
 */
export function prismaStore(delegate: SessionDelegate, options: PrismaStoreOptions = {}): SessionStore {
  const now = options.now ?? (() => databaseTime(delegate));

  async function condition(filter: BatchFilter) {
    if (filter === "expired")
      return { where: { expiresAt: { lt: await now() } }, orderBy: { expiresAt: "asc" } } as const;
    const where = { createdAt: { lt: filter.createdBefore }, NOT: { key: { startsWith: "~" } } };
    return { where, orderBy: { createdAt: "asc" } } as const;
  }

  return {
    async get(key) {
      return (await delegate.findUnique({ where: { key }, select: ALL })) ?? undefined;
    },
    async find(idHash) {
      return (await delegate.findUnique({ where: { idHash }, select: ALL })) ?? undefined;
    },
    async insert(record) {
      try {
        await delegate.createMany({ data: record });
        return true;
      } catch (error) {
        if (isUniqueViolation(error)) return false;
        throw error;
      }
    },
    async update(base, change) {
      const where = { key: base.key, version: base.version };
      const { count } = await delegate.updateMany({ where, data: { ...change, version: base.version + 1 } });
      return count === 1;
    },
    async delete(key, version) {
      const { count } = await delegate.deleteMany({ where: version === undefined ? { key } : { key, version } });
      return count === 1;
    },
    async list(userId) {
      const rows = await delegate.findMany({ where: { userId }, orderBy: { createdAt: "asc" }, select: LISTED });
      return rows.map((row) => ({ ...(row as SessionRecord), data: null }));
    },
    async deleteBatch(filter, limit) {
      const { where, orderBy } = await condition(filter);
      let gone = 0;
      while (gone < limit) {
        const take = Math.min(limit - gone, CHUNK);
        const found = await delegate.findMany({ where, orderBy, take, select: { key: true } });
        const keys = found.map((row) => row.key);
        if (keys.length === 0) break;
        // A row may have been given a later deadline since: what is deleted must still match.
        const { count } = await delegate.deleteMany({ where: { AND: [where, { key: { in: keys } }] } });
        gone += count;
        // None deleted of those found: another cleanup is at work on them, and reports them.
        if (keys.length < take || count === 0) break;
      }
      return gone;
    },
  };
}
