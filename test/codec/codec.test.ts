import { isDeepStrictEqual } from "node:util";
import { Decimal } from "@prisma/client/runtime/client";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { SessionConfigError } from "../../src/errors.js";
import { assertKey, createCodec } from "../../src/codec/codec.js";
import { decimalCodec, type ValueCodec } from "../../src/codec/value-codec.js";
import { refusal } from "./codec-support.js";

class Money {
  constructor(
    readonly cents: number,
    readonly currency: string,
  ) {}
}

class Line {
  constructor(
    readonly price: Money,
    readonly at: Date,
    readonly note: unknown,
  ) {}
}

const money: ValueCodec<Money, [number, string]> = {
  is: (value) => value instanceof Money,
  encode: (value) => [value.cents, value.currency],
  decode: ([cents, currency]) => new Money(cents, currency),
};
const line: ValueCodec<Line, { price: Money; at: Date; note: unknown }> = {
  is: (value) => value instanceof Line,
  encode: ({ price, at, note }) => ({ price, at, note }),
  decode: ({ price, at, note }) => new Line(price, at, note),
};
const codec = createCodec({ Money: money, Line: line, Decimal: decimalCodec(Decimal) });

/** The value of one key, stored and read again. */
function stored(value: unknown, by = codec): unknown {
  const result = by.decode(by.encode(new Map([["value", value]])));
  if (!result.ok) throw new Error("not readable");
  return result.data.get("value");
}

const cart = {
  lines: [
    { sku: "A-1", quantity: 2, price: 19.99 },
    { sku: "B-2", quantity: 1, price: 5 },
  ],
  gift: false,
  note: null,
};

afterEach(() => {
  vi.useRealTimers();
});

describe("plain values", () => {
  test("[F3] All values are kept in one text, one byte longer than their JSON.", () => {
    const data = new Map<string, unknown>([
      ["cart", cart],
      ["theme", "dark"],
    ]);
    const text = codec.encode(data);
    expect(text).toBe(`j${JSON.stringify({ cart, theme: "dark" })}`);
    expect(codec.decode(text)).toEqual({ ok: true, data });
  });

  test("A session without values is kept as well.", () => {
    expect(codec.encode(new Map())).toBe("j{}");
    expect(codec.decode("j{}")).toEqual({ ok: true, data: new Map() });
  });

  test("Keys keep their order, also those that an object would put first.", () => {
    const data = new Map([
      ["theme", "dark"],
      ["7", "seven"],
      ["1", "one"],
    ]);
    const result = codec.decode(codec.encode(data));
    expect(result.ok && [...result.data.keys()]).toEqual(["theme", "7", "1"]);
  });

  test("Nested keys may be `constructor`, `prototype` or empty; they are only words there.", () => {
    expect(stored({ constructor: 1, prototype: 2, "": 3 })).toEqual({ constructor: 1, prototype: 2, "": 3 });
  });
});

