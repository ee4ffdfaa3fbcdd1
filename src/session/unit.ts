/** The unit of work: one request's session, its recorded operations, and their commits, one after the other. */

import type { CookieWrite } from "../cookie/attributes.js";
import { chain, ensure, type MaybePromise } from "../cookie/maybe-promise.js";
import { clientAddress, fingerprint, type RequestHeaders } from "./binding.js";
import { now } from "./clock.js";
import { type Committed, commit } from "./commit.js";
import type { Context } from "./context.js";
import type { Client, Intent } from "./draft.js";
import { FlashBox } from "./flash-box.js";
import { issueSession } from "./issue.js";
import { isAtHand, type Loaded, load, nothing } from "./loaded.js";
import { login } from "./login.js";
import { type Opened, openCookies } from "./opened.js";
import { apply, type Operation, type Values } from "./operations.js";
import { isRotationDue } from "./rotation.js";
import type { Token } from "./token.js";

/** How a response receives cookies. Called synchronously. */
export type Send = (cookies: readonly CookieWrite[]) => void;

/**
 * Awaited before a request asks a store for the first time. It may never resolve: Next renders pages in advance as well,
 * with the request's cookies, where nothing that takes I/O is waited for, and failing I/O would count against the store.
 */
export type Gate = () => Promise<void>;

/** What a commit of nothing answers. */
const UNCHANGED = { results: [], cookies: [], durable: true } as const;

/** One request's session. Every part of the request that asks for the session shares it. */
export class Unit {
  readonly context: Context;
  readonly headers: RequestHeaders;
  /** Set while cookies can be set: in an action or a handler. */
  send: Send | undefined;
  /** Whether a cookie was sent with the response. */
  hasSent = false;
  /** Whether a part of the request has a scope, or had one. */
  hasScope = false;
  readonly flash: FlashBox;
  /** Whether a value was read or written. */
  accessed = false;
  /** The token that stands: undefined when there is no session, or when it turned out to have ended. */
  token: Token | undefined;
  idleExpiresAt: number;

  readonly #gate: Gate | undefined;
  readonly #present: Set<string>;
  /** The id in the browser's cookie: that of the loaded session, or the one before it. */
  #sentId: string | undefined;
  #loaded: Loaded | undefined;
  #loading: Promise<Loaded> | undefined;
  #pending: Operation[] = [];
  #inFlight: readonly Operation[] = [];
  #scheduled: Promise<Committed> | undefined;
  #last: Promise<unknown> | undefined;
  #scopes = 0;

