/** A value that is too long for one cookie, spread over several. */

import type { Jar } from "./jar.js";

/** What a browser keeps of name and value together, in bytes (RFC 6265bis, section 5.7). One more, and it is gone. */
export const MAX_COOKIE_BYTES = 4096;

/** How many cookies one value may take. Two fill the budget of a session's cookies; more never travel in practice. */
export const MAX_CHUNKS = 9;

/*
 * A value that fits is stored plain. Else the cookie NAME is the head, `~<count><generation><piece>`, and NAME.1,
 * NAME.2… are parts, `<generation><piece>`. The generation is the value's last 8 characters: of a sealed value they
 * are part of its MAC, so two values never share them, and a head is never completed by the parts of another.
 */
const HEAD_MARK = "~";
const GENERATION = 8;

/** What head and parts spend on something other than their piece: mark and count, or the dot and number of a name. */
const OVERHEAD = 2 + GENERATION;

/** One cookie of a value. */
export interface Chunk {
  readonly name: string;
  readonly value: string;
}

/** What reading a value from the cookies of a request found. */
export type Joined = {
  /**
   * The names of chunks that came with the request and are no part of the value: left over from a longer one. They
   * mean nothing, but should be expired.
   */
  readonly leftovers: readonly string[];
} & (
  | { readonly ok: true; readonly value: string /** How many cookies held it. */; readonly count: number }
  | {
      readonly ok: false;
      /**
       * - `absent`: there is no cookie of that name;
       * - `repeated`: the head came several times: {@link joinAll} gives what each of them leads to;
       * - `malformed`: it starts like a head and is none;
       * - `missing`: a part that the head counts did not come;
       * - `mixed`: a part that the head counts belongs to another value.
       */
      readonly reason: "absent" | "repeated" | "malformed" | "missing" | "mixed";
    }
);

/**
 * How many cookies a value takes.
 *
 * @param name The name of the cookie, ASCII.
 * @param length The length of the value in characters, ASCII: it need not exist yet.
 */
export function chunkCount(name: string, length: number): number {
  return name.length + length <= MAX_COOKIE_BYTES ? 1 : Math.ceil(length / pieceLength(name));
}

/**
 * How many bytes a value takes in cookies, counted as a browser counts: names and values, of all chunks.
 *
 * @param name The name of the cookie, ASCII.
 * @param length The length of the value in characters, ASCII: it need not exist yet.
 */
export function wireLength(name: string, length: number): number {
  const count = chunkCount(name, length);
  return length + count * name.length + (count === 1 ? 0 : count * OVERHEAD);
}

/**
 * Spreads a value over as few cookies as hold it, the head first.
 *
 * @param value ASCII, without what a cookie cannot carry, and not starting with `~`.
 * @throws RangeError when it takes more than {@link MAX_CHUNKS} cookies: decide by {@link wireLength} beforehand.
 */
export function splitValue(name: string, value: string): Chunk[] {
  const count = chunkCount(name, value.length);
  if (count === 1) return [{ name, value }];
  if (count > MAX_CHUNKS) throw new RangeError(`A value takes more than ${MAX_CHUNKS} cookies.`);
  const generation = value.slice(-GENERATION);
  const size = pieceLength(name);
  return Array.from({ length: count }, (_, number) => {
    const piece = value.slice(number * size, (number + 1) * size);
    return number === 0
      ? { name, value: `${HEAD_MARK}${count}${generation}${piece}` }
      : { name: `${name}.${number}`, value: `${generation}${piece}` };
  });
}

/** Reads a value from the cookies of a request. Never throws. The value itself is not looked at. */
export function joinValue(jar: Jar, name: string): Joined {
  const parts = partNumbers(jar, name);
  const refuse = (reason: (Joined & { ok: false })["reason"]): Joined => ({
    ok: false,
    reason,
    leftovers: namesFrom(name, parts, 1),
  });

  const [head, another] = jar.all(name);
  if (head === undefined) return refuse("absent");
  return another === undefined ? joinHead(jar, name, head) : refuse("repeated");
}

/** How many values of one name are looked at. Browsers send the one of the longest path first. */
const MAX_CANDIDATES = 4;

/** What each cookie of a name that came several times leads to. */
export function joinAll(jar: Jar, name: string): Joined[] {
  return jar
    .all(name)
    .slice(0, MAX_CANDIDATES)
    .map((head) => joinHead(jar, name, head));
}

/** Joins the value that begins with a head. Where a part came several times, the one of its generation counts. */
function joinHead(jar: Jar, name: string, head: string): Joined {
  const parts = partNumbers(jar, name);
  const refuse = (reason: (Joined & { ok: false })["reason"]): Joined => ({
    ok: false,
    reason,
    leftovers: namesFrom(name, parts, 1),
  });
  if (!head.startsWith(HEAD_MARK)) {
    return { ok: true, value: head, count: 1, leftovers: namesFrom(name, parts, 1) };
  }
  const count = head.charCodeAt(1) - DIGIT_ZERO;
  if (!(count >= 2 && count <= MAX_CHUNKS) || head.length <= OVERHEAD) return refuse("malformed");
  const generation = head.slice(2, OVERHEAD);
  let value = head.slice(OVERHEAD);
  for (let number = 1; number < count; number++) {
    const found = jar.all(`${name}.${number}`);
    const part = found.slice(0, MAX_CANDIDATES).find((one) => one.startsWith(generation));
    if (part === undefined) return refuse(found.length === 0 ? "missing" : "mixed");
    value += part.slice(GENERATION);
  }
  return { ok: true, value, count, leftovers: namesFrom(name, parts, count) };
}

const DIGIT_ZERO = 0x30;

/** The numbers of what may be parts, by their names: one digit follows the dot, so `.01` and `.99` are not ours. */
function partNumbers(jar: Jar, name: string): number[] {
  const numbers: number[] = [];
  for (const other of jar.names()) {
    if (other.length !== name.length + 2 || !other.startsWith(name) || other.charAt(name.length) !== ".") continue;
    const number = other.charCodeAt(name.length + 1) - DIGIT_ZERO;
    if (number < MAX_CHUNKS) numbers.push(number);
  }
  return numbers;
}

/** The names of the parts from the number `first` on, which is at least 1: the head has no number. */
function namesFrom(name: string, numbers: readonly number[], first: number): string[] {
  return numbers.filter((number) => number >= first).map((number) => `${name}.${number}`);
}

/** How many characters of a value go into each of its chunks. Head and parts spend the same. */
function pieceLength(name: string): number {
  return MAX_COOKIE_BYTES - name.length - OVERHEAD;
}
