import { runInNewContext } from "node:vm";
import { Decimal } from "@prisma/client/runtime/client";
import { stringify } from "devalue";
import { describe, expect, test } from "vitest";
import { createCodec } from "../../src/codec/codec.js";
import type { ValueCodec } from "../../src/codec/value-codec.js";
import { nested, refusal } from "./codec-support.js";

/** Stands in values; no message may contain it. */
const SECRET = "canary-5e1f";

class Foo {
  readonly secret = SECRET;
}
class Stack extends Array {}
class Day extends Date {}
class Pair {
  constructor(readonly other: unknown) {}
}
const pair: ValueCodec<Pair> = {
  is: (value) => value instanceof Pair,
  encode: ({ other }) => ({ other }),
  decode: (encoded) => new Pair((encoded as { other: unknown }).other),
};
const codec = createCodec({ Pair: pair as ValueCodec });

function withExtra<T extends object>(value: T): T {
  return Object.assign(value, { extra: SECRET });
}

const selfish = new Pair(undefined);
Object.assign(selfish, { other: [selfish] });

describe("What cannot be kept is an error with its path, from encode and from snapshot alike:", () => {
  test.each<[what: string, path: string, value: unknown, words: string[]]>([
    ["a function", "cart[0].price", [{ price: () => SECRET }], ["is a function"]],
    ["a symbol", "cart.a", { a: Symbol(SECRET) }, ["is a symbol"]],
    ["a symbol as a key", "cart.a", { a: { [Symbol(SECRET)]: SECRET } }, ["has a symbol as a key"]],
    ["NaN", "cart.total", { total: Number.NaN }, ["is NaN"]],
    ["Infinity", "cart[1]", [0, Number.POSITIVE_INFINITY], ["is Infinity"]],
    ["minus Infinity", "cart", Number.NEGATIVE_INFINITY, ["is -Infinity"]],
    ["an instance of an own class", "cart.foo", { foo: new Foo() }, ["class `Foo`", "`codecs: { Foo: … }`"]],
    ["an instance without a class", "cart", Object.create({ secret: SECRET }), ["prototype of its own"]],
    ["an error", "cart", new TypeError(SECRET), ["class `TypeError`"]],
    ["an array of an own class", "cart.stack", { stack: Stack.from([SECRET]) }, ["class `Stack`"]],
    ["a date of an own class", "cart", new Day(), ["class `Day`"]],
    ["what only looks like a Date", "cart", Object.setPrototypeOf({}, Date.prototype), ["class `Date`"]],
    ["a promise", "cart.items", { items: Promise.resolve(SECRET) }, ["is a Promise", "Await it"]],
    ["a boxed string", "cart", Object(SECRET), ["primitive in an object", "valueOf()"]],
    ["a WeakMap", "cart", new WeakMap(), ["class `WeakMap`"]],
    ["a Decimal without a codec", "cart.price", { price: new Decimal(1) }, ["decimalCodec(Prisma.Decimal)"]],
    ["an array with a hole", "cart.list", { list: Object.assign([], { 0: 1, 2: 3 }) }, ["sparse", "nothing at 1"]],
    ["an array with a distant element", "cart", Object.assign([], { 4e9: 1 }), ["sparse", "nothing at 0"]],
    ["an array with a property", "cart", withExtra([1n]), ["not elements"]],
    ["a Map with a property", "cart", withExtra(new Map()), ["Map with properties of its own"]],
    ["a Date with a property", "cart", withExtra(new Date()), ["Date with properties of its own"]],
    ["a key `__proto__`", "cart.a", { a: JSON.parse('{"__proto__":1}') }, ["`__proto__`"]],
    [
      "the value of a Map",
      "[...cart][1][1].f",
      new Map<string, unknown>([
        [SECRET, 1],
        ["b", { f() {} }],
      ]),
      ["function"],
    ],
    ["the key of a Map", "[...cart.m][0][0]", { m: new Map([[() => 1, SECRET]]) }, ["is a function"]],
    ["an element of a Set", "[...cart][2]", new Set<unknown>([SECRET, 2, Symbol()]), ["is a symbol"]],
    ["what a codec makes", "codecs.Pair.encode(cart[0]).other", [new Pair(() => 1)], ["is a function"]],
    ["an instance that holds itself", "codecs.Pair.encode(cart).other[0]", selfish, ["held by itself", "codec `Pair`"]],
    [
      "a getter that throws",
      "cart",
      {
        get a() {
          throw new RangeError(SECRET);
        },
      },
      ["could not be read", "(RangeError)"],
    ],
    ["a key that is no name", 'cart["a b"]["ü"]', { "a b": { ü: Symbol() } }, ["is a symbol"]],
    ["a long key", `cart["${"k".repeat(40)}…"]`, { ["k".repeat(1000)]: Symbol() }, ["is a symbol"]],
  ])("%s", (what, path, value, words) => {
    const recorded = refusal(() => codec.snapshot(value, "cart"));
    expect(recorded).toMatchObject({ code: "value", path });
    for (const word of [`\`${path}\``, "Nothing was written.", ...words]) expect(recorded.message).toContain(word);
    expect(JSON.stringify([recorded.message, recorded.stack, recorded.path, recorded.cause])).not.toContain(SECRET);
    // A snapshot has neither symbols as keys nor getters, so encode does not look for them on the quick path.
    if (what === "a symbol as a key" || what === "a getter that throws") return;
    expect(refusal(() => codec.encode(new Map([["cart", value]])))).toMatchObject({ code: "value", path });
  });

  test("a codec that throws", () => {
    const failing: ValueCodec = {
      is: (value): value is unknown => value instanceof Foo,
      encode: () => {
        throw new EvalError(SECRET);
      },
      decode: () => new Foo(),
    };
    const error = refusal(() => createCodec({ Foo: failing }).snapshot([new Foo()], "cart"));
    expect(error).toMatchObject({ code: "value", path: "cart[0]" });
    expect(error.cause).toBeUndefined();
    expect(error.message).toContain("(EvalError)");
    expect(error.message).not.toContain(SECRET);
  });

  test("a codec that does not recognise what it decoded", () => {
    const lossy = { ...pair, decode: () => ({}) } as ValueCodec;
    const error = refusal(() => createCodec({ Pair: lossy }).snapshot([new Pair(1)], "cart"));
    expect(error).toMatchObject({ code: "value", path: "cart[0]" });
    expect(error.message).toContain("codec `Pair`");
  });

  test("a key that is no name as the session's key", () => {
    expect(refusal(() => codec.snapshot([Symbol()], "my cart")).path).toBe('["my cart"][0]');
  });
});

