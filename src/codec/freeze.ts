/** Freezing of values that were read: in development an edit in place is an error, and not a change silently lost. */

import { SessionError } from "../errors.js";
import { isPlainObject } from "./plain-json.js";

/** All that change a Date. Named, since a faked clock puts a class of its own in place of `Date`. */
const DATE_SETTERS = ["Date", "FullYear", "Hours", "Milliseconds", "Minutes", "Month", "Seconds"]
  .flatMap((part) => [`set${part}`, `setUTC${part}`])
  .concat("setTime", "setYear");

/** What was frozen already, so that reading a value again costs nothing. */
const frozen = new WeakSet<object>();

/**
 * Freezes a value and all that it holds, in place, and returns it; cycles are no obstacle. Plain objects and arrays
 * are frozen by the language, which throws a TypeError in strict mode. A `Map`, `Set`, `Date`, `URL` and
 * `URLSearchParams` get methods of their own that throw a {@link SessionError} with the code `read-only`. Left as they
 * are: typed arrays, ArrayBuffers and Buffers, which JavaScript cannot freeze, and values of own classes, which may need
 * to change inside.
 */
export function freezeDeep<T>(value: T): T {
  const pending: unknown[] = [value];
  while (pending.length > 0) {
    const next = pending.pop();
    if (typeof next !== "object" || next === null || frozen.has(next)) continue;
    frozen.add(next);
    for (const inner of freeze(next)) pending.push(inner);
  }
  return value;
}

/** Freezes one object, and returns what it holds. */
function freeze(value: object): Iterable<unknown> {
  if (Array.isArray(value) || isPlainObject(value)) return Object.values(Object.freeze(value));
  if (value instanceof Map) {
    shadow(value, "Map", ["set", "delete", "clear", "getOrInsert", "getOrInsertComputed"]);
    return [...value.keys(), ...value.values()];
  }
  if (value instanceof Set) {
    shadow(value, "Set", ["add", "delete", "clear"]);
    return value;
  }
  if (value instanceof Date) shadow(value, "Date", DATE_SETTERS);
  if (value instanceof URLSearchParams) shadow(value, "URLSearchParams", ["append", "delete", "set", "sort"]);
  if (value instanceof URL) {
    shadowAccessors(value);
    return [value.searchParams];
  }
  return [];
}

/** Puts a throwing method before each mutator that the class has. */
function shadow(value: object, className: string, names: readonly string[]): void {
  for (const name of names) {
    if (name in value) Object.defineProperty(value, name, { value: () => refuse(className) });
  }
}

function shadowAccessors(url: URL): void {
  for (const [name, accessor] of Object.entries(Object.getOwnPropertyDescriptors(URL.prototype))) {
    if (accessor.get && accessor.set) Object.defineProperty(url, name, { get: accessor.get, set: () => refuse("URL") });
  }
}

function refuse(className: string): never {
  throw new SessionError(
    "read-only",
    `This ${className} was read from the session and cannot be changed in place: the change would be lost. Copy it, change the copy, and hand that to session.set() or return it from session.update().`,
  );
}
