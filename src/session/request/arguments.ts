/** What the methods of a session were given: JavaScript passes anything, and what keeps nothing must not say that it did. */

import { assertKey, isKey } from "../../codec/codec.js";
import { SessionValueError } from "../../errors.js";
import { now } from "../../util/clock.js";
import { durationOf, MAX_LIFETIME } from "../../util/expiry.js";
import { ANY, BOOLEAN, checkCall, type Kind, type Shape } from "../../util/option-shape.js";
import type { Session } from "../session.js";

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
    checkCount("set", args, 2);
    if (args.length > 1) return [[first, value]];
    throw new SessionValueError("value", `set("${first}") was given no value. Use delete() to have none.`, first);
  }
  checkCount("set", args, 1);
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

/** The longest id of a user: what a column of MySQL holds, and a cookie beside everything else. */
const LONGEST_USER_ID = 255;

/** What no database takes, or takes for another: a NUL, and half of a surrogate pair. */
const UNFIT = /\0|\p{Surrogate}/u;

/**
 * Judges the id of the user that signs in: one whose row were another's, or whose cookie no browser keeps, could not be signed out.
 * @throws {TypeError} when it is no text, or the empty one.
 * @throws {SessionValueError} naming `userId`, when a database or a browser would not keep it.
 */
export function checkUserId(userId: unknown): void {
  if (typeof userId !== "string" || userId === "") {
    throw new TypeError("login() needs the user's id, as a string that is not empty.");
  }
  if (userId.length <= LONGEST_USER_ID && !UNFIT.test(userId)) return;
  throw new SessionValueError(
    "value",
    `login() needs a user's id of at most ${LONGEST_USER_ID} characters, without a NUL and without halves of characters. Nothing was written.`,
    "userId",
  );
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

/** Keys of values. */
export const KEYS: Kind = {
  must: "must be a list of keys: texts that are not empty, and no names such as `__proto__`",
  // Not `every` of the list itself, which passes over holes.
  fits: (value) => Array.isArray(value) && Array.from(value).every(isKey),
};

/** The options of the methods of a session. What a date has to be, {@link deadlineOf} says. */
const OPTIONS = {
  start: { expiresAt: ANY, secure: BOOLEAN },
  regenerateId: { expiresAt: ANY },
  login: { remember: BOOLEAN },
  logout: { keep: KEYS },
  commit: { placement: { must: 'must be "server"', fits: (value) => value === "server" } },
} satisfies {
  readonly [Method in "start" | "regenerateId" | "logout" | "commit"]: Shape<
    NonNullable<Parameters<Session[Method]>[0]>
  >;
} & { readonly login: Shape<NonNullable<Parameters<Session["login"]>[1]>> };

/** Refuses what is no option of a method. @throws {TypeError} naming it. */
export function checkOptions(method: keyof typeof OPTIONS, given: unknown): void {
  checkCall<object>(method, given, OPTIONS[method]);
}

/** Refuses a key to read by that no value can have, but for the names that no key may be. @throws {SessionValueError} `key`. */
export function checkName(key: unknown): void {
  if (typeof key !== "string") assertKey(key);
}

/** What to call instead of a method with more arguments than it takes. */
const INSTEAD: Readonly<Record<string, string>> = {
  set: "a key and a value, or one object of them",
  delete: "one key: call it for each",
  clear: "no argument: to delete one value, call delete(key)",
  destroy: "no argument: to keep values, call logout({ keep })",
};

/** Refuses arguments that a method would ignore. @throws {TypeError} naming the method, and what it takes. */
export function checkCount(method: string, args: readonly unknown[], most: number): void {
  if (args.slice(most).every((argument) => argument === undefined)) return;
  throw new TypeError(`${method}() takes ${INSTEAD[method]}.`);
}

/** Refuses a call that leaves out the value. @throws {SessionValueError} `value`. */
export function checkGiven(method: string, args: readonly unknown[]): void {
  const [key] = args;
  assertKey(key);
  if (args.length < 2) throw new SessionValueError("value", `${method}("${key}") was given no value.`, key);
}

/** Refuses what is no function to change a value by. @throws {TypeError} naming the key. */
export function checkChange(key: string, change: unknown): void {
  if (typeof change === "function") return;
  throw new TypeError(`update("${key}") needs a function of the value, which gives the new one.`);
}

/** A limit of time in milliseconds. @throws {TypeError} naming the argument of the method. */
export function limitOf(method: string, name: string, value: unknown): number {
  const limit = durationOf(value);
  if (limit >= 0 && Number.isFinite(limit)) return limit;
  throw new TypeError(
    `${method}() needs \`${name}\` as a duration: seconds as a number, or a text with its unit such as "10m".`,
  );
}