describe("depth", () => {
  /** Devalue's text of a value under a key, however deep. */
  const richText = (value: unknown) => `d${stringify(new Map([["deep", value]]))}`;

  test("Values are kept down to 100 levels, and refused one level below.", () => {
    expect(codec.decode(codec.encode(new Map([["deep", nested(100)]]))).ok).toBe(true);
    const rich = nested(100) as unknown[];
    let innermost = rich;
    while (innermost.length > 0) innermost = innermost[0] as unknown[];
    innermost.push(1n);
    expect(codec.encode(new Map([["deep", rich]]))).toBe(richText(rich));
    expect(codec.decode(richText(rich)).ok).toBe(true);
    expect(codec.decode(richText([rich])).ok).toBe(false);
    expect(codec.decode(`j${JSON.stringify({ deep: nested(101) })}`).ok).toBe(false);
    const error = refusal(() => codec.encode(new Map([["deep", nested(101)]])));
    expect(error).toMatchObject({ code: "value", path: `deep${"[0]".repeat(100)}` });
    expect(error.message).toContain("more than 100 levels");
  });

  test.each<[string, (value: unknown) => unknown]>([
    ["arrays", (value) => [value]],
    ["objects", (value) => ({ value })],
    ["Maps", (value) => new Map([[1, value]])],
    ["keys of Maps", (value) => new Map([[value, 1]])],
    ["Sets", (value) => new Set([value])],
    ["instances", (value) => new Pair(value)],
  ])("10,000 %s in each other are refused, by encode and by snapshot.", (_what, wrap) => {
    let value: unknown = 1;
    for (let level = 0; level < 10_000; level++) value = wrap(value);
    expect(refusal(() => codec.encode(new Map([["deep", value]])))).toMatchObject({ code: "value" });
    expect(refusal(() => codec.snapshot(value, "deep"))).toMatchObject({ code: "value" });
  });

  test("What a codec makes of an instance counts two levels, and what was encoded can be read.", () => {
    const within = (levels: number, value: unknown) => {
      let outer = value;
      for (let level = 0; level < levels; level++) outer = [outer];
      return new Map([["a", outer]]);
    };
    expect(codec.decode(codec.encode(within(97, new Pair(1)))).ok).toBe(true);
    expect(refusal(() => codec.encode(within(98, new Pair(1))))).toMatchObject({ code: "value" });
    expect(refusal(() => codec.encode(within(100, new Pair(1))))).toMatchObject({
      code: "value",
      path: `a${"[0]".repeat(100)}`,
    });
  });
});

test("Objects of another realm are plain objects here.", () => {
  const foreign = runInNewContext(
    "({ a: [1, { b: new Date(5), m: new Map([[1, new Set([2])]]) }], u: new Uint8Array([7]) })",
  );
  const copy = codec.snapshot(foreign, "foreign");
  expect(copy).toStrictEqual({ a: [1, { b: new Date(5), m: new Map([[1, new Set([2])]]) }], u: new Uint8Array([7]) });
});
