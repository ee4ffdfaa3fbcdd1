/** The unit of work: one request's session, its recorded operations, and their commits, one after the other. */

import type { CookieWrite } from "../../cookie/attributes.js";
import type { RequestHeaders } from "../../cookie/jar.js";
import { FlashBox } from "../../flash/flash-box.js";
import { now, Stopwatch } from "../../util/clock.js";
import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import { commit } from "../commit/commit.js";
import { reaches } from "../commit/late.js";
import { login } from "../commit/login.js";
import type { Context } from "../context.js";
import { nothing } from "../load/from-holder.js";
import { isAtHand, load } from "../load/load.js";
import { withQuick } from "../load/quick-values.js";
import { loadForLogin } from "../load/unreadable.js";
import type { Operation, Values } from "../operations.js";
import { isRotationDue } from "../record/rotation.js";
import type { Committed, Intent, Loaded } from "../state.js";
import { clientOf } from "../token/client.js";
import type { PresentedToken } from "../token/read-cookies.js";
import type { Token } from "../token/token.js";
import { expireVariants } from "../token/variants.js";
import { expireSessionCookies, writeSessionCookies } from "../token/write-cookies.js";
import type { Gate } from "./gate.js";
import { OperationLog } from "./operation-log.js";
import { OutgoingCookies } from "./outgoing-cookies.js";

/** A session, and the cookies that the browser needs for it; none when it has them. */
interface Sealed {
  readonly loaded: Loaded;
  readonly cookies: readonly CookieWrite[];
}

/** One request's session. Every part of the request that asks for the session shares it. */
export class UnitOfWork {
  readonly context: Context;
  readonly headers: RequestHeaders;
  /** The cookies of the response. */
  readonly outgoing: OutgoingCookies;
  /** The operations that wait for their commit. */
  readonly log = new OperationLog();
  /** Whether a value was read or written. */
  accessed = false;
  /** The token that stands: undefined when there is no session, or when it turned out to have ended. */
  token: Token | undefined;
  idleExpiresAt: number;

  readonly #gate: Gate | undefined;
  #flash: FlashBox | undefined;
  #loaded: Loaded | undefined;
  #loading: Promise<Loaded> | undefined;
  #scheduled: Promise<Committed> | undefined;

  /** @param gate see {@link Gate}; without it stores are asked at once. */
  constructor(context: Context, headers: RequestHeaders, opened: PresentedToken, gate?: Gate) {
    this.context = context;
    this.headers = headers;
    this.token = opened.token;
    this.idleExpiresAt = opened.idleExpiresAt;
    this.#gate = gate;
    this.outgoing = new OutgoingCookies(opened);
  }

  /** A unit over what was loaded elsewhere, to be read from. */
  static of(context: Context, loaded: Loaded): UnitOfWork {
    const idleExpiresAt = loaded.token?.idleExpiresAt ?? 0;
    const opened = { token: loaded.token, idleExpiresAt, rejected: undefined, present: [], repeated: [] };
    const unit = new UnitOfWork(context, new Headers(), opened);
    unit.#loaded = loaded;
    return unit;
  }

