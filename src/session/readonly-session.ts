/** What may be read of a session, for components and helpers that write nothing. */

import type { Duration } from "../util/expiry.js";
import type { FlashMessages } from "./options.js";

/** A flash message as it is shown: under its key, with an id by which it is shown only once. */
export type Flashed<Flash extends object> = {
  [Key in keyof Flash & string]: { readonly id: string; readonly key: Key; readonly message: Flash[Key] };
}[keyof Flash & string];

/** The keys of a session's data. */
export type DataKey<Data extends object> = keyof Data & string;

/**
 * A session to read from. Values are loaded at most once a request, and only when one is asked for; in development they
 * are frozen, so that an edit in place is an error and not a silent loss.
 *
 * Reading methods reject with a `SessionStoreError` when the server that holds the session cannot be reached, and with a
 * `SessionError` of code `unreadable` when what it holds cannot be read. Neither is ever an empty session.
 */
export interface ReadonlySession<Data extends object = Record<string, unknown>, Flash extends object = FlashMessages> {
  /** The secret id; undefined without a session. Not for logs: name a session by its `handle`. */
  readonly id: string | undefined;
  /** The public name of a session that has a row (it is signed in, or was held by the server), as `list` gives it. */
  readonly handle: string | undefined;
  /**
   * Whether there is a session: begun, not expired, not ended. One that has a row is looked at as it is opened, unless this
   * process has seen it within `revocationDelay`.
   */
  readonly active: boolean;
  /** Whether this request has read or written any value. */
  readonly accessed: boolean;
  /** Who holds the values: the cookie, or the server. Undefined without a session. */
  readonly placement: "cookie" | "server" | undefined;
  /** Who is signed in; undefined for a visitor. */
  readonly userId: string | undefined;
  /** When the user signed in. */
  readonly authenticatedAt: Date | undefined;
  /** The absolute deadline. */
  readonly expiresAt: Date | undefined;
  /** The idle deadline; each request that slides moves it on, up to the absolute one. */
  readonly idleExpiresAt: Date | undefined;
  /** Begun with `start({ secure: true })`: its cookies travel over HTTPS only. */
  readonly secureOnly: boolean;

  /** The value under a key, else undefined. */
  get<Key extends DataKey<Data>>(key: Key): Promise<Data[Key] | undefined>;
  /** The value under a key, else `fallback`: also in the place of an undefined that was set. */
  get<Key extends DataKey<Data>, Fallback>(
    key: Key,
    fallback: Fallback,
  ): Promise<Exclude<Data[Key], undefined> | Fallback>;
  /** Whether there is a value under a key. */
  has(key: DataKey<Data>): Promise<boolean>;
  /** The keys, in the order in which they were first set. */
  keys(): Promise<DataKey<Data>[]>;
  /** The values, in the order of the keys. */
  values(): Promise<Data[DataKey<Data>][]>;
  /** Keys and values. */
  entries(): Promise<[DataKey<Data>, Data[DataKey<Data>]][]>;
  /** How many values there are. */
  size(): Promise<number>;
  /** All values as one object, to be destructured. */
  all(): Promise<Partial<Data>>;

  /**
   * The flash messages that wait to be shown. An action or handler takes them with this; a component shows them, and they
   * are taken once its page is delivered: a page that redirects after all leaves them.
   */
  flashes(): Promise<Flashed<Flash>[]>;

  /**
   * Demands a recent sign-in.
   * @param maxAge how long ago the user may have signed in at most.
   * @throws {SessionError} `stale-authentication` when nobody is signed in, or for longer.
   */
  requireFresh(maxAge: Duration): void;
}
