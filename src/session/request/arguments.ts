/** What the methods of a session were given: JavaScript passes anything, and what keeps nothing must not say that it did. */

import { assertKey } from "../../codec/codec.js";
import { SessionValueError } from "../../errors.js";
import { now } from "../../util/clock.js";
import { MAX_LIFETIME } from "../../util/expiry.js";

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

/** An absolute deadline as a call was given it. */
export interface Deadline {
  /** A copy: whoever has the `Date` may change it. */
  readonly expiresAt: Date | undefined;
  /** Whether it has passed: a session that ends then has ended. */
  readonly isPast: boolean;
}

/**
 * The absolute deadline that `start` or `regenerateId` was given, if any.
 * @throws {SessionValueError} naming `expiresAt`, when it is no valid `Date`, or further ahead than any cookie lives.
 */
export function deadlineOf(method: string, expiresAt: unknown): Deadline {
  if (expiresAt === undefined) return { expiresAt, isPast: false };
  const moment = expiresAt instanceof Date ? expiresAt.getTime() : Number.NaN;
  if (Number.isNaN(moment)) throw misfit(method, "as a valid Date");
  const at = now();
  if (moment > at + MAX_LIFETIME) throw misfit(method, "at most 400 days from now: no cookie lives longer");
  return { expiresAt: new Date(moment), isPast: moment <= at };
}

function misfit(method: string, what: string): SessionValueError {
  return new SessionValueError("value", `${method}() needs \`expiresAt\` ${what}. Nothing was written.`, "expiresAt");
}

/**
 * An option that is true, false or left out.
 * @throws {TypeError} naming it, when it is anything else.
 */
export function optionalBoolean(method: string, option: string, value: unknown): boolean | undefined {
  if (value === undefined || typeof value === "boolean") return value;
  throw new TypeError(`${method}() needs \`${option}\` as true or false.`);
}
