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
export type Joined =
  | { readonly ok: true; readonly value: string }
  | {
      readonly ok: false;
      /**
       * - `absent`: there is no cookie of that name;
       * - `repeated`: the head came several times: {@link joinAll} gives what they lead to;
       * - `malformed`: it starts like a head and is none;
       * - `missing`: a part that the head counts did not come;
       * - `mixed`: a part that the head counts belongs to another value.
       */
      readonly reason: "absent" | "repeated" | "malformed" | "missing" | "mixed";
    };

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
  const [head, another] = jar.all(name);
  if (head === undefined) return { ok: false, reason: "absent" };
  return another === undefined ? joinHead(jar, name, head) : { ok: false, reason: "repeated" };
}

/**
 * The names under which a value came, or parts of one: the head's first. Parts that no head counts are left over from a
 * longer value; they mean nothing, but should be expired.
 */
export function chunkNames(jar: Jar, name: string): string[] {
  const names = jar.all(name).length > 0 ? [name] : [];
  for (const other of jar.names()) if (isPart(other, name)) names.push(other);
  return names;
}

/**
 * The characters of all values of one name that are looked at: four times what servers take of request headers (16 KB),
 * since a part may belong to several heads. More of them are no browser's.
 */
const MAX_CANDIDATES_LENGTH = 64 * 1024;

/** How many heads may claim the parts of one generation. One is right. */
const MAX_CLAIMS = 4;

/**
 * The values that the cookies of a name which came several times lead to, in the order of the heads. What has not even the
 * form of a value is left out before anything is counted: whoever can add junk hides nothing behind it.
 *
 * @param hasForm whether a value may be one of ours, by its form alone.
 */
export function joinAll(jar: Jar, name: string, hasForm: (value: string) => boolean): string[] {
  const claims = new Map<string, number>();
  const values: string[] = [];
  let length = 0;
  for (const head of jar.all(name)) {
    if (head.startsWith(HEAD_MARK)) {
      const generation = generationOf(head);
      const claimed = claims.get(generation) ?? 0;
      if (claimed === MAX_CLAIMS) continue;
      claims.set(generation, claimed + 1);
    }
    const joined = joinHead(jar, name, head);
    if (!joined.ok || !hasForm(joined.value)) continue;
    length += joined.value.length;
    if (length > MAX_CANDIDATES_LENGTH) break;
    values.push(joined.value);
  }
  return values;
}

/** Joins the value that begins with a head. Where a part came several times, the one of its generation counts. */
function joinHead(jar: Jar, name: string, head: string): Joined {
  if (!head.startsWith(HEAD_MARK)) return { ok: true, value: head };
  const count = head.charCodeAt(1) - DIGIT_ZERO;
  if (!(count >= 2 && count <= MAX_CHUNKS) || head.length <= OVERHEAD) return { ok: false, reason: "malformed" };
  const generation = generationOf(head);
  let value = head.slice(OVERHEAD);
  for (let number = 1; number < count; number++) {
    const found = jar.all(`${name}.${number}`);
    const part = found.find((one) => one.startsWith(generation));
    if (part === undefined) return { ok: false, reason: found.length === 0 ? "missing" : "mixed" };
    value += part.slice(GENERATION);
  }
  return { ok: true, value };
}

function generationOf(head: string): string {
  return head.slice(2, OVERHEAD);
}

const DIGIT_ZERO = 0x30;

/** Whether a name may be that of a part: one digit follows the dot, so `.01` and `.99` are not ours. */
function isPart(other: string, name: string): boolean {
  if (other.length !== name.length + 2 || !other.startsWith(name) || other.charAt(name.length) !== ".") return false;
  const number = other.charCodeAt(name.length + 1) - DIGIT_ZERO;
  return number >= 1 && number < MAX_CHUNKS;
}

/** How many characters of a value go into each of its chunks. Head and parts spend the same. */
function pieceLength(name: string): number {
  return MAX_COOKIE_BYTES - name.length - OVERHEAD;
}