  /** The flash messages of this request. */
  get flash(): FlashBox {
    this.#flash ??= new FlashBox(this.context.settings, this.headers, (cookies) => this.outgoing.pass(cookies));
    return this.#flash;
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
    // Not queueMicrotask(), which costs several promises in Node, for the sake of its diagnostics.
    this.#scheduled ??= Promise.resolve().then(() => {
      this.#scheduled = undefined;
      return this.commit({ type: "write" });
    });
    return this.#scheduled;
  }

  /** Commits what is recorded, for a purpose. Commits of one request follow one another. At once where nothing waits. */
  commit(intent: Intent): MaybePromise<Committed> {
    return this.log.inTurn(() => {
      const operations = this.log.take();
      const loading = intent.type === "login" ? loadForLogin(this.context, this.token, () => this.load()) : this.load();
      return chain(loading, (loaded) => this.#run(loaded, operations, intent));
    });
  }

  /**
   * There is no session any more: its cookies expire, and what follows begins a new one. When the response has left, the
   * browser keeps a cookie that leads to nothing.
   */
  end(): void {
    const { context, outgoing } = this;
    if (this.token?.reference) context.revocation.checked.noteEnded(this.token.reference.key);
    this.#adopt(nothing(context));
    if (!outgoing.isOpen) return;
    const variants = expireVariants(context.settings.attributes, outgoing.present, this.headers);
    outgoing.deliver([...variants, ...expireSessionCookies(context.settings, outgoing.present)]);
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
            : chain(this.#handOver(latest), (sealed) => this.#deliver(sealed, latest.token)),
        );
      return this.log.inTurn(rotate);
    });
  }

  #run(loaded: Loaded, operations: readonly Operation[], asked: Intent): MaybePromise<Committed> {
    const { context } = this;
    const isLate = !this.outgoing.isOpen;
    const isDue = asked.type === "write" && loaded.record && !isLate && isRotationDue(context, loaded.record);
    const intent: Intent = isDue ? { type: "rotate" } : asked;
    const since = new Stopwatch();
    const work = () =>
      chain(clientOf(context.settings, this.headers), (client) => {
        const order = { loaded, operations, client, isLate };
        const made =
          intent.type === "login" ? login(context, { ...order, intent }) : commit(context, { ...order, intent });
        return chain(made, (committed) => chain(this.#learn(committed), (sealed) => ({ committed, sealed })));
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
    const { epoch } = revocation;
    if (epoch === token.epoch) return committed;
    const sealed = await this.#seal(committed.loaded, { ...token, epoch, sealedAt: now() });
    return { ...committed, loaded: this.#deliver(sealed, token) };
  }

  /** The cookies that the browser needs after a commit. */
  #learn({ loaded, isNews }: Committed): MaybePromise<Sealed> {
    return isNews && loaded.token ? this.#seal(loaded, loaded.token) : this.#handOver(loaded);
  }

  /** A browser that came with the previous id gets the current one, also when there is nothing to commit. */
  #handOver(loaded: Loaded): MaybePromise<Sealed> {
    const { token, record } = loaded;
    if (!this.outgoing.isOpen || !token || !record || token.id === this.outgoing.sentId) return { loaded, cookies: [] };
    return this.#seal(loaded, { ...token, idleExpiresAt: this.idleExpiresAt, sealedAt: now() });
  }

  /** The one place where session cookies are written. */
  #seal(loaded: Loaded, token: Token): MaybePromise<Sealed> {
    return chain(writeSessionCookies(this.context.settings, token, this.outgoing.present), (cookies) => ({
      loaded: { ...loaded, token },
      cookies,
    }));
  }

  /**
   * Takes over what a session has come to, and sends its cookies. When the response left meanwhile, a browser whose
   * token leads to the session all the same needs none.
   * @param before the token that the browser has.
   */
  #deliver({ loaded, cookies }: Sealed, before: Token | undefined): Loaded {
    const { token } = loaded;
    this.#adopt(loaded);
    if (!this.outgoing.isOpen && token && reaches(before, token)) return loaded;
    if (token && cookies.length > 0) {
      this.outgoing.sentId = token.id;
      this.idleExpiresAt = token.idleExpiresAt;
    }
    const { outgoing } = this;
    // A variant of the old lineage would be another session beside the new one.
    const others = before && before.lineage !== token?.lineage ? outgoing.present : outgoing.repeated;
    const names = cookies.length > 0 ? others : [];
    outgoing.deliver([...expireVariants(this.context.settings.attributes, names, this.headers), ...cookies]);
    return loaded;
  }

  #adopt(loaded: Loaded): Loaded {
    this.#loaded = loaded;
    this.token = loaded.token;
    return loaded;
  }
}
