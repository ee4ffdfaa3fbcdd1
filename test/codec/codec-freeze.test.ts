import { expect, test } from "vitest";
import { createCodec } from "../../src/codec/codec.js";
import { freezeDeep } from "../../src/codec/freeze.js";

const readOnly = expect.objectContaining({ name: "SessionError", code: "read-only" });

test("Plain objects and arrays are frozen through and through, and returned as they are.", () => {
  const value = { cart: [{ price: 1 }], none: null };
  expect(freezeDeep(value)).toBe(value);
  expect(() => value.cart.push({ price: 2 })).toThrow(TypeError);
  expect(() => {
    value.cart[0]!.price = 3;
  }).toThrow(TypeError);
  expect(value).toEqual({ cart: [{ price: 1 }], none: null });
});

test.each<[string, object, (value: never) => unknown]>([
  ["Map.set", new Map([[1, 2]]), (map: Map<number, number>) => map.set(1, 3)],
  ["Map.delete", new Map([[1, 2]]), (map: Map<number, number>) => map.delete(1)],
  ["Map.clear", new Map([[1, 2]]), (map: Map<number, number>) => map.clear()],
  ["Set.add", new Set([1]), (set: Set<number>) => set.add(2)],
  ["Set.delete", new Set([1]), (set: Set<number>) => set.delete(1)],
  ["Set.clear", new Set([1]), (set: Set<number>) => set.clear()],
  ["Date.setFullYear", new Date(0), (date: Date) => date.setFullYear(2000)],
  ["Date.setUTCHours", new Date(0), (date: Date) => date.setUTCHours(1)],
  ["Date.setTime", new Date(0), (date: Date) => date.setTime(1)],
  ["URL.host", new URL("https://a/"), (url: URL) => Object.assign(url, { host: "b" })],
  ["URL.href", new URL("https://a/"), (url: URL) => Object.assign(url, { href: "https://b/" })],
  ["URL.searchParams", new URL("https://a/"), (url: URL) => url.searchParams.set("q", "1")],
  ["URLSearchParams.append", new URLSearchParams(), (parameters: URLSearchParams) => parameters.append("q", "1")],
])("%s throws and changes nothing.", (_what, value, change) => {
  const text = createCodec().encode(new Map([["value", value]]));
  const holder = freezeDeep(new Map([["deep", [value]]]));
  expect(() => change(value as never)).toThrow(readOnly);
  expect(createCodec().encode(new Map([["value", holder.get("deep")?.[0]]]))).toBe(text);
});

test("No setter of Date is left out.", () => {
  const date = freezeDeep(new Date(0));
  const setters = Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith("set"));
  expect(setters.length).toBeGreaterThan(14);
  for (const name of setters) {
    expect(() => (date as unknown as Record<string, (part: number) => void>)[name]!(1)).toThrow(readOnly);
  }
});

test("Keys of a Map and elements of a Set are frozen too.", () => {
  const key = { a: 1 };
  const element = [1];
  freezeDeep([new Map([[key, 1]]), new Set([element])]);
  expect([Object.isFrozen(key), Object.isFrozen(element)]).toEqual([true, true]);
});

test("Frozen values are read, compared, cloned and printed as before.", () => {
  const make = () => ({ map: new Map([[1, new Set(["a"])]]), at: new Date(5), url: new URL("https://a/b?c=d#e") });
  const value = freezeDeep(make());
  expect(value).toStrictEqual(make());
  expect(structuredClone({ map: value.map, at: value.at })).toEqual({ map: make().map, at: make().at });
  expect([value.url.href, value.url.searchParams.get("c"), Object.keys(value.map)]).toEqual([
    "https://a/b?c=d#e",
    "d",
    [],
  ]);
});

test("Cycles and 100,000 levels are no obstacle.", () => {
  const value: { self?: unknown; deep: unknown } = { deep: [] };
  for (let level = 0; level < 100_000; level++) value.deep = [value.deep];
  value.self = value;
  const deep = value.deep as unknown[];
  freezeDeep(value);
  expect([Object.isFrozen(value), Object.isFrozen(deep[0])]).toEqual([true, true]);
});

test("Typed arrays and instances of own classes are left as they are.", () => {
  class Counter {
    count = 0;
  }
  const value = freezeDeep({ bytes: new Uint8Array(1), counter: new Counter() });
  value.bytes[0] = 7;
  value.counter.count++;
  expect([value.bytes[0], value.counter.count]).toEqual([7, 1]);
});
