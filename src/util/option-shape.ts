/** The shape of options: which names there are, and what each may be. A typo or a wrong type would be a silent default. */

import { SessionConfigError } from "../errors.js";
import { durationOf } from "./expiry.js";

/** What an option may be: the rest of a sentence that says so, and the test. */
export interface Kind {
  readonly must: string;
  readonly fits: (value: unknown) => boolean;
}

/** The options of one object by name: a kind, or the shape of an object of its own. */
export type Shape<Options extends object> = {
  readonly [Name in keyof Required<Options>]: Kind | { readonly shape: Shape<Record<string, unknown>> };
};

const typed = (type: string, must: string): Kind => ({ must, fits: (value) => typeof value === type });

export const BOOLEAN = typed("boolean", "must be true or false");
export const TEXT = typed("string", "must be a text");
export const FUNCTION = typed("function", "must be a function");
export const OBJECT: Kind = { must: "must be an object", fits: isRecord };
/** A length of time. */
export const DURATION: Kind = {
  must: 'must be a duration: seconds as a number, or a text with its unit such as "10s"',
  fits: (value) => durationOf(value) > 0 && Number.isFinite(durationOf(value)),
};
/** Anything: what reads the option checks it. */
export const ANY: Kind = { must: "is missing", fits: () => true };
/** Anything but null: what reads the option checks it more closely than by its type. */
export const CHECKED_ELSEWHERE: Kind = {
  must: "must not be null: leave it out for its default",
  fits: (value) => value !== null,
};

/** An object with certain methods, of which `from` makes one. */
export function having(methods: readonly string[], from: string): Kind {
  return {
    must: `must be what ${from} returns: an object with the methods ${methods.join(", ")}`,
    fits: (value) =>
      isObject(value) && methods.every((name) => typeof (value as Record<string, unknown>)[name] === "function"),
  };
}

/** An object of its own, with a shape of its own. */
export function shaped<Options extends object>(
  shape: Shape<Options>,
): { readonly shape: Shape<Record<string, unknown>> } {
  return { shape: shape as Shape<Record<string, unknown>> };
}

/**
 * Refuses options of another shape. What is undefined is left out.
 * @param where what the options are called in a message, and stands before their names: `""` for those of a function.
 * @throws {SessionConfigError} naming the option that is unknown, or of another type.
 */
export function checkShape<Options extends object>(where: string, options: unknown, shape: Shape<Options>): void {
  if (!isRecord(options)) throw new SessionConfigError(where || "options", "must be an object.");
  const prefix = where === "" ? "" : `${where}.`;
  for (const [name, value] of entriesOf(options as object)) {
    const kind = kindOf(shape, name);
    if (kind === undefined) {
      throw new SessionConfigError(`${prefix}${name}`, `is unknown. Known here: ${Object.keys(shape).join(", ")}.`);
    }
    if (value === undefined) continue;
    if ("shape" in kind) checkShape(`${prefix}${name}`, value, kind.shape);
    else if (!kind.fits(value)) throw new SessionConfigError(`${prefix}${name}`, `${kind.must}.`);
  }
}

/**
 * Refuses options of a method that are of another shape, before it does anything. What is undefined is left out.
 * @param method how the message calls it: `login`.
 * @throws {TypeError} naming the option that is unknown, or of another type.
 */
export function checkCall<Options extends object>(method: string, options: unknown, shape: Shape<Options>): void {
  const known = Object.keys(shape)
    .map((name) => `\`${name}\``)
    .join(", ");
  if (!isRecord(options)) throw new TypeError(`${method}() takes its options as an object, of ${known}.`);
  for (const [name, value] of entriesOf(options as object)) {
    const kind = kindOf(shape, name);
    if (kind === undefined) throw new TypeError(`${method}() takes no option \`${name}\`, but ${known}.`);
    if (value === undefined || "shape" in kind || kind.fits(value)) continue;
    throw new TypeError(`${method}() takes an option \`${name}\`, which ${kind.must}.`);
  }
}

/** All that an object has of its own, symbols too. */
function entriesOf(options: object): (readonly [string, unknown])[] {
  return Reflect.ownKeys(options).map((name) => [String(name), (options as Record<PropertyKey, unknown>)[name]]);
}

function kindOf<Options extends object>(shape: Shape<Options>, name: string) {
  // Not `in`: `constructor` is no option.
  return Object.hasOwn(shape, name) ? shape[name as keyof Shape<Options>] : undefined;
}

/** Whether a value is an object of named options: no list, Map, Date or text in an object. */
function isRecord(value: unknown): boolean {
  return ["[object Object]", "[object Module]"].includes(Object.prototype.toString.call(value));
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A whole number from `min` on, at most `max`. */
export function whole(option: string, value: number, min: number, max = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  const upTo = max === Number.MAX_SAFE_INTEGER ? "" : ` to ${max}`;
  throw new SessionConfigError(option, `must be a whole number from ${min}${upTo}.`);
}

/** A number from `min` to `max`. */
export function number(option: string, value: number, min: number, max = Number.MAX_SAFE_INTEGER): number {
  if (typeof value === "number" && value >= min && value <= max) return value;
  throw new SessionConfigError(option, `must be a number from ${min} to ${max}.`);
}

/** One of the values that are allowed. */
export function oneOf<T extends string | boolean>(option: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw new SessionConfigError(option, `must be one of ${allowed.map((one) => JSON.stringify(one)).join(", ")}.`);
}
