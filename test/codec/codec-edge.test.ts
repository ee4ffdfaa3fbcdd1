import { beforeAll, describe, expect, test } from "vitest";
import * as node from "../../src/codec/codec.js";
import { inEdgeSandbox } from "../cookie/implementations.js";

let edge: typeof node;
let globals: string;
const codec = node.createCodec();

beforeAll(async () => {
  const sandbox = await inEdgeSandbox<typeof node>("codec/codec.ts");
  edge = sandbox.module;
  globals = sandbox.vm.evaluate("typeof Buffer + typeof process");
});

describe("in the edge sandbox, which has neither Buffer nor process", () => {
  test("what Node wrote is read, and written again with the same bytes.", () => {
    const shared = { a: [1, "ü\ud800", null, -0] };
    const data = new Map<string, unknown>([
      ["plain", { cart: [{ price: 1 }] }],
      [
        "rich",
        { at: new Date(5), map: new Map([[shared, new Set([shared, 5n, undefined])]]), url: new URL("https://a/?b") },
      ],
      [
        "bytes",
        [new Uint8Array([0, 255]), new Float64Array([1.5]), new ArrayBuffer(3), new DataView(new ArrayBuffer(2))],
      ],
      ["bare", Object.assign(Object.create(null), { pattern: /a/giu })],
    ]);
    for (const text of [codec.encode(data), codec.encode(new Map([["plain", data.get("plain")]]))]) {
      const result = edge.createCodec().decode(text);
      expect(result.ok && edge.createCodec().encode(result.data)).toBe(text);
    }
    expect(globals).toBe("undefinedundefined");
  });

  test("a Buffer comes back as a Uint8Array, with its bytes.", () => {
    const result = edge.createCodec().decode(codec.encode(new Map([["bytes", Buffer.from([7, 8])]])));
    const bytes = (result.ok ? result.data.get("bytes") : undefined) as Uint8Array;
    expect([bytes.constructor.name, ...bytes]).toEqual(["Uint8Array", 7, 8]);
  });

  test("values of another realm are copied as what they are, and what cannot be kept is refused.", () => {
    const copy = edge.createCodec().snapshot({ at: new Date(5), list: [new Map([[1, new Uint8Array([2])]])] }, "value");
    expect(edge.createCodec().encode(new Map([["value", copy]]))).toBe(
      codec.encode(new Map([["value", { at: new Date(5), list: [new Map([[1, new Uint8Array([2])]])] }]])),
    );
    expect(() => edge.createCodec().snapshot([() => 1], "value")).toThrow("`value[0]` is a function");
  });

  test("a text 10,000 levels deep is not ok, and values as deep are refused.", () => {
    expect(edge.createCodec().decode(`j{"a":${"[".repeat(10_000)}${"]".repeat(10_000)}}`)).toMatchObject({ ok: false });
    let value: unknown = 5n;
    for (let level = 0; level < 100; level++) value = [value];
    expect(edge.createCodec().decode(edge.createCodec().encode(new Map([["deep", value]]))).ok).toBe(true);
    for (let level = 0; level < 9900; level++) value = [value];
    expect(() => edge.createCodec().encode(new Map([["deep", value]]))).toThrow("more than 100 levels");
  });
});
