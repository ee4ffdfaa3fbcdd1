import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { createCodec } from "../../src/codec/codec.js";
import type { ValueCodec } from "../../src/codec/value-codec.js";

class Point {
  constructor(readonly at: unknown) {}
}
const point: ValueCodec<Point> = {
  is: (value) => value instanceof Point,
  encode: ({ at }) => at,
  decode: (at) => new Point(at),
};
const codec = createCodec({ Point: point as ValueCodec });

const PROTOTYPES = [
  Object.prototype,
  Array.prototype,
  Map.prototype,
  Set.prototype,
  Function.prototype,
  Point.prototype,
];
const fingerprint = () => PROTOTYPES.map((prototype) => Reflect.ownKeys(prototype).map(String).join());
const untouched = fingerprint();

afterEach(() => {
  expect(fingerprint()).toEqual(untouched);
});

describe("A text that encode does not write is not ok, and nothing else:", () => {
  test.each<[string, string]>([
    ["empty", ""],
    ["only a prefix", "j"],
    ["only the other prefix", "d"],
    ["another prefix", 'x{"a":1}'],
    ["no prefix", '{"a":1}'],
    ["cut off", 'j{"a":1'],
    ["more after it", 'j{"a":1}}'],
    ["a string", 'j"a"'],
    ["a number", "j1"],
    ["null", "jnull"],
    ["an array", "j[1]"],
    ["a key __proto__", 'j{"__proto__":{"polluted":1}}'],
    ["a key __proto__, escaped", 'j{"\\u005f_proto__":{"polluted":1}}'],
    ["a nested key __proto__", 'j{"a":[{"__proto__":{"polluted":1}}]}'],
    ["a key constructor", 'j{"constructor":{"prototype":{"polluted":1}}}'],
    ["a key prototype", 'j{"prototype":1}'],
    ["an empty key", 'j{"":1}'],
    ["a number out of range", 'j{"a":1e999}'],
    ["a pickle", "(dp0\nS'a'\np1\nI1\ns."],
    ["rich: a number", "d-1"],
    ["rich: an empty list", "d[]"],
    ["rich: an object", 'd{"a":1}'],
    ["rich: an object at the root", 'd[{"a":1},2]'],
    ["rich: an array at the root", "d[[1],2]"],
    ["rich: a Set at the root", 'd[["Set",1],"a"]'],
    ["rich: a Map of an odd count", 'd[["Map",1],"a"]'],
    ["rich: a key that is no string", 'd[["Map",1,2],5,6]'],
    ["rich: a key __proto__", 'd[["Map",1,2],"__proto__",1]'],
    ["rich: a key constructor", 'd[["Map",1,2],"constructor",1]'],
    ["rich: an empty key", 'd[["Map",1,2],"",1]'],
    ["rich: a nested __proto__", 'd[["Map",1,2],"a",{"__proto__":3},{"polluted":4},1]'],
    ["rich: a nested __proto__ without prototype", 'd[["Map",1,2],"a",["null","__proto__",3],1]'],
    ["rich: a place out of range", 'd[["Map",1,99],"a"]'],
    ["rich: a negative place", 'd[["Map",1,-99],"a"]'],
    ["rich: a place between", 'd[["Map",1,1.5],"a"]'],
    ["rich: a place as text", 'd[["Map",1,"length"],"a"]'],
    ["rich: a number out of range", 'd[["Map",1,2],"a",1e999]'],
    ["rich: a Buffer of text", 'd[["Map",1,2],"a",["Buffer",1]]'],
    ["rich: a Buffer of a list", 'd[["Map",1,2],"a",["Buffer",3],[4],7]'],
    ["rich: NaN", 'd[["Map",1,-3],"a"]'],
    ["rich: Infinity", 'd[["Map",1,-4],"a"]'],
    ["rich: a hole", 'd[["Map",1,2],"a",[-2,1]]'],
    ["rich: an array of four billion", 'd[["Map",1,2],"a",[-7,4294967295]]'],
    ["rich: a boxed value", 'd[["Map",1,2],"a",["Object",1]]'],
    ["rich: a wrong URL", 'd[["Map",1,2],"a",["URL","no url"]]'],
    ["rich: a wrong RegExp", 'd[["Map",1,2],"a",["RegExp","("]]'],
    ["rich: a wrong BigInt", 'd[["Map",1,2],"a",["BigInt","1.5"]]'],
    ["rich: bytes of no buffer", 'd[["Map",1,2],"a",["Uint8Array",1]]'],
    ["rich: bytes of a length", 'd[["Map",1,2],"a",["Uint8Array",3],1000000000]'],
    ["rich: bytes of themselves", 'd[["Map",1,2],"a",["Uint8Array",2]]'],
    ["rich: half a float", 'd[["Map",1,2],"a",["Float64Array",3],["ArrayBuffer","AAAA"]]'],
    ["rich: a value that holds all values", 'd[["Map",1,2],"a",[0]]'],
    ["rich: an instance of all values", 'd[["Map",1,2],"a",["Point",3],[0]]'],
    ["rich: an instance of itself", 'd[["Map",1,2],"a",["Point",3],[2]]'],
    ["rich: an instance of no list", 'd[["Map",1,2],"a",["Point",3],5]'],
    ["rich: an instance of text", 'd[["Map",1,2],"a",["Point","x"]]'],
  ])("%s", (_what, text) => {
    expect(codec.decode(text)).toEqual({ ok: false });
  });

  test.each([null, undefined, 5, {}, ["j{}"]])("not even a text: %j", (text) => {
    expect(codec.decode(text as string)).toEqual({ ok: false });
  });
});