describe("rich values", () => {
  test.each<[string, unknown]>([
    ["a Date", new Date("2024-02-29T12:34:56.789Z")],
    ["the first Date", new Date(-8.64e15)],
    [
      "a Map with objects as keys",
      new Map<unknown, unknown>([
        [{ a: 1 }, new Set([1])],
        ["x", undefined],
      ]),
    ],
    ["a Set", new Set(["a", 1, null, undefined])],
    ["a BigInt", -(2n ** 70n)],
    ["undefined in an object", { a: undefined }],
    ["undefined in an array", [undefined, 1]],
    ["minus zero", -0],
    ["a URL", new URL("https://user@example.com:8443/a%20b?q=1#f")],
    [
      "URLSearchParams",
      new URLSearchParams([
        ["a", "1"],
        ["a", "ü &"],
      ]),
    ],
    ["a RegExp", /a\/[<"]b/giu],
    ["bytes", new Uint8Array([0, 1, 254, 255])],
    ["no bytes", new Uint8Array(0)],
    ["floats with NaN", new Float64Array([Number.NaN, -0, Number.POSITIVE_INFINITY])],
    ["big integers", new BigUint64Array([2n ** 64n - 1n])],
    ["a DataView", new DataView(new Uint8Array([1, 2, 3]).buffer)],
    ["an ArrayBuffer", new Uint8Array([9, 8]).buffer],
    ["a Node Buffer, as a Buffer", Buffer.from("für")],
    ["an object without a prototype", Object.assign(Object.create(null), { toString: 1 })],
    ["a NUL character and unpaired surrogates", ["\0", "\ud800", "a\udc00b", { "\udfff\0": "\u2028" }]],
    ["a megabyte of text", "é".repeat(500_000)],
  ])("%s comes back as it was.", (_name, value) => {
    expect(isDeepStrictEqual(stored(value), value)).toBe(true);
  });

  test("An invalid Date comes back as an invalid Date.", () => {
    expect((stored(new Date(Number.NaN)) as Date).getTime()).toBeNaN();
  });

  test("[F4] A Prisma row with Decimal, Date, BigInt and Bytes stored and returned equal.", () => {
    const row = {
      id: 7n,
      price: new Decimal("12345678901234567890.12345678901234567890"),
      createdAt: new Date("2024-05-06T07:08:09.010Z"),
      bytes: new Uint8Array([0, 255, 7]),
      note: null,
      tags: ["a", "b"],
    };
    const back = stored(row) as typeof row;
    expect(isDeepStrictEqual(back, row)).toBe(true);
    expect(back.price).toBeInstanceOf(Decimal);
    expect(back.price.times(2).eq(row.price.times(2))).toBe(true);
  });

  test("[F4] Instances of own classes come back as instances, inside each other and beside built-in ones.", () => {
    const price = new Money(1999, "EUR");
    const value = { first: new Line(price, new Date(5), new Map([["x", price]])), second: price };
    const back = stored(value) as typeof value;
    expect(isDeepStrictEqual(back, value)).toBe(true);
    expect(back.first.price).toBe(back.second);
  });

  test.each([0, "", false, null, undefined])("A codec may encode to %j.", (payload) => {
    const decoded: unknown[] = [];
    const falsy: ValueCodec<Money> = {
      is: money.is,
      encode: () => payload,
      decode: (encoded) => {
        decoded.push(encoded);
        return new Money(0, "");
      },
    };
    expect(stored(new Money(1, "EUR"), createCodec({ Money: falsy }))).toEqual(new Money(0, ""));
    expect(decoded).toEqual([payload]);
  });

  test("A codec is asked before the built-in class, so that a class derived from one can be kept.", () => {
    class Day extends Date {}
    const day: ValueCodec<Day, number> = {
      is: (value) => value instanceof Day,
      encode: (value) => value.getTime(),
      decode: (time) => new Day(time),
    };
    const back = stored([new Day(5), new Date(6)], createCodec({ Day: day })) as Date[];
    expect(back.map((date) => [date.constructor.name, date.getTime()])).toEqual([
      ["Day", 5],
      ["Date", 6],
    ]);
  });

  test("[G19] A model, an object, an array, a set and a tuple persist side by side.", () => {
    const data = new Map<string, unknown>([
      ["model", new Money(5, "CHF")],
      ["object", { a: { b: 1 } }],
      ["array", [1, [2, [3]]]],
      ["set", new Set(["x", "y"])],
      ["tuple", ["id", 4, true] satisfies [string, number, boolean]],
    ]);
    const result = codec.decode(codec.encode(data));
    expect(result.ok && isDeepStrictEqual(result.data, data)).toBe(true);
  });

  test("Cycles, and one object in two places, stay what they are.", () => {
    const shared = { n: 1 };
    const value: Record<string, unknown> = { list: [shared, shared], map: new Map(), set: new Set() };
    (value.map as Map<unknown, unknown>).set(value, value.set);
    (value.set as Set<unknown>).add(value.map);
    const back = stored(value) as { list: unknown[]; map: Map<unknown, unknown>; set: Set<unknown> };
    expect(back.list[0]).toBe(back.list[1]);
    expect(back.map.get(back)).toBe(back.set);
    expect(back.set.has(back.map)).toBe(true);
  });

  test("One plain object in two places stays one object, and a plain cycle a cycle.", () => {
    const shared = { n: 1 };
    const back = stored([shared, { shared }]) as [object, { shared: object }];
    expect(back[0]).toBe(back[1].shared);
    const many = Array.from({ length: 40 }, (_, n) => ({ n }));
    expect(codec.encode(new Map([["many", many]]))).toMatch(/^j/);
    const again = stored([...many, many[39]]) as object[];
    expect(again[40]).toBe(again[39]);
    const cycle: unknown[] = [];
    cycle.push(cycle);
    const circle = stored(cycle) as unknown[];
    expect(circle[0]).toBe(circle);
  });

  test("An instance may lead back to the object that holds it.", () => {
    const owner: Record<string, unknown> = {};
    owner.line = new Line(new Money(1, "EUR"), new Date(0), owner);
    const back = stored(owner) as { line: Line };
    expect(back.line.note).toBe(back);
  });

  test("A view on a pool is kept with the bytes that it shows, and none of the others.", () => {
    const pool = new TextEncoder().encode("secretVISIBLEsecret");
    const text = codec.encode(new Map([["bytes", pool.subarray(6, 13)]]));
    expect(text).toContain(Buffer.from("VISIBLE").toString("base64"));
    expect(Buffer.from(text.match(/"ArrayBuffer","([^"]*)"/)?.[1] ?? "", "base64").toString()).toBe("VISIBLE");
    expect(codec.decode(text)).toEqual({ ok: true, data: new Map([["bytes", new TextEncoder().encode("VISIBLE")]]) });
  });

  test("A Date made under a faked clock is a Date, while it is faked and afterwards.", () => {
    vi.useFakeTimers({ now: 1234 });
    const date = new Date();
    expect((stored({ date }) as { date: Date }).date.getTime()).toBe(1234);
    vi.useRealTimers();
    expect((stored({ date }) as { date: Date }).date.getTime()).toBe(1234);
  });
});

describe("any value", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  );
  const nestedKey = text.filter((text) => text !== "__proto__");
  const { value } = fc.letrec<{ value: unknown; leaf: unknown }>((tie) => ({
    leaf: fc.oneof(
      text,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constantFrom(null, undefined),
      fc.bigInt(),
      fc.date({ noInvalidDate: true }),
      fc.webUrl().map((url) => new URL(url)),
      fc.uint8Array(),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.float32Array(),
      fc.bigInt64Array(),
      fc.integer().map((cents) => new Money(cents, "EUR")),
      fc.double().map((number) => new Decimal(number)),
    ),
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      tie("leaf"),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(nestedKey, tie("value"), { maxKeys: 4, noNullPrototype: false }),
      fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 3 }).map((entries) => new Map(entries)),
      fc.array(tie("value"), { maxLength: 4 }).map((items) => new Set(items)),
      fc
        .tuple(tie("value"), fc.date({ noInvalidDate: true }))
        .map(([note, at]) => new Line(new Money(1, "EUR"), at, note)),
    ),
  }));
  const key = text.filter((text) => !["", "__proto__", "constructor", "prototype"].includes(text));
  const data = fc.array(fc.tuple(key, value), { maxLength: 5 }).map((entries) => new Map(entries));

  test("comes back equal and in order, and encodes to the same bytes again.", () => {
    fc.assert(
      fc.property(data, (data) => {
        const text = codec.encode(data);
        const result = codec.decode(text);
        if (!result.ok) return false;
        expect([...result.data.keys()]).toEqual([...data.keys()]);
        expect(codec.encode(result.data)).toBe(text);
        return isDeepStrictEqual(result.data, data);
      }),
      { numRuns: 1000 },
    );
  });

  test("makes a text that a PostgreSQL TEXT column and UTF-8 keep.", () => {
    fc.assert(
      fc.property(data, (data) => {
        const text = codec.encode(data);
        return !text.includes("\0") && !text.includes("\n") && Buffer.from(text).toString() === text;
      }),
    );
  });
});