  private constructor(context: Context, headers: RequestHeaders, opened: Opened, gate?: Gate) {
    this.context = context;
    this.headers = headers;
    this.token = opened.token;
    this.idleExpiresAt = opened.idleExpiresAt;
    this.#gate = gate;
    this.#present = new Set(opened.present);
    this.#sentId = opened.token?.id;
    this.flash = new FlashBox(context.settings, headers, (cookies) => this.#send(cookies));
  }

  /**
   * Opens the session of a request. No I/O, but for what may have been revoked: the application's epoch and a user's
   * row, each when its check is due.
   */
  static open(context: Context, headers: RequestHeaders, gate?: Gate): MaybePromise<Unit> {
    return chain(openCookies(context.settings, headers), (opened) => {
      if (opened.rejected) context.emit("rejected", { reason: opened.rejected });
      const unit = new Unit(context, headers, opened, gate);
      const { token } = opened;
      if (!token) return unit;
      const { revocation } = context;
      const isEpochInDoubt = revocation.isUnsure(token) || token.epoch < revocation.epoch;
      return isEpochInDoubt || unit.#isCheckDue(token) ? unit.#recheck(token) : unit;
    });
  }

  /** A unit over what was loaded elsewhere, to be read from. */
  static of(context: Context, loaded: Loaded): Unit {
    const idleExpiresAt = loaded.token?.idleExpiresAt ?? 0;
    const opened = { token: loaded.token, idleExpiresAt, rejected: undefined, present: [] };
    const unit = new Unit(context, new Headers(), opened);
    unit.#loaded = loaded;
    return unit;
  }

  /** The session's values as they were loaded or last committed; loaded at most once. */
  load(): MaybePromise<Loaded> {
    if (this.#loaded) return this.#loaded;
    if (this.#loading) return this.#loading;
    const entry = isAtHand(this.context, this.token) ? undefined : this.#gate?.();
    const loading = chain(entry, () => chain(load(this.context, this.token), (loaded) => this.#adopt(loaded)));
    if (!(loading instanceof Promise)) return loading;
    this.#loading = loading.finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  /** The values with everything that was recorded so far. */
  view(): MaybePromise<Values> {
    return chain(this.#rotated(), ({ values, quick }) => {
      const recorded = [...this.#inFlight, ...this.#pending];
      if (recorded.length === 0 && quick.size === 0) return values;
      const view = new Map([...values, ...quick]);
      for (const operation of recorded) apply(view, operation);
      return view;
    });
  }

  /** Whether mutations are only recorded, for the one commit of `withSession`. */
  get isScoped(): boolean {
    return this.#scopes > 0;
  }

  /** Begins a scope: mutations are recorded. Returns what ends it, with a commit or without. */
  scope(): (keep: boolean) => Promise<void> {
    this.#scopes += 1;
    this.hasScope = true;
    return async (keep) => {
      this.#scopes -= 1;
      if (this.#scopes > 0) return;
      if (keep) {
        if (this.#pending.length > 0) await this.commit({ type: "write" });
        await this.flash.send();
      } else {
        this.#pending = [];
        this.flash.drop();
      }
    };
  }

  /** Records an operation. Returns its place among those that the next commit takes along. */
  record(operation: Operation): number {
    return this.#pending.push(operation) - 1;
  }

  /** The commit of all that is recorded in this tick. */
  schedule(): Promise<Committed> {
    // Not queueMicrotask(), which costs several promises in Node, for the sake of its diagnostics.
    this.#scheduled ??= Promise.resolve().then(() => {
      this.#scheduled = undefined;
      return this.commit({ type: "write" });
    });
    return this.#scheduled;
  }

  /** Who sent the request: what a session that begins with it is bound to, and its row records. */
  client(): MaybePromise<Client> {
    const { headers } = this;
    // Two of them only a row needs: they are read when it is written. Next's headers are proxies, and slow.
    return chain(fingerprint(this.context.settings.bind, headers), (binding) => ({
      get userAgent() {
        return headers.get("user-agent");
      },
      get address() {
        return clientAddress(headers) ?? null;
      },
      binding,
    }));
  }

  /** Commits what is recorded, for a purpose. Commits of one request follow one another. At once where nothing waits. */
  commit(intent: Intent): MaybePromise<Committed> {
    return this.exclusively(() => {
      const operations = this.#pending;
      this.#pending = [];
      return chain(this.load(), (loaded) => this.#run(loaded, operations, intent));
    });
  }

  /** Runs work when all commits before it have settled; those that come later wait for it. */
  exclusively<T>(work: () => MaybePromise<T>): MaybePromise<T> {
    const result = this.#last ? this.#last.then(work) : work();
    if (!(result instanceof Promise)) return result;
    const settled: Promise<unknown> = result
      .catch(() => undefined)
      .then(() => {
        if (this.#last === settled) this.#last = undefined;
      });
    this.#last = settled;
    return result;
  }

  /** The operations that are recorded, to be committed or dropped by the caller. */
  takeRecorded(): Operation[] {
    const operations = this.#pending;
    this.#pending = [];
    return operations;
  }

  /** The names of the session cookies that the browser has, as far as this request knows. */
  get present(): ReadonlySet<string> {
    return this.#present;
  }

  /** Takes over what a commit made: the token, the values, and the cookies for the browser. */
  settle(loaded: Loaded, cookies: readonly CookieWrite[]): void {
    this.#adopt(loaded);
    const { token } = loaded;
    if (token && cookies.length > 0) {
      this.#sentId = token.id;
      this.idleExpiresAt = token.idleExpiresAt;
    }
    this.deliver(cookies);
  }

  /** Sends cookies with the response. */
  deliver(cookies: readonly CookieWrite[]): void {
    if (cookies.length === 0) return;
    this.#send(cookies);
    for (const { name, expires } of cookies) {
      if (expires) this.#present.delete(name);
      else this.#present.add(name);
    }
  }

  /** There is no session any more: what follows begins a new one. */
  forget(): void {
    if (this.token) this.context.revocation.forgetChecked(this.token);
    this.#loaded = nothing(this.context);
    this.token = undefined;
  }

  #send(cookies: readonly CookieWrite[]): void {
    if (!this.send) return;
    this.send(cookies);
    this.hasSent = true;
  }

  /** Whether the row of a user's session has to be seen before the session is believed. */
  #isCheckDue(token: Token): boolean {
    return token.userId !== undefined && token.reference !== undefined && this.context.revocation.isCheckDue(token);
  }

  async #recheck(token: Token): Promise<Unit> {
    const { context } = this;
    await this.#gate?.();
    if (await context.revocation.isOutdated(token)) {
      context.emit("rejected", { reason: "revoked" });
      this.token = undefined;
    } else if (this.#isCheckDue(token)) await this.load();
    return this;
  }

  /** The loaded session; where cookies can be set, with a new id when its rotation is due, or the successor of its old one. */
  #rotated(): MaybePromise<Loaded> {
    return chain(this.load(), (loaded) => {
      const { record, token } = loaded;
      if (!this.send || !record) return loaded;
      const isDue = isRotationDue(this.context, record);
      if (!isDue && token?.id === this.#sentId) return loaded;
      const rotate = () =>
        chain(this.load(), (latest) =>
          isDue ? this.#run(latest, [], { type: "rotate" }) : this.#handOver({ ...UNCHANGED, loaded: latest }),
        );
      return chain(this.exclusively(rotate), (committed) => committed.loaded);
    });
  }

  /** A browser that came with the previous id is told the current one, also when there is nothing to commit. */
  #handOver(unchanged: Committed): MaybePromise<Committed> {
    const { token, record } = unchanged.loaded;
    if (!this.send || !token || !record || token.id === this.#sentId) return unchanged;
    const sealed = { ...token, sealedAt: now(), idleExpiresAt: this.idleExpiresAt };
    return chain(issueSession(this.context.settings, sealed, this.#present), (cookies) => {
      const loaded = { ...unchanged.loaded, token: sealed };
      this.settle(loaded, cookies);
      return { ...unchanged, loaded };
    });
  }

  #adopt(loaded: Loaded): Loaded {
    this.#loaded = loaded;
    this.token = loaded.token;
    return loaded;
  }

  #run(loaded: Loaded, operations: readonly Operation[], asked: Intent): MaybePromise<Committed> {
    const { context, present } = this;
    const isDue = asked.type === "write" && loaded.record && this.send && isRotationDue(context, loaded.record);
    const intent: Intent = isDue ? { type: "rotate" } : asked;
    this.#inFlight = operations;
    const work = () =>
      chain(this.client(), (client) => {
        const order = { loaded, operations, client, present };
        return intent.type === "login" ? login(context, { ...order, intent }) : commit(context, { ...order, intent });
      });
    const landed = () => {
      this.#inFlight = [];
    };
    return chain(ensure(work, landed), (committed) => {
      this.settle(committed.loaded, committed.cookies);
      const { token } = committed.loaded;
      if (loaded.token || !token) return this.#handOver(committed);
      context.emit("created", { handle: token.reference?.key });
      return context.revocation.isStale ? this.#confirmEpoch(committed, token) : committed;
    });
  }

  /**
   * A session that has just begun was sealed at once, under the epoch that this process knows. When that was long ago
   * it is asked for again, and the cookie sealed again if all sessions were ended meanwhile.
   */
  async #confirmEpoch(result: Committed, token: Token): Promise<Committed> {
    const { context } = this;
    await context.revocation.refreshGently();
    if (context.revocation.epoch === token.epoch) return result;
    const confirmed = { ...token, epoch: context.revocation.epoch, sealedAt: now() };
    const cookies = await issueSession(context.settings, confirmed, this.#present);
    const loaded = { ...result.loaded, token: confirmed };
    this.settle(loaded, cookies);
    return { ...result, loaded };
  }
}
