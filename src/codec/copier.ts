/** Deep copies of values, which is also where everything that cannot be kept is refused, with its path. */

import { SessionValueError } from "../errors.js";
import { builtInName, classNameOf, copyBuiltIn } from "./built-ins.js";
import { isPlainObject, MAX_DEPTH } from "./plain-json.js";
import type { Codecs, ValueCodec } from "./value-codec.js";

/**
 * Makes something of what a codec's `encode` gave: in a snapshot an instance again, on the way to text a placeholder with
 * its name. Undefined when it is no instance.
 */
export type Build = (name: string, codec: ValueCodec, payload: unknown) => object | undefined;

/** In the text, a codec's payload stands two levels below its instance: a list of one, then the value. */
export const PAYLOAD_LEVELS = 2;

/** One step on the way to a value: a property, an element, or a text around the way so far. */
type Step = string | number | readonly [before: string, after: string];

/** As many characters of a key are named in a path: enough to find it. */
const KEY_SHOWN = 40;

/**
 * Copies values deeply, so that what is recorded does not change with the object that it came from. References to one
 * object stay references to one copy, cycles too, in all that one copier copies.
 */
export class Copier {
  readonly #codecs: Codecs;
  readonly #build: Build;
  readonly #copies = new Map<object, object>();
  /** Instances whose encoding has begun. One that is met again before it has a copy holds itself: it could not be decoded. */
  readonly #open = new Set<object>();
  #path: Step[] = [];

  constructor(codecs: Codecs, build: Build) {
    this.#codecs = codecs;
    this.#build = build;
  }

  /**
   * Copies the value of a session key.
   * @throws {SessionValueError} code `value`, when something in it cannot be kept.
   */
  copy(key: string, value: unknown): unknown {
    this.#path = [key];
    try {
      return this.#any(value, 1);
    } catch (error) {
      if (error instanceof SessionValueError) throw error;
      const thrown = error instanceof Error ? classNameOf(error) : typeof error;
      return this.#refuse(`could not be read: its getter or its codec threw (${thrown})`, "Correct that code.");
    }
  }

