/** What a schema does not know: schemas leave it out of what they answer, and another instance may have put it there. */

import { isPlainObject } from "../../codec/plain-json.js";

/**
 * What a schema has made of a value, with what it left out: keys of plain objects, at any depth, in lists and Maps as well. A
 * value that it has made anew (a text that became a date) stands as it is.
 * @param stored the value before.
 * @param shaped what the schema made of it.
 */
export function keepUnknown(stored: unknown, shaped: unknown, seen = new Set<object>()): unknown {
  if (shaped === stored || !isObject(stored) || !isObject(shaped) || seen.has(stored)) return shaped;
  seen.add(stored);
  if (Array.isArray(stored) && Array.isArray(shaped)) {
    if (stored.length !== shaped.length) return shaped;
    return changedOnly(
      shaped,
      shaped.map((item, place) => keepUnknown(stored[place], item, seen)),
    );
  }
  if (stored instanceof Map && shaped instanceof Map) {
    const entries = [...shaped].map(([key, value]) => [key, keepUnknown(stored.get(key), value, seen)] as const);
    return entries.every(([key, value]) => value === shaped.get(key)) ? shaped : new Map(entries);
  }
  if (!isPlainObject(stored) || !isPlainObject(shaped)) return shaped;
  const known = Object.entries(shaped).map(
    ([key, value]) => [key, Object.hasOwn(stored, key) ? keepUnknown(stored[key], value, seen) : value] as const,
  );
  const unknown = Object.entries(stored).filter(([key]) => !Object.hasOwn(shaped, key));
  return unknown.length === 0
    ? changedOnly(shaped, Object.fromEntries(known))
    : Object.fromEntries([...known, ...unknown]);
}

/** The original where a copy is the same: two values that share an object go on sharing it. */
function changedOnly<T extends object>(original: T, copy: T): T {
  const values = Object.values(original);
  return Object.values(copy).every((value, place) => value === values[place]) ? original : copy;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