test.each(["Function", "eval", "Promise", "Proxy", "Error", "Foo", "constructor", "__proto__", "toString", "Mark"])(
  "[W2] Nothing executable is decoded: a tag `%s` that nobody registered is not ok.",
  (tag) => {
    expect(codec.decode(`d[["Map",1,2],"a",["${tag}",3],["globalThis.polluted = 1"]]`)).toEqual({ ok: false });
    expect(codec.decode(`d[["Map",1,2],"a",["${tag}","globalThis.polluted = 1"]]`)).toEqual({ ok: false });
  },
);

test("[W2] What looks like code, like a promise or like a replacer comes back as data.", () => {
  const text = 'j{"a":{"then":"alert(1)","toJSON":"x","constructor":{"prototype":{"polluted":1}}}}';
  const result = codec.decode(text);
  expect(result.ok && codec.encode(result.data)).toBe(text);
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});

describe("A text 10,000 levels deep is not ok:", () => {
  const levels = 10_000;
  const chain = (node: (next: number) => unknown) =>
    `d${JSON.stringify([["Map", 1, 2], "a", ...Array.from({ length: levels }, (_, index) => node(index + 3)), 1])}`;
  test.each<[string, string]>([
    ["arrays", `j{"a":${"[".repeat(levels)}${"]".repeat(levels)}}`],
    ["objects", `j${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`],
    ["never closed", `j${"[".repeat(levels)}`],
    ["JSON before devalue", `d${"[".repeat(levels)}${"]".repeat(levels)}`],
    ["rich arrays", chain((next) => [next])],
    ["rich objects", chain((next) => ({ a: next }))],
    ["objects without prototype", chain((next) => ["null", "a", next])],
    ["Sets", chain((next) => ["Set", next])],
    ["Maps", chain((next) => ["Map", 1, next])],
    ["keys of Maps", chain((next) => ["Map", next, 1])],
    ["instances", chain((next) => (next % 2 ? ["Point", next] : [next]))],
  ])("%s", (_what, text) => {
    expect(codec.decode(text)).toEqual({ ok: false });
  });
});