  #any(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case "number":
        return Number.isFinite(value) ? value : this.#refuse(`is ${value}`, "Store a finite number or null.");
      case "function":
        return this.#refuse("is a function", "Store data, not code.");
      case "symbol":
        return this.#refuse("is a symbol", "Store a string.");
      case "object":
        return value === null ? null : (this.#copies.get(value) ?? this.#object(value, depth));
      default:
        return value;
    }
  }

  #object(value: object, depth: number): unknown {
    if (depth > MAX_DEPTH) {
      this.#refuse(`is nested more than ${MAX_DEPTH} levels deep`, "Store a flatter structure.");
    }
    if (Array.isArray(value) && classNameOf(value) === "Array") return this.#array(value, depth);
    if (isPlainObject(value)) return this.#plain(value, depth);
    for (const [name, codec] of this.#codecs) {
      if (codec.is(value)) return this.#instance(name, codec, value, depth);
    }
    const name = builtInName(value);
    if (name === undefined) return this.#refuse(...describe(value));
    if (name !== "URL" && !ArrayBuffer.isView(value) && Object.keys(value).length > 0) {
      this.#refuse(`is a ${name} with properties of its own`, "Store them beside it, in a plain object.");
    }
    if (name === "Map") return this.#map(value as Map<unknown, unknown>, depth);
    if (name === "Set") return this.#set(value as Set<unknown>, depth);
    const copy = copyBuiltIn(name, value);
    this.#copies.set(value, copy);
    return copy;
  }

  #array(value: readonly unknown[], depth: number): unknown[] {
    const copy: unknown[] = [];
    this.#copies.set(value, copy);
    for (let index = 0; index < value.length; index++) {
      if (!Object.hasOwn(value, index)) {
        this.#refuse(`is a sparse array, with nothing at ${index}`, "Fill the holes with null or undefined.");
      }
      copy.push(this.#step(index, value[index], depth));
    }
    if (Object.keys(value).length > value.length) {
      this.#refuse("is an array with properties that are not elements", "Store a plain object.");
    }
    return copy;
  }

  #plain(value: object, depth: number): object {
    const copy: Record<string, unknown> = Object.getPrototypeOf(value) === null ? Object.create(null) : {};
    this.#copies.set(value, copy);
    for (const symbol of Object.getOwnPropertySymbols(value)) {
      if (Object.prototype.propertyIsEnumerable.call(value, symbol)) {
        this.#refuse("has a symbol as a key", "Use strings as keys.");
      }
    }
    for (const key of Object.keys(value)) {
      if (key === "__proto__") this.#refuse("has a key `__proto__`", "Rename it: copied, it would change a prototype.");
      copy[key] = this.#step(key, (value as Record<string, unknown>)[key], depth);
    }
    return copy;
  }

  #map(value: ReadonlyMap<unknown, unknown>, depth: number): object {
    const copy = new Map<unknown, unknown>();
    this.#copies.set(value, copy);
    let index = 0;
    for (const [key, inner] of value) {
      const copied = this.#step(["[...", `][${index}][0]`], key, depth);
      copy.set(copied, this.#step(["[...", `][${index}][1]`], inner, depth));
      index++;
    }
    return copy;
  }

  #set(value: ReadonlySet<unknown>, depth: number): object {
    const copy = new Set<unknown>();
    this.#copies.set(value, copy);
    let index = 0;
    for (const inner of value) copy.add(this.#step(["[...", `][${index++}]`], inner, depth));
    return copy;
  }

  #instance(name: string, codec: ValueCodec, value: object, depth: number): object {
    if (this.#open.has(value)) {
      this.#refuse(`is held by itself, as codec \`${name}\` encodes it`, "Leave the reference out in `encode`.");
    }
    this.#open.add(value);
    const payload = this.#step([`codecs.${name}.encode(`, ")"], codec.encode(value), depth + PAYLOAD_LEVELS - 1);
    const copy = this.#build(name, codec, payload);
    if (!copy) return this.#refuse(`is not recognised by codec \`${name}\` once decoded`, "Correct `is` or `decode`.");
    this.#copies.set(value, copy);
    return copy;
  }

  /** Copies what stands one level below `depth`. When that throws, the path stays where it was. */
  #step(step: Step, value: unknown, depth: number): unknown {
    this.#path.push(step);
    const copy = this.#any(value, depth + 1);
    this.#path.pop();
    return copy;
  }

  #refuse(what: string, advice: string): never {
    const path = formatPath(this.#path);
    throw new SessionValueError("value", `Session value \`${path}\` ${what}. ${advice} Nothing was written.`, path);
  }
}

/** What is said of an object that cannot be kept, and what to do. */
function describe(value: object): [what: string, advice: string] {
  const name = classNameOf(value).slice(0, KEY_SHOWN);
  const tag = Object.prototype.toString.call(value);
  if (typeof (value as { then?: unknown }).then === "function") return ["is a Promise", "Await it first."];
  if (/^\[object (Number|String|Boolean|BigInt|Symbol)\]$/.test(tag)) {
    return ["is a primitive in an object", "Store the primitive itself: its `valueOf()`."];
  }
  if (name === "Decimal" || tag === "[object Decimal]") {
    return ["is a Decimal without a codec", "Register `codecs: { Decimal: decimalCodec(Prisma.Decimal) }`."];
  }
  if (name === "" || name === "Object") {
    return ["is an object with a prototype of its own", "Store a plain object, or register a codec for it."];
  }
  return [
    `is an instance of the class \`${name}\`, which has no codec`,
    `Register one, \`codecs: { ${name}: … }\`, or store a plain object.`,
  ];
}

/** The path as it would be written in JavaScript: `cart[0].price`, `[...prices][2][1]` for the third value of a Map. */
function formatPath(steps: readonly Step[]): string {
  return steps.reduce<string>((path, step) => {
    if (typeof step === "number") return `${path}[${step}]`;
    if (typeof step !== "string") return step[0] + path + step[1];
    if (/^[A-Za-z_$][\w$]{0,39}$/.test(step)) return path === "" ? step : `${path}.${step}`;
    return `${path}[${JSON.stringify(step.length > KEY_SHOWN ? `${step.slice(0, KEY_SHOWN)}…` : step)}]`;
  }, "");
}
