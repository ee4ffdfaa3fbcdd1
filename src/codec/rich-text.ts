/** Rich values as text, by devalue: written from a checked copy, and checked again before they are rebuilt. */

import { stringify, unflatten } from "#devalue";
import { bufferOn, builtInName, VIEWS } from "./built-ins.js";
import { Copier, PAYLOAD_LEVELS } from "./copier.js";
import { MAX_DEPTH } from "./plain-json.js";
import type { Codecs, ValueCodec } from "./value-codec.js";

/** Devalue's numbers for what has no JSON. Those for holes, NaN and infinities are not here: they are never written. */
const UNDEFINED = -1;
const NEGATIVE_ZERO = -6;

/** Tags followed by texts. */
const LEAVES: ReadonlySet<unknown> = new Set(["Date", "RegExp", "URL", "URLSearchParams", "BigInt", "ArrayBuffer"]);
/** Tags followed by the place of an ArrayBuffer. */
const ON_BYTES: ReadonlySet<unknown> = new Set([...VIEWS, "Buffer"]);

/** The tags that a codec cannot have as its name, since they stand for something already. */
export const RESERVED_TAGS: ReadonlySet<unknown> = new Set([...LEAVES, ...ON_BYTES, "Map", "Set", "Object", "null"]);

/** What is noted of a node: looked at, or an instance whose payload is being looked at. */
const DONE = 1;
const OPEN = 2;

/** Stands for an instance of an own class on the way to text. */
class Placeholder {
  constructor(
    readonly name: string,
    readonly payload: unknown,
  ) {}
}

/** Writes the values of a session, its keys already checked, and reads them again. */
export class RichText {
  readonly #codecs: Codecs;
  readonly #reducers: Record<string, (value: unknown) => unknown>;
  readonly #revivers: Record<string, (part: unknown) => unknown>;

  constructor(codecs: Codecs) {
    const names = [...codecs];
    this.#codecs = codecs;
    // A payload goes in a list of one, since devalue takes a falsy one for "not mine".
    this.#reducers = {
      Buffer: bytesOfBuffer,
      ...Object.fromEntries(names.map(([name]) => [name, (value: unknown) => payloadOf(name, value)])),
    };
    this.#revivers = {
      Buffer: (bytes) => bufferOn(bytes as ArrayBuffer),
      ...Object.fromEntries(
        names.map(([name, codec]) => [name, (list: unknown) => codec.decode((list as [payload: unknown])[0])]),
      ),
    };
  }

  /** @throws {SessionValueError} code `value`, when something cannot be kept. */
  write(data: ReadonlyMap<string, unknown>): string {
    const copier = new Copier(this.#codecs, placeholder);
    const copy = new Map<string, unknown>();
    for (const [key, value] of data) copy.set(key, copier.copy(key, value));
    return stringify(copy, this.#reducers);
  }

  /** The value at the root of a text, whatever it is; undefined, or an error, for what {@link write} did not write. */
  read(text: string): unknown {
    const nodes: unknown = JSON.parse(text);
    if (!Array.isArray(nodes) || !new Inspection(nodes, this.#codecs).passes()) return undefined;
    return unflatten(nodes, this.#revivers);
  }
}

function placeholder(name: string, _codec: ValueCodec, payload: unknown): Placeholder {
  return new Placeholder(name, payload);
}

function payloadOf(name: string, value: unknown): unknown {
  return value instanceof Placeholder && value.name === name ? [value.payload] : undefined;
}

function bytesOfBuffer(value: unknown): unknown {
  return value instanceof Uint8Array && builtInName(value) === "Buffer" ? value.buffer : undefined;
}

/**
 * Looks over devalue's flat list of nodes, which refer to each other by place, before anything is built of it: only tags
 * that are written here, no `__proto__`, and no deeper than can be followed.
 */
class Inspection {
  readonly #nodes: readonly unknown[];
  readonly #codecs: Codecs;
  readonly #visited: Uint8Array;

  constructor(nodes: readonly unknown[], codecs: Codecs) {
    this.#nodes = nodes;
    this.#codecs = codecs;
    this.#visited = new Uint8Array(nodes.length);
  }

  passes(): boolean {
    return this.#passesNode(0, 0);
  }

  #passes(place: unknown, depth: number): boolean {
    if (place === UNDEFINED || place === NEGATIVE_ZERO) return true;
    if (!this.#isPlace(place)) return false;
    if (this.#visited[place]) return this.#visited[place] !== OPEN;
    this.#visited[place] = DONE;
    return this.#passesNode(place, depth);
  }

  #passesNode(place: number, depth: number): boolean {
    const node = this.#nodes[place];
    if (typeof node === "number") return Number.isFinite(node);
    if (typeof node !== "object" || node === null) return true;
    if (!Array.isArray(node)) return this.#passesObject(node as Record<string, unknown>, depth);
    const tag: unknown = node[0];
    if (typeof tag !== "string") return this.#passesAll(node, 0, depth);
    if (LEAVES.has(tag)) return node.length > 1 && node.every((part) => typeof part === "string");
    if (ON_BYTES.has(tag)) return node.length === 2 && this.#isBytes(node[1]);
    if (tag === "Set" || tag === "Map") return this.#passesAll(node, 1, depth);
    if (tag === "null") return this.#passesPairs(node, depth);
    return this.#codecs.has(tag) && node.length === 2 && this.#passesInstance(place, node[1], depth);
  }

  /** Nothing refers to the first node: it is all values of the session, which no value can hold. */
  #isPlace(place: unknown): place is number {
    return Number.isInteger(place) && (place as number) > 0 && (place as number) < this.#nodes.length;
  }

  #passesAll(places: readonly unknown[], first: number, depth: number): boolean {
    if (depth > MAX_DEPTH) return false;
    for (let index = first; index < places.length; index++) {
      if (!this.#passes(places[index], depth + 1)) return false;
    }
    return true;
  }

  #passesObject(node: Readonly<Record<string, unknown>>, depth: number): boolean {
    if (depth > MAX_DEPTH) return false;
    for (const key in node) {
      if (key === "__proto__" || !this.#passes(node[key], depth + 1)) return false;
    }
    return true;
  }

  /** An object without a prototype: its tag, then keys and places in turn. */
  #passesPairs(node: readonly unknown[], depth: number): boolean {
    if (depth > MAX_DEPTH) return false;
    for (let index = 1; index < node.length; index += 2) {
      const key = node[index];
      if (typeof key !== "string" || key === "__proto__" || !this.#passes(node[index + 1], depth + 1)) return false;
    }
    return true;
  }

  #isBytes(place: unknown): boolean {
    const node = this.#isPlace(place) ? this.#nodes[place] : undefined;
    return Array.isArray(node) && node.length === 2 && node[0] === "ArrayBuffer" && typeof node[1] === "string";
  }

  /** An instance that is met again within its own payload cannot be built: nothing of it would be there yet. */
  #passesInstance(place: number, payload: unknown, depth: number): boolean {
    const list = this.#isPlace(payload) ? this.#nodes[payload] : undefined;
    if (!Array.isArray(list) || list.length !== 1 || depth > MAX_DEPTH) return false;
    this.#visited[place] = OPEN;
    const passes = this.#passes(list[0], depth + PAYLOAD_LEVELS);
    this.#visited[place] = DONE;
    return passes;
  }
}
