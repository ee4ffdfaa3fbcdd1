/** A keyed queue: work on one key runs one after the other; work on different keys runs side by side. */

import { chain, ensure, isPromise, type MaybePromise } from "./maybe-promise.js";

/** A place in the queue of one key. */
export interface Place<Result> {
  /** Resolves when all that joined before has left, with what the one just before left behind; undefined: none did. */
  readonly before: Promise<Result | undefined> | undefined;
  /** Leaves the queue, and hands a result to the one behind. Leaving again does nothing. */
  leave(result?: Result): void;
}

/** Queues by key. A key takes memory only while somebody is in its queue. */
export class KeyedQueue<Result = void> {
  /** What the next one to join each queue has to wait for. */
  readonly #tails = new Map<string, Promise<Result | undefined>>();

  /** Joins the queue of a key. */
  join(key: string): Place<Result> {
    const before = this.#tails.get(key);
    let resolve = (_?: Result) => {};
    const left = new Promise<Result | undefined>((resolved) => {
      resolve = resolved;
    });
    const tail = before ? before.then(() => left) : left;
    this.#tails.set(key, tail);
    const leave = (result?: Result) => {
      resolve(result);
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    };
    return { before, leave };
  }

  /**
   * Runs work when all work on the same key that came before has ended, with a value or an error.
   * @returns what the work returned: at once where the queue is empty and the work is synchronous, else a promise.
   */
  run<T>(key: string, work: () => MaybePromise<T>): MaybePromise<T> {
    const before = this.#tails.get(key);
    const result = before ? chain(before, work) : work();
    if (!isPromise(result)) return result;
    const place = this.join(key);
    return ensure(
      () => result,
      () => place.leave(),
    );
  }
}
