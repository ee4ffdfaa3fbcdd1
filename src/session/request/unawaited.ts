/** Mutations that are not awaited, which development reports. */

/** A promise that knows whether it is awaited. Not a plain one, whose `then` an `await` would not call. */
class Watched<T> extends Promise<T> {
  isAwaited = false;

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  override then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.isAwaited = true;
    return super.then(fulfilled, rejected);
  }
}

/**
 * Watches the promise of a mutation whose commit takes I/O. When it settles without being awaited, the response may have
 * left without its cookie, and the console says so.
 *
 * @param call the call as the user wrote it: `set("cart")`.
 * @param tell is told as well.
 */
export function watch<T>(promise: Promise<T>, call: string, tell: () => void): Promise<T> {
  const watched = new Watched<T>((resolve, reject) => promise.then(resolve, reject));
  let tookTime = false;
  const timer = setTimeout(() => {
    tookTime = true;
  });
  const report = () => {
    clearTimeout(timer);
    if (watched.isAwaited || !tookTime) return;
    watched.catch(() => undefined);
    tell();
    console.error(
      `Spillway: session.${call} was not awaited. The session is held by the server, so the response may leave before it is committed. Write \`await session.${call.replace(")", ", …)")}\`, or wrap the function in withSession().`,
    );
  };
  promise.then(report, report);
  return watched;
}
