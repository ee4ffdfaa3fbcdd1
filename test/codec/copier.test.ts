import { expect, test } from "vitest";
import { createCodec } from "../../src/codec/codec.js";
import type { ValueCodec } from "../../src/codec/value-codec.js";
import { freezeDeep } from "../../src/codec/freeze.js";

class Tag {
  constructor(public names: string[]) {}
}
const tag: ValueCodec<Tag, string[]> = {
  is: (value) => value instanceof Tag,
  encode: (value) => value.names,
  decode: (names) => new Tag(names),
};
const codec = createCodec({ Tag: tag as ValueCodec });

function rich() {
  const shared = { n: 1 };
  return {
    list: [shared, shared, undefined, -0],
    at: new Date(5),
    map: new Map<unknown, unknown>([["k", new Set([1n])]]),
    bytes: new Uint8Array([1, 2, 3]),
    node: Buffer.from([4, 5]),
    url: new URL("https://a.example/?q=1"),
    tag: new Tag(["a"]),
    dictionary: Object.assign(Object.create(null), { x: /y/g }),
  };
}

test("A snapshot is equal to the value, and no later edit of the value reaches it.", () => {
  const value = rich();
  const copy = codec.snapshot(value, "value");
  expect(copy).toStrictEqual(rich());
  value.list.push(1);
  (value.list[0] as { n: number }).n = 2;
  value.at.setTime(6);
  value.map.clear();
  value.bytes[0] = 9;
  value.node[0] = 9;
  value.url.searchParams.set("q", "2");
  value.tag.names.push("b");
  value.dictionary.x = 0;
  expect(copy).toStrictEqual(rich());
});

test("A snapshot encodes to the same text as its value, plain or rich.", () => {
  for (const value of [rich(), { a: [1, "b", null] }, "text", 0, null, undefined, 5n]) {
    const text = codec.encode(new Map([["value", value]]));
    expect(codec.encode(new Map([["value", codec.snapshot(value, "value")]]))).toBe(text);
  }
});

test("One object in two places is one object in the snapshot, and a cycle a cycle.", () => {
  const value: { self?: unknown; list: unknown[] } = { list: [] };
  value.self = value;
  value.list.push(value.list, value);
  const copy = codec.snapshot(value, "value");
  expect(copy).not.toBe(value);
  expect(copy.self).toBe(copy);
  expect(copy.list).not.toBe(value.list);
  expect(copy.list[0]).toBe(copy.list);
  expect(copy.list[1]).toBe(copy);
});

test("A view on a pool gets a buffer of its own, with the bytes that it shows.", () => {
  const pool = new Uint8Array([1, 2, 3, 4]);
  const copy = codec.snapshot(pool.subarray(1, 3), "bytes");
  expect([...copy]).toEqual([2, 3]);
  expect(copy.buffer.byteLength).toBe(2);
  expect(codec.snapshot(Buffer.from("abc"), "bytes").buffer.byteLength).toBe(3);
});

test("A frozen value can be recorded again, and its snapshot is not frozen.", () => {
  const copy = codec.snapshot(freezeDeep(rich()), "value");
  expect(copy).toStrictEqual(rich());
  copy.list.push(2);
  copy.map.set("x", 1);
  copy.at.setTime(7);
  copy.url.host = "b.example";
  expect([copy.list.length, copy.map.size, copy.at.getTime(), copy.url.host]).toEqual([5, 2, 7, "b.example"]);
});

test("A getter is read once: the snapshot holds what it gave.", () => {
  let reads = 0;
  const copy = codec.snapshot(
    {
      get count() {
        return ++reads;
      },
    },
    "value",
  );
  expect([copy.count, copy.count, reads]).toEqual([1, 1, 1]);
});