describe("decimalCodec", () => {
  test.each(["1.10", "-0", "0", "1e500", "1e-500", `0.${"123456789".repeat(20)}`, "Infinity", "-Infinity", "NaN"])(
    "keeps %s exactly.",
    (text) => {
      const back = stored(new Decimal(text)) as Decimal;
      expect(isDeepStrictEqual(back, new Decimal(text))).toBe(true);
      expect(back.isNegative()).toBe(text.startsWith("-"));
    },
  );

  test("recognises instances that another copy of the class made.", () => {
    const Other = Decimal.clone({ precision: 5 });
    class Separate {
      readonly [Symbol.toStringTag] = "Decimal";
      constructor(readonly text: string) {}
      valueOf() {
        return this.text;
      }
    }
    expect(stored([new Other("1.5"), new Separate("2.5")])).toEqual([new Decimal("1.5"), new Decimal("2.5")]);
  });
});

test("decimalCodec keeps other decimal classes that are built from their own text.", () => {
  class Big {
    constructor(readonly text: string) {}
    valueOf() {
      return this.text;
    }
  }
  const back = stored([new Big("1.50")], createCodec({ Big: decimalCodec(Big) }));
  expect(back).toStrictEqual([new Big("1.50")]);
});

describe("keys", () => {
  test.each(["__proto__", "constructor", "prototype", ""])("%j is refused by assertKey and by encode.", (key) => {
    expect(refusal(() => assertKey(key))).toMatchObject({ code: "key", path: key });
    expect(refusal(() => codec.encode(new Map([[key, 1]])))).toMatchObject({ code: "key", path: key });
    expect(
      refusal(() =>
        codec.encode(
          new Map<string, unknown>([
            ["1", 1n],
            [key, 1],
          ]),
        ),
      ),
    ).toMatchObject({ code: "key" });
  });

  test.each([
    [1, "number"],
    [null, "null"],
    [undefined, "undefined"],
    [Symbol("secret"), "symbol"],
    [{}, "object"],
  ])("What is no string is refused, saying what it is.", (key, kind) => {
    const error = refusal(() => assertKey(key));
    expect(error).toMatchObject({ code: "key", path: undefined });
    expect(error.message).toContain(`not ${kind}.`);
  });

  test.each(["cart", " ", "toString", "ключ", "a.b", "1"])("%j is accepted.", (key) => {
    expect(() => assertKey(key)).not.toThrow();
  });
});

describe("codecs that are refused", () => {
  test.each<[string, Readonly<Record<string, ValueCodec>>]>([
    ["codecs.Date", { Date: money as ValueCodec }],
    ["codecs.null", { null: money as ValueCodec }],
    ["codecs.Temporal.Instant", { "Temporal.Instant": money as ValueCodec }],
    ['codecs.a"b', { 'a"b': money as ValueCodec }],
    ["codecs.", { "": money as ValueCodec }],
    ["codecs.constructor", { constructor: money as ValueCodec }],
    ["codecs.Money", { Money: { ...money, decode: undefined } as unknown as ValueCodec }],
    ["codecs.Money", { Money: null as unknown as ValueCodec }],
  ])("%s", (option, codecs) => {
    expect(() => createCodec(codecs)).toThrow(SessionConfigError);
    expect(() => createCodec(codecs)).toThrow(expect.objectContaining({ code: "config", option }));
  });
});
