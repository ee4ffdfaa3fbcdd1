/** Plain JSON, which takes the quick path: recognised before it is written, checked after it was read. */

/**
 * How deep values may be nested, the value of a session key being the first level: deeper than any form or document that
 * people write, and far from the end of any stack (at the edge one takes some 10,000 frames, and devalue a few a level).
 */
export const MAX_DEPTH = 100;

/** As many objects as a list is searched in quicker than a Set is filled. */
const FEW = 16;

/** The objects that a walk has met. */
export class Seen {
  readonly #few: object[] = [];
  #many: Set<object> | undefined;

  /** Notes `value`, and answers whether it was new. */
  add(value: object): boolean {
    if (this.#many) return this.#many.size !== this.#many.add(value).size;
    if (this.#few.includes(value)) return false;
    this.#few.push(value);
    if (this.#few.length === FEW) this.#many = new Set(this.#few);
    return true;
  }
}

/**
 * Whether JSON keeps `value` exactly: strings, finite numbers but -0, booleans, null, arrays without holes and
 * objects of no class, each object met once (JSON would make two of it), at most `depth` levels deep. What only a
 * snapshot looks for (symbols as keys, properties of arrays that are not elements) is not looked for again: this runs
 * at every commit.
 */
export function isPlain(value: unknown, depth: number, seen: Seen): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0);
    case "object":
      return value === null || (depth > 0 && seen.add(value) && isPlainInside(value, depth - 1, seen));
    default:
      return false;
  }
}

function isPlainInside(value: object, depth: number, seen: Seen): boolean {
  const prototype = Object.getPrototypeOf(value);
  if (Array.isArray(value)) {
    if (prototype !== Array.prototype) return false;
    for (let index = 0; index < value.length; index++) {
      if (!isPlain(value[index], depth, seen)) return false;
    }
    return true;
  }
  if (prototype !== Object.prototype) return false;
  for (const key in value) {
    if (key === "__proto__" || !isPlain((value as Record<string, unknown>)[key], depth, seen)) return false;
  }
  return true;
}

/**
 * Whether `value`, fresh from `JSON.parse`, is what {@link isPlain} would have let through: no deeper than `depth`, no
 * number out of range (`1e999`), no key `__proto__`, which is harmless until somebody copies it.
 */
export function isSoundTree(value: unknown, depth: number): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || value === null) return true;
  if (depth === 0) return false;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      if (!isSoundTree(value[index], depth - 1)) return false;
    }
    return true;
  }
  for (const key in value) {
    if (key === "__proto__" || !isSoundTree((value as Record<string, unknown>)[key], depth - 1)) return false;
  }
  return true;
}

/** Whether an object is of no class: made by `{}`, here or in another realm (Next's edge sandbox), or without prototype. */
export function isPlainObject(value: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(value);
  return (
    prototype === Object.prototype ||
    prototype === null ||
    (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "isPrototypeOf"))
  );
}
