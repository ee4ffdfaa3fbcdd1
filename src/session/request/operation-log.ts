/** The operation log: operations that wait for their commit, and commits that wait for their turn. */

import { ensure, type MaybePromise } from "../../util/maybe-promise.js";
import { apply, type Operation, type Values } from "../operations.js";
import type { Committed } from "../state.js";

/** A commit that begins when the tick ends, unless it is hastened. */
interface Scheduled {
  begin: () => MaybePromise<Committed>;
  readonly promise: Promise<Committed>;
}

/** What one request has recorded, and in which order it is committed. */
export class OperationLog {
  /** Whether a part of the request has a scope, or had one. */
  hasScope = false;
  #pending: Operation[] = [];
  #inFlight: readonly Operation[] = [];
  #last: Promise<unknown> | undefined;
  #scheduled: Scheduled | undefined;
  #scopes = 0;
  /** What was begun in a scope and has not settled. */
  readonly #underWay = new Set<Promise<unknown>>();

  /** Whether mutations are only recorded, for the one commit of `withSession`. */
  get isScoped(): boolean {
    return this.#scopes > 0;
  }

  /** Whether anything waits for a commit. */
  get isEmpty(): boolean {
    return this.#pending.length === 0;
  }

  /** Records an operation. Returns its place among those that the next commit takes along. */
  record(operation: Operation): number {
    return this.#pending.push(operation) - 1;
  }

  /** The operations that are recorded, to be committed or dropped by the caller. */
  take(): Operation[] {
    const operations = this.#pending;
    this.#pending = [];
    return operations;
  }

  /** The values with everything that was recorded so far, in a commit under way or for the next one. */
  replay(values: Values): Values {
    const recorded = [...this.#inFlight, ...this.#pending];
    if (recorded.length === 0) return values;
    const view = new Map(values);
    for (const operation of recorded) apply(view, operation);
    return view;
  }

  /** Notes work that is under way in a scope, and may not be awaited. */
  follow(work: Promise<unknown>): void {
    this.#underWay.add(work);
    const forget = () => this.#underWay.delete(work);
    work.then(forget, forget);
  }

  /** Resolves when all that was begun in a scope has settled. */
  async rest(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  /** Begins a scope. Returns what ends it, which tells whether it was the outermost. */
  scope(): () => boolean {
    this.#scopes += 1;
    this.hasScope = true;
    return () => {
      this.#scopes -= 1;
      return this.#scopes === 0;
    };
  }

  /** The commit of all that is recorded in this tick, by `commit`. */
  schedule(commit: () => MaybePromise<Committed>): Promise<Committed> {
    if (this.#scheduled) return this.#scheduled.promise;
    const scheduled: Scheduled = {
      begin: commit,
      // Not queueMicrotask(), which costs several promises in Node, for the sake of its diagnostics.
      promise: Promise.resolve().then(() => {
        if (this.#scheduled === scheduled) this.#scheduled = undefined;
        return scheduled.begin();
      }),
    };
    this.#scheduled = scheduled;
    return scheduled.promise;
  }

  /**
   * Begins the commit that waits for the end of this tick, since the head of the response is written now: one that stays in the
   * cookie is done at once, and reaches the browser although nobody has awaited it.
   */
  hasten(): void {
    const scheduled = this.#scheduled;
    if (!scheduled) return;
    this.#scheduled = undefined;
    try {
      const begun = scheduled.begin();
      scheduled.begin = () => begun;
    } catch (error) {
      scheduled.begin = () => {
        throw error;
      };
    }
  }

  /** Runs a commit of operations, which reads see as long as it is under way. */
  flying<T>(operations: readonly Operation[], work: () => MaybePromise<T>): MaybePromise<T> {
    this.#inFlight = operations;
    return ensure(work, () => {
      this.#inFlight = [];
    });
  }

  /** Runs work when all that came before has settled; what comes later waits for it. At once where nothing waits. */
  inTurn<T>(work: () => MaybePromise<T>): MaybePromise<T> {
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
}
