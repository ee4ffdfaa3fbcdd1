/** A value that is there at once in Node, and later at the edge. */

/** A value, or a promise of it. In Node the sealer answers with the value itself, so that a write needs no `await`. */
export type MaybePromise<T> = T | Promise<T>;

/**
 * Hands a value to `next`: at once when it is there, else when it arrives. Unlike `await`, it never makes a promise
 * of what was none.
 *
 * @param value What to wait for, if there is anything to wait for.
 * @param next What to do with it.
 * @returns What `next` returned, or a promise of it. What `next` throws is thrown, or rejects that promise.
 */
export function chain<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return isPromise(value) ? value.then(next) : next(value);
}

/** Whether a value is a promise: by its `then` and not by `instanceof`: an edge sandbox can hand over promises of another realm. */
export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof (value as Partial<Promise<T>> | null | undefined)?.then === "function";
}

/** Runs `work`, and when it has ended, with a value or an error, `after`. At once when `work` is. */
export function ensure<T>(work: () => MaybePromise<T>, after: () => void): MaybePromise<T> {
  let pending = false;
  try {
    const value = work();
    if (!isPromise(value)) return value;
    pending = true;
    return value.finally(after);
  } finally {
    if (!pending) after();
  }
}
