/** What the methods of a session were given: JavaScript passes anything, and what keeps nothing must not say that it did. */

import { assertKey } from "../../codec/codec.js";
import { SessionValueError } from "../../errors.js";

/** A key as a call is told of: what is no text is not repeated. */
export function named(key: unknown): string {
  return typeof key === "string" ? `"${key}"` : `a ${typeof key}`;
}

/**
 * Keys and values that `set` was given.
 * @throws {SessionValueError} when it was given anything else: kept, it would be nothing.
 */
export function entriesOf(args: readonly unknown[]): (readonly [string, unknown])[] {
  const [first, value] = args;
  if (typeof first !== "object" || first === null) {
    assertKey(first);
    if (args.length > 1) return [[first, value]];
    throw new SessionValueError("value", `set("${first}") was given no value. Use delete() to have none.`, first);
  }
  const prototype: unknown = Object.getPrototypeOf(first);
  if (
    (prototype === null || Object.getPrototypeOf(prototype) === null) &&
    !Object.getOwnPropertySymbols(first).length
  ) {
    return Object.entries(first);
  }
  throw new SessionValueError(
    "value",
    "set() takes a key and a value, or a plain object of them: not an array, a Map or an instance, and no symbols as keys.",
  );
}

/** The keys that `set` was given, as the call is told of. */
export function namesOf(first: unknown): string {
  return typeof first === "object" && first !== null ? Object.keys(first).map(named).join(", ") : named(first);
}
