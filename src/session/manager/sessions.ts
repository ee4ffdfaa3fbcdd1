/** Sessions seen from outside any request, as an application calls them. */

import type { Duration } from "../../util/expiry.js";
import type { FlashMessages } from "../options.js";
import type { DataKey, ReadonlySession } from "../readonly-session.js";

/** One of a user's sessions, as a page of devices shows it. Nothing in it is secret. */
export interface SessionInfo {
  /** Its public name, which `revoke` takes. */
  readonly handle: string;
  /** Whether it is the one that asks: its handle was given as `current`. */
  readonly current: boolean;
  /** When the user signed in. */
  readonly createdAt: Date;
  /**
   * Its last visit that the server saw: its last commit, or a later request that looked at its row, noted at most every tenth
   * of `idleTimeout`. Visits that only the middleware saw are not among them.
   */
  readonly seenAt: Date;
  /** Its idle deadline as of that visit. */
  readonly idleExpiresAt: Date;
  /**
   * Whether it has idled out, as far as the server knows: it is the first that makes way where `maxPerUser` leaves no room,
   * and does not count there. A browser that only the middleware has seen since may still use it.
   */
  readonly idle: boolean;
  /** Its absolute deadline. */
  readonly expiresAt: Date;
  /** The `User-Agent` header with which the session was begun. */
  readonly userAgent: string | undefined;
  /** The network of the client's address then, or with `bind.ip: "exact"` all of it. Undefined without `clientAddress`. */
  readonly address: string | undefined;
}

/** What a cleanup did. */
export interface Cleanup {
  /** How many expired rows were deleted. */
  readonly deleted: number;
  /** False when the limit or the budget ended it: call again for the rest. */
  readonly complete: boolean;
}

/** How {@link SessionManager.cleanup} goes about it. */
export interface CleanupOptions {
  /** The most rows to delete: a whole number, 0 for none. Default no limit. */
  limit?: number;
  /** How long to work. Default `"20s"`. */
  budget?: Duration;
  /** Called after each batch with the number of rows deleted so far. */
  onProgress?: (deleted: number) => void;
}

/** Sessions seen from outside a request. All of it needs a `store` or a `cache`. */
export interface SessionManager<Data extends object = Record<string, unknown>, Flash extends object = FlashMessages> {
  /** The session of an id, to read: what the server holds of it. Undefined when the server knows no such session. */
  load(id: string): Promise<ReadonlySession<Data, Flash> | undefined>;
  /**
   * Changes a value of a session that the server holds: outside of a request, or in a server component, which can set no
   * cookie. Resolves to the new value. It counts as a visit. A component may be rendered for a prefetch, and more than once:
   * change there what may as well change then, such as what was looked at last.
   * @param id `session.id`.
   * @param change as of `session.update`: it gets the value, and deletes it by returning undefined.
   * @throws {SessionError} `read-only` when the data is in the cookie, or there is no such session (any more): nothing was
   *   written then.
   */
  update<Key extends DataKey<Data>>(
    id: string | undefined,
    key: Key,
    change: (value: Data[Key] | undefined) => Data[Key] | undefined,
  ): Promise<Data[Key] | undefined>;
  /**
   * Deletes what has expired, in batches by index; with `onStoreDown: "cache"` it first writes to the store what waits
   * for it in the cache. Safe at any time, and several times at once.
   */
  cleanup(options?: CleanupOptions): Promise<Cleanup>;
  /** A user's sessions, oldest first. `current`: the handle of the session that asks, to be marked. */
  list(userId: string, options?: { current?: string | undefined }): Promise<SessionInfo[]>;
  /** Ends a session. Resolves to whether there was one. @throws {SessionStoreError} when a tier did not acknowledge it. */
  revoke(handle: string): Promise<boolean>;
  /** Ends all sessions of a user, a login in flight too. `except`: the handle of one that stays. Resolves to how many. */
  revokeUser(userId: string, options?: { except?: string | undefined }): Promise<number>;
  /** Ends every session of the application, those in cookies too (within `revocationDelay`). */
  destroyAll(): Promise<void>;
}
