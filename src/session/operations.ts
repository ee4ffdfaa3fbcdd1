/** Recorded operations: what a request wants done to the data, in a form that can be done again on newer data. */

/** The values of a session by key, in the order in which they were first set. */
export type Values = Map<string, unknown>;

/** One recorded operation. `quick`: its value may be lost with the cache. */
export type Operation =
  | { readonly type: "set"; readonly key: string; readonly value: unknown; readonly quick?: true }
  | { readonly type: "default"; readonly key: string; readonly value: unknown }
  | { readonly type: "update"; readonly key: string; readonly change: (value: unknown) => unknown }
  | { readonly type: "delete"; readonly key: string }
  | { readonly type: "pop"; readonly key: string; readonly fallback: unknown; readonly quick?: true }
  | { readonly type: "clear" };

/** A recorded change of one value. */
export type KeyedOperation = Extract<Operation, { readonly key: string }>;

/**
 * Applies one operation to `values`, in place, and returns what the method that recorded it answers: `update` and
 * `default` the value now held, `delete` whether there was one, `pop` what was taken.
 */
export function apply(values: Values, operation: Operation): unknown {
  switch (operation.type) {
    case "set":
      values.set(operation.key, operation.value);
      return undefined;
    case "default":
      if (values.get(operation.key) === undefined) values.set(operation.key, operation.value);
      return values.get(operation.key);
    case "update":
      return update(values, operation.key, operation.change(values.get(operation.key)));
    case "delete":
      return values.delete(operation.key);
    case "pop": {
      const taken = withFallback(values, operation.key, operation.fallback);
      values.delete(operation.key);
      return taken;
    }
    case "clear":
      values.clear();
      return undefined;
  }
}

/** The value under a key, else the fallback: also in the place of an undefined that is held, as their types promise. */
export function withFallback(values: Values, key: string, fallback: unknown): unknown {
  const value = values.get(key);
  return value === undefined ? fallback : value;
}

function update(values: Values, key: string, value: unknown): unknown {
  if (value instanceof Promise) {
    value.catch(() => undefined);
    throw new TypeError(`The function given to update("${key}") returned a promise. It has to be synchronous.`);
  }
  if (value === undefined) values.delete(key);
  else values.set(key, value);
  return value;
}
