/** The contract of a durable store (the database): what it must do, and what each outcome means. */

/** What the server keeps of one session: one row of the database, one entry of the cache. */
export interface SessionRecord {
  /** Random and never changed: the primary key, and the public handle of the session. */
  readonly key: string;
  /** SHA-256 of the session's id, base64url. Unique. The id itself is stored nowhere. */
  readonly idHash: string;
  /** Hash of the id before the last routine rotation, while that still works. */
  readonly previousIdHash: string | null;
  /** The current id, sealed, for requests that still come with the previous one. */
  readonly successor: string | null;
  /** When the current id was first presented by a browser; the grace of the previous one runs from here. */
  readonly presentedAt: Date | null;
  /** Whose session it is; null: a visitor's. */
  readonly userId: string | null;
  /** All values, encoded, in one field; null while the cookie holds them. */
  readonly data: string | null;
  /** Raised by one with every update. A reserved row's version is its count. */
  readonly version: number;
  /** The ids of the last 16 commits, newest last, separated by spaces: what became of a commit is told by them. */
  readonly commitIds: string;
  /**
   * When the cookie was sealed whose values the last commit started from; null: it started from those of the row. A cookie
   * that was sealed later holds newer values than the row.
   */
  readonly cookieSealedAt: Date | null;
  /** When the session came to the server, or the user signed in. */
  readonly createdAt: Date;
  /** When the id was last replaced. */
  readonly rotatedAt: Date;
  /**
   * The last visit that the server knows of: the last commit, or for a user's session a request that looked at the record at
   * least a tenth of `idleTimeout` after the visit before.
   */
  readonly seenAt: Date;
  /** The idle deadline as of that visit; the browser's cookies may know of later ones. Never beyond the absolute deadline. */
  readonly idleExpiresAt: Date;
  /** The absolute deadline plus 15 minutes: only then may cleanup take the row. */
  readonly expiresAt: Date;
  /** The `User-Agent` header of the request that inserted the row. */
  readonly userAgent: string | null;
  /** The network of the client's address, where the option `clientAddress` says who is believed about it. */
  readonly address: string | null;
}

/** What no record is without. */
type Required = "key" | "idHash" | "createdAt" | "expiresAt";

/** A new record: at version 1, a visitor's, without values and without an idle deadline, but for what is given. */
export function firstRecord(given: Pick<SessionRecord, Required> & Partial<SessionRecord>): SessionRecord {
  const { createdAt } = given;
  return {
    previousIdHash: null,
    successor: null,
    presentedAt: null,
    userId: null,
    data: null,
    version: 1,
    commitIds: "",
    cookieSealedAt: null,
    rotatedAt: createdAt,
    seenAt: createdAt,
    idleExpiresAt: given.expiresAt,
    userAgent: null,
    address: null,
    ...given,
  };
}

/** What an update changes. The version is not part of it: the store raises it by one. */
export type SessionChange = Partial<Omit<SessionRecord, "key" | "version">>;

/**
 * Which rows a batch deletes: those past their `expiresAt`, or of those whose key begins so all created before a moment,
 * counters left out.
 */
export type BatchFilter = "expired" | { readonly createdBefore: Date; readonly keyPrefix: string };

/**
 * Where sessions are durable, and who arbitrates between two writers. Absence is an answer, never an error; an error
 * means that the store failed and that nothing is known. Reserved rows (keys that start with `~`) hold counters: only
 * `expired` batches may take them, and `list` never shows them (their `userId` is null).
 */
export interface SessionStore {
  /** The row, or undefined when there is none. Always the newest committed state; an expired row may still be seen. */
  get(key: string): Promise<SessionRecord | undefined>;
  /** The row whose `idHash` this is, or undefined. */
  find(idHash: string): Promise<SessionRecord | undefined>;
  /** Adds a row. False, and nothing changed, when its key or its id hash is taken. */
  insert(record: SessionRecord): Promise<boolean>;
  /**
   * Compare and set: changes the row `base.key` if its version is still `base.version`, and raises that by one.
   * False when the row has gone or has another version. Never creates a row.
   */
  update(base: SessionRecord, change: SessionChange): Promise<boolean>;
  /** Deletes the row, with `version` only if it still has it. True if a row went; absent is false, not an error. */
  delete(key: string, version?: number): Promise<boolean>;
  /** The rows of a user, oldest first, without their `data` (null). */
  list(userId: string): Promise<SessionRecord[]>;
  /**
   * Deletes up to `limit` matching rows by index, re-checking the filter in the delete itself. Returns how many went;
   * fewer than `limit` means that none is left. "Expired" is judged by the store's own clock where it has one.
   */
  deleteBatch(filter: BatchFilter, limit: number): Promise<number>;
  /** The store's own time, for diagnosis. A store without a clock need not have it. */
  now?(): Promise<Date>;
}
