/** What the store has to ask of a database beside rows: the time, and whether it can be trusted with sessions. */

import { SessionConfigError, SessionStoreError } from "../errors.js";

/** The part of a Prisma client that answers such questions. */
interface RawClient {
  $queryRaw(query: TemplateStringsArray): PromiseLike<unknown>;
  /** The provider of its schema, in Prisma 6 and 7. */
  readonly _activeProvider?: unknown;
  /**
   * There with the read replicas extension, whose delegates read from a replica unless they come from here. A delegate
   * names the client before its last extension, so that it shows only where another extension follows.
   */
  readonly $primary?: unknown;
}

type Row = Readonly<Record<string, unknown>>;

/** What a Prisma client reveals about its database. */
export interface Database {
  /** Its own time: to the millisecond in PostgreSQL and MySQL, to the second in SQLite; this process's without a client. */
  now(): Promise<Date>;
  /**
   * Resolves once it is known to be fit, which costs one statement (none on SQLite), once. What cannot be asked passes.
   *
   * @throws {SessionConfigError} when the delegate reads from replicas.
   * @throws {SessionStoreError} when the server is a standby, or cuts what is too long. It is asked again at the next use.
   */
  ready(): Promise<void>;
  /** Whether two texts are equal to it that are not the same, by the collation of the table. Known once it is ready. */
  readonly foldsText: boolean;
}

/**
 * The database behind a delegate. A delegate names its client, of whatever kind, as `$parent`, which Prisma documents for
 * extensions alone; without it nothing is asked, and the 15 minutes that a row outlives its session allow for clocks.
 */
export function databaseOf(delegate: { readonly $parent?: unknown }): Database {
  const parent = delegate.$parent as Partial<RawClient> | undefined;
  const client = typeof parent?.$queryRaw === "function" ? (parent as RawClient) : undefined;
  const provider = client?._activeProvider;
  const first = async (query: TemplateStringsArray) =>
    ((await client?.$queryRaw(query)) as Row[] | undefined)?.[0] ?? {};

  let foldsText = false;

  async function check(): Promise<void> {
    if (typeof client?.$primary === "function") throw readsReplicas();
    if (provider === "postgresql") {
      const { standby } = await first(sql`SELECT pg_is_in_recovery() AS standby`);
      if (standby === true) throw isStandby();
    }
    if (provider === "mysql") {
      const { mode, standby, folding } = await first(
        sql`SELECT @@SESSION.sql_mode AS mode, CAST(@@GLOBAL.read_only AS CHAR) AS standby,
          (SELECT CAST(COUNT(*) AS CHAR) FROM information_schema.columns WHERE table_schema = DATABASE()
            AND column_name = 'idHash' AND collation_name NOT LIKE '%\\_bin') AS folding`,
      );
      if (!/^(0|OFF)$/i.test(String(standby))) throw isStandby();
      if (!/\bSTRICT_(TRANS|ALL)_TABLES\b/.test(String(mode))) throw cutsValues();
      foldsText = Number(folding) > 0;
    }
  }

  let isReady = false;
  return {
    get foldsText() {
      return foldsText;
    },
    async now() {
      if (!client) return new Date();
      const { now } = await first(
        provider === "mysql"
          ? sql`SELECT CAST(UTC_TIMESTAMP(3) AS CHAR) AS now`
          : sql`SELECT CAST(CURRENT_TIMESTAMP AS TEXT) AS now`,
      );
      return toDate(String(now));
    },
    async ready() {
      if (isReady) return;
      try {
        await check();
        isReady = true;
      } catch (error) {
        // The statement for which this is asked tells better what is wrong with a database that does not answer.
        if (error instanceof SessionConfigError || error instanceof SessionStoreError) throw error;
      }
    },
  };
}

/** A query without parameters, in the form that Prisma takes. */
const sql = (query: TemplateStringsArray) => query;

/** A time as databases write it: without a zone it is UTC. */
function toDate(text: string): Date {
  const parts = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)([+-]\d\d)?(?::?(\d\d))?$/.exec(text);
  if (!parts) throw new Error("The database told its time in an unknown form. Give `prismaStore` the option `now`.");
  const [, date, time, hours, minutes = "00"] = parts;
  return new Date(`${date}T${time}${hours ? `${hours}:${minutes}` : "Z"}`);
}

const readsReplicas = () =>
  new SessionConfigError(
    "store",
    "The delegate belongs to a client with read replicas. A replica that lags behind would sign people out: hand in `prisma.$primary().session`.",
  );

const isStandby = () =>
  new SessionStoreError(
    "store",
    "The database is a standby that only follows another one. What it does not know yet would sign people out: connect to the primary.",
  );

const cutsValues = () =>
  new SessionStoreError(
    "store",
    "The database cuts values that are too long for their columns, without an error. Add STRICT_TRANS_TABLES to its `sql_mode`.",
  );
