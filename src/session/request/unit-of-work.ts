/** The unit of work: one request's session, its recorded operations, and their commits, one after the other. */

import type { RequestHeaders } from "../../cookie/jar.js";
import { FlashBox } from "../../flash/flash-box.js";
import { now, Stopwatch } from "../../util/clock.js";
import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import { commit } from "../commit/commit.js";
import { afterReading, ofSameUser } from "../commit/late.js";
import { login } from "../commit/login.js";
import type { Context } from "../context.js";
import { nothing } from "../load/from-holder.js";
import { isAtHand } from "../load/load.js";
import { withQuick } from "../load/quick-values.js";
import { loadForLogin } from "../load/unreadable.js";
import type { Operation, Values } from "../operations.js";
import { isRotationDue } from "../record/rotation.js";
import type { Committed, Intent, Loaded } from "../state.js";
import { clientOf } from "../token/client.js";
import { isPrefetch } from "../token/prefetch.js";
import { NOTHING_PRESENTED, type PresentedToken } from "../token/read-cookies.js";
import type { Token } from "../token/token.js";
import { Delivery, type Sealed } from "./delivery.js";
import type { Gate } from "./gate.js";
import { observedCommit, observedLoad } from "./observed.js";
import { OperationLog } from "./operation-log.js";
import type { OutgoingCookies } from "./outgoing-cookies.js";

/** One request's session. Every part of the request that asks for the session shares it. */
export class UnitOfWork {
  readonly context: Context;
  readonly headers: RequestHeaders;
  readonly delivery: Delivery;
  /** The operations that wait for their commit. */
  readonly log = new OperationLog();
  /** Whether a value was read or written. */
  accessed = false;
  /** Whether the application has read a value, and so may know that there is no session. */
  wasRead = false;
  /** The token that stands: undefined when there is no session, or when it turned out to have ended. */
  token: Token | undefined;

  /** Whether nobody has asked for what this request is about: see {@link isPrefetch}. */
  isPrefetch = (): boolean => isPrefetch(this.headers);

  readonly #gate: Gate | undefined;
  /** The visitor's session that came beside a user's, until it is taken. */
  #beside: PresentedToken["beside"];
  #flash: FlashBox | undefined;
  #loaded: Loaded | undefined;
  #loading: Promise<Loaded> | undefined;

  /** @param gate see {@link Gate}; without it stores are asked at once. */
  constructor(context: Context, headers: RequestHeaders, opened: PresentedToken, gate?: Gate) {
    this.context = context;
    this.headers = headers;
    this.token = opened.token;
    this.#gate = gate;
    this.#beside = opened.beside;
    this.delivery = new Delivery(context, headers, opened);
  }

  /** A unit over what was loaded elsewhere, to be read from. */
  static of(context: Context, loaded: Loaded): UnitOfWork {
    const opened = { ...NOTHING_PRESENTED, token: loaded.token, idleExpiresAt: loaded.token?.idleExpiresAt ?? 0 };
    const unit = new UnitOfWork(context, new Headers(), opened);
    unit.#loaded = loaded;
    return unit;
  }

  /** The cookies of the response. */
  get outgoing(): OutgoingCookies {
    return this.delivery.outgoing;
  }

