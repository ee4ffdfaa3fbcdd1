/** The session as actions and handlers see it. */

import type { FlashMessages, SessionDefinition } from "./options.js";
import type { DataKey, ReadonlySession } from "./readonly-session.js";

/** What a write resolves to. */
export interface Written {
  /** True: all that was asked for is where it belongs. False: it is kept in the cache alone, and may be lost with it. */
  readonly durable: boolean;
}

/**
 * A session to read and write.
 *
 * Outside `withSession` the promise of a mutating method resolves when the change is durable, and mutations of one tick
 * are one commit. Inside, it resolves when the change is recorded, and one commit follows when the handler has settled.
 * Where a method resolves to a value, that is the value of the replay that was committed (inside `withSession`, where it
 * is only recorded, a provisional one).
 *
 * Mutating methods reject with
 * - `SessionValueError`: a key or value that cannot be kept, or a session over `maxSize`; nothing was written;
 * - `SessionError` `read-only`: in a server component, where no cookie can be set;
 * - `SessionError` `session-ended`: another request signed it out meanwhile;
 * - `ConflictError`: other requests came first, eight times;
 * - `SessionStoreError`: the server that holds it cannot be reached; `outcome` tells what became of the write.
 */
export interface Session<Data extends object = Record<string, unknown>, Flash extends object = FlashMessages>
  extends ReadonlySession<Data, Flash> {
  /** Sets a value. The first one begins a session. */
  set<Key extends DataKey<Data>>(key: Key, value: Data[Key]): Promise<Written>;
  /** Sets several values at once. */
  set(values: Partial<Data>): Promise<Written>;
  /** The value under a key; sets it to `value` first when there is none. */
  setDefault<Key extends DataKey<Data>>(
    key: Key,
    value: Exclude<Data[Key], undefined>,
  ): Promise<Exclude<Data[Key], undefined>>;
  /**
   * Changes a value by a function of what it is, and resolves to the new one. The function is synchronous and may run
   * more than once, each time on newer data.
   */
  update<Key extends DataKey<Data>>(
    key: Key,
    change: (value: Data[Key] | undefined) => Exclude<Data[Key], undefined>,
  ): Promise<Exclude<Data[Key], undefined>>;
  /** Changes a value, or deletes it where the function returns undefined. Resolves to the new value, if there is one. */
  update<Key extends DataKey<Data>>(
    key: Key,
    change: (value: Data[Key] | undefined) => Data[Key] | undefined,
  ): Promise<Data[Key] | undefined>;
  /** Deletes a value. Resolves to whether there was one. */
  delete(key: DataKey<Data>): Promise<boolean>;
  /** Takes a value: resolves to it and deletes it. Commits at once, everywhere. */
  pop<Key extends DataKey<Data>>(key: Key): Promise<Data[Key] | undefined>;
  /** Takes a value, else resolves to `fallback`. Commits at once, everywhere. */
  pop<Key extends DataKey<Data>, Fallback>(
    key: Key,
    fallback: Fallback,
  ): Promise<Exclude<Data[Key], undefined> | Fallback>;
  /** Deletes all values. The session goes on. */
  clear(): Promise<Written>;

  /**
   * Sets a value that may be lost with the cache, and costs no database statement. The next durable commit takes it up.
   * In a session that is held by the cookie, and without a cache, it is an ordinary value. `login` takes up what a visitor
   * has; it goes with the session.
   */
  setQuick<Key extends DataKey<Data>>(key: Key, value: Data[Key]): Promise<Written>;
  /** Takes a quick value: resolves to it and deletes it. */
  popQuick<Key extends DataKey<Data>>(key: Key): Promise<Data[Key] | undefined>;
  /** Takes a quick value, else resolves to `fallback`. */
  popQuick<Key extends DataKey<Data>, Fallback>(
    key: Key,
    fallback: Fallback,
  ): Promise<Exclude<Data[Key], undefined> | Fallback>;

  /**
   * Leaves a message to be shown exactly once, by the next page; `FlashMessages` of `spillway/client` sees to that. It
   * travels in a cookie of its own, for at most an hour. What shows no messages leaves it: other pages, redirects,
   * failures. While a user is signed in it is for this user: nobody else is shown
   * it, also when the session ends elsewhere or by its deadline.
   * @throws {SessionValueError} `too-large` when the messages of one request take more than 640 bytes of cookie.
   */
  flash<Key extends keyof Flash & string>(key: Key, message: Flash[Key]): Promise<Written>;

  /**
   * Begins a session before there is a value.
   * @param options `expiresAt`: its absolute deadline, at most 400 days from now, instead of `lifetime` from now; with one
   *   that has passed, nothing begins and what was recorded is dropped. `secure`: its cookies travel over HTTPS only, whatever
   *   the options say.
   * @throws {SessionValueError} when `expiresAt` is no valid `Date`, or further ahead.
   * @throws {SessionError} `conflict` when a session is active: it cannot be converted; `prefetch` in a prefetch.
   */
  start(options?: { expiresAt?: Date; secure?: boolean }): Promise<Written>;
  /**
   * Gives the session a new id, and ends the old one at once: no earlier cookie reaches anything of it. Tokens against
   * forged requests (`csrfToken`) end. Commits at once. Without a session it does nothing.
   * @param options `expiresAt`: a new absolute deadline, at most 400 days from now; with one that has passed, the session ends
   *   as by {@link destroy}. Default: the deadline stays.
   * @throws {SessionValueError} when `expiresAt` is no valid `Date`, or further ahead. The session goes on as it was.
   */
  regenerateId(options?: { expiresAt?: Date }): Promise<Written>;
  /**
   * Signs a user in: a new id, a new `lifetime`, a row that `list` shows and `revoke` ends. What a visitor had stays;
   * what another user had goes, with the flash messages not shown yet, and so does what could not be read. No earlier cookie
   * reaches anything of the session. Commits at once.
   * @param userId at most 255 characters, of any alphabet.
   * @param options `remember`: whether the cookie outlives the browser, instead of `cookie.persistent`.
   * @throws {SessionError} `login-refused` when the user was signed out everywhere meanwhile, or has too many sessions;
   *   `prefetch` when the request is a prefetch, which nobody has asked for.
   * @throws {SessionValueError} when the user's id is too long, or holds what no database takes. Nothing was written.
   */
  login(userId: string, options?: { remember?: boolean }): Promise<Written>;
  /**
   * Signs out: the session ends, here and on the server, and its cookies expire. The flash messages that came with the
   * request go with it; those left in the same request stay ("You are signed out"). Commits at once.
   * @param options `keep`: keys whose values go on in a new session, a visitor's.
   * @throws {SessionStoreError} when a tier did not acknowledge it, or what is to be kept could not be read; what could
   *   be done was done. Without `keep`, values that cannot be read are no obstacle.
   */
  logout(options?: { keep?: readonly DataKey<Data>[] }): Promise<void>;
  /** Ends the session, here and on the server, and expires its cookies. Commits at once. Throws as `logout` does. */
  destroy(): Promise<void>;
  /**
   * Commits now what is recorded.
   * @param options `placement: "server"` keeps the session on the server until it ends, whatever its size.
   * @throws {SessionConfigError} for that placement, where there is neither a `store` nor a `cache`.
   */
  commit(options?: { placement?: "server" }): Promise<Written>;
}

/** The data of a definition's sessions: `InferData<typeof sessionOptions>`. */
export type InferData<Definition> = Definition extends SessionDefinition<infer Data, infer _> ? Data : never;

/** The session object of a definition: `InferSession<typeof sessionOptions>`, for helpers that take one. */
export type InferSession<Definition> =
  Definition extends SessionDefinition<infer Data, infer Flash> ? Session<Data, Flash> : never;