test("An instance one level too deep is not ok, also with nothing in it.", () => {
  /** What encode writes of a point within so many arrays. */
  const text = (levels: number) => {
    const arrays = Array.from({ length: levels }, (_, at) => `[${at + 3}]`);
    return `d[["Map",1,2],"a",${[...arrays, `["Point",${levels + 3}]`, `[${levels + 4}]`, "1"].join()}]`;
  };
  expect(codec.decode(text(2))).toEqual({ ok: true, data: new Map([["a", [[new Point(1)]]]]) });
  expect(codec.decode(text(99)).ok).toBe(true);
  expect(codec.decode(text(100))).toEqual({ ok: false });
});

describe("any text", () => {
  /** Never throws; and what is ok can be kept again, so it is something that encode writes. */
  function holds(text: string): boolean {
    const result = codec.decode(text);
    if (!result.ok) return true;
    const again = codec.decode(codec.encode(result.data));
    return again.ok && again.data.size === result.data.size;
  }
  const prefix = fc.constantFrom("j", "d", "z", "");
  const word = fc.constantFrom("a", "__proto__", "constructor", "prototype", "", "toString", "then", "toJSON");

  test("of chance is ok or not ok.", () => {
    fc.assert(fc.property(prefix, fc.string({ unit: "binary" }), (start, rest) => holds(start + rest)));
  });

  test("of JSON is ok or not ok.", () => {
    const json = fc.jsonValue().map((value) => JSON.stringify(value));
    const words = fc.dictionary(word, fc.jsonValue()).map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(prefix, fc.oneof(json, words), (start, rest) => holds(start + rest)),
      { numRuns: 1000 },
    );
  });

  test("in devalue's form is ok or not ok.", () => {
    const place = fc.integer({ min: -8, max: 8 });
    const tag = fc.constantFrom(
      ...["Date", "URL", "RegExp", "BigInt", "ArrayBuffer", "Uint8Array", "Float64Array", "DataView", "Buffer"],
      ...["Map", "Set", "Object", "null", "Point", "Nobody", "Temporal.Instant", "__proto__"],
    );
    const part = fc.oneof(place, place, word, fc.constantFrom("AAAAAAAAAAA=", "5", "g", "https://a/"));
    const node = fc.oneof(
      word,
      fc.double(),
      fc.constantFrom(null, true),
      fc.array(place, { maxLength: 4 }),
      fc.dictionary(word, place, { maxKeys: 3 }),
      fc.tuple(tag, fc.array(part, { maxLength: 4 })).map(([tag, parts]) => [tag, ...parts]),
    );
    const nodes = fc
      .array(node, { minLength: 1, maxLength: 9 })
      .map((nodes) => `d${JSON.stringify([["Map", 1, 2], "a", ...nodes])}`);
    let [tried, readable] = [0, 0];
    const counted = (text: string) => {
      tried++;
      if (codec.decode(text).ok) readable++;
      return holds(text);
    };
    fc.assert(fc.property(nodes, counted), { numRuns: 20_000 });
    // Not all of it is refused at once.
    expect(readable / tried).toBeGreaterThan(0.05);
  });

  test("with one character changed, or cut, is ok or not ok.", () => {
    const shared = [new Map<unknown, unknown>([[1, new Point(undefined)]]), -0, 5n];
    const texts = [
      new Map<string, unknown>([["cart", [{ sku: "a", price: 5 }]]]),
      new Map<string, unknown>([
        ["a", { shared, again: shared, bytes: new Uint8Array(9), at: new Date(5), url: new URL("a:b") }],
      ]),
    ].map((data) => codec.encode(data));
    for (const text of texts) {
      for (let at = 0; at < text.length; at++) {
        expect(holds(text.slice(0, at))).toBe(true);
        for (const other of '0-9,[]{}":\\ aM') expect(holds(text.slice(0, at) + other + text.slice(at + 1))).toBe(true);
      }
    }
  });
});