  /** The flash messages of this request. */
  get flash(): FlashBox {
    this.#flash ??= new FlashBox(this.context.settings, {
      headers: this.headers,
      cookies: this.outgoing,
      userId: () => this.token?.userId,
      lose: (count) => this.context.emit("flashLost", { count }),
    });
    return this.#flash;
  }

  /** The session's values as they were loaded or last committed; loaded at most once. */
  load(): MaybePromise<Loaded> {
    if (this.#loaded) return this.#loaded;
    if (this.#loading) return this.#loading;
    const entry = isAtHand(this.context, this.token) ? undefined : this.#gate?.();
    const loading = chain(entry, () =>
      chain(observedLoad(this.context, this.headers, this.token), (loaded) => this.#orBeside(loaded)),
    );
    if (!(loading instanceof Promise)) return loading;
    this.#loading = loading.finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  /**
   * Takes the session that was presented for none: the server does not know it. A visitor's that came beside a user's is it
   * then, and the user's cookies are left over.
   */
  drop(): void {
    const beside = this.#beside;
    this.delivery.leave(this.token);
    this.token = this.#beside = undefined;
    // Whether all sessions were ended is known: it was asked for the user's.
    if (!beside?.token || beside.token.epoch < this.context.revocation.epoch) return;
    // rule: a visitor's session that came beside a user's takes its place
    this.token = beside.token;
    this.delivery.takeUp(beside);
  }

  /** The values with everything that was recorded so far. */
  view(): MaybePromise<Values> {
    return chain(this.#rotated(), ({ values, quick }) => this.log.replay(withQuick(values, quick)));
  }

  /** Begins a scope: mutations are recorded. Returns what ends it, with a commit or without. */
  scope(): (keep: boolean) => Promise<void> {
    const end = this.log.scope();
    return async (keep) => {
      // A mutation that was not awaited may still be under way, and its cookie belongs to this response.
      await this.log.rest();
      if (!end()) return;
      if (keep) {
        if (!this.log.isEmpty) await this.commit({ type: "write" });
        await this.#flash?.send();
      } else {
        this.log.take();
        this.#flash?.drop();
      }
    };
  }

  /** The commit of all that is recorded in this tick. */
  schedule(): Promise<Committed> {
    return this.log.schedule(() => this.commit({ type: "write" }));
  }

  /** Commits what is recorded, for a purpose. Commits of one request follow one another. At once where nothing waits. */
  commit(intent: Intent): MaybePromise<Committed> {
    return this.log.inTurn(() => {
      const operations = this.log.take();
      const known = this.token;
      const loading = intent.type === "login" ? loadForLogin(this.context, this.token, () => this.load()) : this.load();
      return chain(loading, (loaded) => {
        const found = ofSameUser(known, this.wasRead ? afterReading(loaded) : loaded);
        return this.#run(found, operations, intent);
      });
    });
  }

  /** Goes on with another token, whose values are not loaded yet. */
  replace(token: Token): void {
    this.token = token;
    this.#loaded = undefined;
  }

  /** There is no session any more: its cookies expire, and what follows begins a new one. */
  end(): void {
    if (this.token?.reference) this.context.revocation.checked.noteEnded(this.token.reference.key);
    this.#beside = undefined;
    this.#adopt(nothing(this.context));
    this.delivery.expire();
  }

  /** The loaded session; where cookies can be set, with a new id when its rotation is due, or the successor of its old one. */
  #rotated(): MaybePromise<Loaded> {
    return chain(this.load(), (loaded) => {
      const { record, token } = loaded;
      if (!this.outgoing.isOpen || !record) return loaded;
      // rule: parts of a request that read at the same time rotate once
      const isDue = (found: Loaded) => found.record !== undefined && isRotationDue(this.context, found.record);
      if (!isDue(loaded) && token?.id === this.outgoing.sentId) return loaded;
      // Asked anew in its turn: another part of the request may have rotated while this one waited.
      const rotate = () =>
        chain(this.load(), (latest) =>
          isDue(latest)
            ? chain(this.#run(latest, [], { type: "rotate" }), (committed) => committed.loaded)
            : chain(this.delivery.sealSuccessor(latest), (sealed) => this.#deliver(sealed, latest.token)),
        );
      return this.log.inTurn(rotate);
    });
  }

  #run(loaded: Loaded, operations: readonly Operation[], asked: Intent): MaybePromise<Committed> {
    const { context } = this;
    const isLate = () => !this.outgoing.isOpen;
    const isDue = asked.type === "write" && loaded.record && !isLate() && isRotationDue(context, loaded.record);
    const intent: Intent = isDue ? { type: "rotate" } : asked;
    const since = new Stopwatch();
    const work = () =>
      chain(clientOf(context.settings, this.headers), (client) => {
        const order = { loaded, operations, client, isLate };
        const made = observedCommit(context, this.headers, intent, () =>
          intent.type === "login" ? login(context, { ...order, intent }) : commit(context, { ...order, intent }),
        );
        return chain(made, (committed) =>
          chain(this.delivery.sealCommitted(committed), (sealed) => ({ committed, sealed })),
        );
      });
    return chain(this.log.flying(operations, work), ({ committed, sealed }) => {
      context.revocation.checked.noteWritten(loaded, committed.loaded, since);
      const delivered = { ...committed, loaded: this.#deliver(sealed, loaded.token) };
      const { token } = delivered.loaded;
      if (committed.hasNewId && intent.type !== "login") context.emit("rotated", { handle: token?.reference?.key });
      // rule: the end of an old id is acknowledged when the cache has it
      if (committed.failure) throw committed.failure;
      if (loaded.token || !token) return delivered;
      context.emit("created", { handle: token.reference?.key });
      return context.revocation.isStale ? this.#confirmEpoch(delivered, token) : delivered;
    });
  }

  /**
   * A session that has just begun was sealed at once, under the epoch that this process knows. When that was long ago
   * it is asked for again, and the cookie sealed again if all sessions were ended meanwhile.
   */
  async #confirmEpoch(committed: Committed, token: Token): Promise<Committed> {
    const { revocation } = this.context;
    await revocation.refreshGently();
    if (revocation.epoch === token.epoch) return committed;
    const sealed = await this.delivery.seal(committed.loaded, { ...token, epoch: revocation.epoch, sealedAt: now() });
    return { ...committed, loaded: this.#deliver(sealed, token) };
  }

  #deliver(sealed: Sealed, before: Token | undefined): Loaded {
    this.#adopt(sealed.loaded);
    this.delivery.send(sealed, before);
    return sealed.loaded;
  }

  /** Takes over what was loaded; where that is none, what came beside it. */
  #orBeside(loaded: Loaded): MaybePromise<Loaded> {
    if (!loaded.token) this.delivery.leave(this.token, loaded.superseded !== undefined);
    if (loaded.token || !this.#beside) return this.#adopt(loaded);
    this.drop();
    if (!this.token) return this.#adopt(loaded);
    return chain(observedLoad(this.context, this.headers, this.token), (other) => this.#adopt(other));
  }

  #adopt(loaded: Loaded): Loaded {
    this.#loaded = loaded;
    this.token = loaded.token;
    return loaded;
  }
}
