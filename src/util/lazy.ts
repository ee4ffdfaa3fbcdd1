/** Values that are made when they are first asked for, and kept. */

/** Makes a function that calls `make` when it is first called, and then gives the same answer again. */
export function lazy<Value extends object>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/**
 * Makes a function that calls `make` once for each argument, and then gives the same answer again; a promise counts as
 * an answer, so that parallel first calls share one derivation.
 */
export function memoize<Argument, Value extends object>(
  make: (argument: Argument) => Value,
): (argument: Argument) => Value {
  const made = new Map<Argument, Value>();
  return (argument) => {
    const known = made.get(argument);
    if (known !== undefined) return known;
    const value = make(argument);
    made.set(argument, value);
    return value;
  };
}
