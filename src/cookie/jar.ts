/** The `Cookie` request header, read and rewritten without touching what is not ours. */

import { parseCookie } from "cookie";

/** The request headers that the library reads. */
export interface RequestHeaders {
  get(name: string): string | null;
}

/** The cookies of one request. Names are exact: no case is folded, nothing is decoded. */
export interface Jar {
  /**
   * The value of the cookie of that name, as it was sent. Undefined when there is none, and also when there are
   * several (see {@link Jar.all}): which of them is ours their names do not tell, since an attacker on a sibling domain
   * can add one.
   */
  get(name: string): string | undefined;
  /** The values of all cookies of that name, in the order in which they came. */
  all(name: string): readonly string[];
  /** Whether the name came more than once. */
  repeated(name: string): boolean;
  /** Every name that came, once each, in the order in which they first came. */
  names(): Iterable<string>;
}

/** The only blanks that HTTP knows; `trim` would also take a no-break space off a name. */
const SPACE = 0x20;
const TAB = 0x09;

/**
 * Reads a raw `Cookie` header. Never throws, whatever the input. A part without `=` or without a name is no cookie
 * of ours, and is skipped.
 *
 * @param raw The header; of several headers, joined by `; `. Null or undefined means that there was none.
 */
export function parseCookieHeader(raw: string | null | undefined): Jar {
  const values = new Map<string, string>();
  const repeated = new Map<string, string[]>();
  for (const pair of (raw ?? "").split(";")) {
    const name = nameOf(pair);
    if (name === undefined) continue;
    const value = pair.slice(pair.indexOf("=") + 1);
    const first = values.get(name);
    const others = repeated.get(name);
    if (first === undefined) values.set(name, value);
    else if (others) others.push(value);
    else repeated.set(name, [first, value]);
  }
  return {
    get: (name) => (repeated.has(name) ? undefined : values.get(name)),
    all: (name) => repeated.get(name) ?? (values.has(name) ? [values.get(name) as string] : []),
    repeated: (name) => repeated.has(name),
    names: () => values.keys(),
  };
}

/**
 * The cookies of a raw `Cookie` header as most libraries read them: the first of each name, with what was encoded for the
 * way decoded.
 */
export function decodedCookies(raw: string | null | undefined): Readonly<Record<string, string | undefined>> {
  return parseCookie(raw ?? "");
}

/**
 * Replaces, removes and adds cookies in a raw `Cookie` header; all others stay byte for byte and in their order.
 * Writing a parsed jar back instead would lose duplicates and decode values that are not ours.
 *
 * @param raw The header as it came; empty when there was none.
 * @param changes The new value of each cookie, undefined to remove it. A name that came several times stands once
 *   afterwards. Values must be of characters that need no encoding, as sealed ones are.
 * @returns The header to hand on. Empty when no cookie is left.
 */
export function rewriteCookieHeader(raw: string, changes: ReadonlyMap<string, string | undefined>): string {
  const pairs: string[] = [];
  const left = new Map(changes);
  for (const pair of raw === "" ? [] : raw.split(";")) {
    const name = nameOf(pair);
    if (name === undefined || !changes.has(name)) pairs.push(pair);
    else if (left.has(name)) {
      append(pairs, name, left.get(name));
      left.delete(name);
    }
  }
  for (const [name, value] of left) append(pairs, name, value);
  return pairs.join(";").replace(/^[ \t]+/, "");
}

function append(pairs: string[], name: string, value: string | undefined): void {
  if (value !== undefined) pairs.push(` ${name}=${value}`);
}

/** What stands before the first `=` of a pair, without the blanks after the `;`. Undefined where nothing does. */
function nameOf(pair: string): string | undefined {
  let start = 0;
  while (pair.charCodeAt(start) === SPACE || pair.charCodeAt(start) === TAB) start++;
  const end = pair.indexOf("=", start);
  return end > start ? pair.slice(start, end) : undefined;
}
