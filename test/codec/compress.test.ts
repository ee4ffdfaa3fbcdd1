import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { createCodec } from "../../src/codec/codec.js";
import * as node from "../../src/codec/compress-node.js";
import * as web from "../../src/codec/compress-web.js";

const ROOMY = 1 << 20;
const line = '{"sku":"A-1","title":"Größe ✓","price":1999},';
const large = `j${line.repeat(400)}`;
/** As many bytes as said, each of one character. */
const text = (bytes: number) => "j".padEnd(bytes, line.replace(/[^ -~]/g, "?"));
const UNPACK: [string, typeof node.unpack][] = [
  ["Node", node.unpack],
  ["the edge", web.unpack],
];

test("`#deflate` is the web flavour at the edge and the Node flavour elsewhere, with the same names.", () => {
  expect(manifest.imports["#deflate"]).toEqual({
    "edge-light": "./dist/codec/compress-web.js",
    workerd: "./dist/codec/compress-web.js",
    default: "./dist/codec/compress-node.js",
  });
  expect(Object.keys(web)).toEqual(Object.keys(node));
});

test("A large text is packed to a fraction, in characters that any column and protocol keeps.", async () => {
  const packed = await node.pack(large);
  expect(packed).toMatch(/^z[A-Za-z0-9+/]+=*$/);
  expect(packed.length).toBeLessThan(large.length / 5);
});

test("10 KiB are left alone, one byte more is packed; bytes count, not characters.", async () => {
  expect(await node.pack(text(10_240))).toBe(text(10_240));
  expect(await node.pack(text(10_241))).toMatch(/^z/);
  expect(await node.pack("é".repeat(5120))).toBe("é".repeat(5120));
  expect(await node.pack("é".repeat(5121))).toMatch(/^z/);
});

test("A text that would not get shorter is left alone.", async () => {
  const noise = Array.from({ length: 400 }, (_, index) => createHash("sha256").update(`${index}`).digest("base64url"));
  const text = `j"${noise.join("")}"`;
  expect((await node.pack(text)) === text).toBe(true);
});

test("The edge packs as Node does, into what Node reads.", async () => {
  expect(await node.unpack(await web.pack(large), ROOMY)).toEqual({ ok: true, text: large });
  expect(String(await web.pack(large)).length).toBeLessThan(large.length / 5);
  expect(await web.pack(text(10_240))).toBe(text(10_240));
});

test("In Node both answer at once.", () => {
  expect(node.pack(large)).toBeTypeOf("string");
  expect(node.unpack("j{}", ROOMY)).toEqual({ ok: true, text: "j{}" });
  expect(node.unpack(node.pack(large) as string, ROOMY)).toEqual({ ok: true, text: large });
});

describe.each(UNPACK)("unpack in %s", (_name, unpack) => {
  test("gives back what Node packed.", async () => {
    expect(await unpack(await node.pack(large), ROOMY)).toEqual({ ok: true, text: large });
  });

  test("gives back characters of several bytes, wherever the inflated bytes are cut.", async () => {
    for (const start of ["j", "ja", "jab"]) {
      const text = start + "✓".repeat(30_000);
      expect(((await unpack(await node.pack(text), ROOMY)) as { text: string }).text === text).toBe(true);
    }
  });

  test("gives back what was not packed, whatever its length.", async () => {
    for (const plain of ["", "j{}", large, "d[1]"]) expect(await unpack(plain, 1)).toEqual({ ok: true, text: plain });
  });

  test("gives back the text of any values.", async () => {
    const codec = createCodec();
    const values = fc.array(fc.string({ unit: "binary", maxLength: 300 }), { minLength: 20 });
    await fc.assert(
      fc.asyncProperty(values, async (values) => {
        const text = codec.encode(new Map([["values", [...values, line.repeat(300)]]]));
        const packed = await node.pack(text);
        expect(packed).toMatch(/^z/);
        expect(await unpack(packed, ROOMY)).toEqual({ ok: true, text });
      }),
      { numRuns: 50 },
    );
  });

  test("stops at maxBytes: exactly so many are ok, one more is not.", async () => {
    const packed = await node.pack(large);
    const bytes = Buffer.byteLength(large);
    expect((await unpack(packed, bytes)).ok).toBe(true);
    expect(await unpack(packed, bytes - 1)).toEqual({ ok: false });
    expect(await unpack(packed, 0)).toEqual({ ok: false });
  });

  test("never holds what a small text would inflate to.", async () => {
    const bomb = `z${deflateSync(Buffer.alloc(300 << 20), { level: 1 }).toString("base64")}`;
    const before = process.memoryUsage().rss;
    expect(await unpack(bomb, ROOMY)).toEqual({ ok: false });
    expect(process.memoryUsage().rss - before).toBeLessThan(100 << 20);
  });

  test("takes every cut and every changed bit for corrupt, or gives the very same text.", async () => {
    const packed = await node.pack(text(10_300));
    for (let length = 1; length < packed.length - 2; length++) {
      expect(await unpack(packed.slice(0, length), ROOMY), `cut at ${length}`).toEqual({ ok: false });
    }
    const bytes = Buffer.from(packed.slice(1), "base64");
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      const result = await unpack(`z${changed.toString("base64")}`, ROOMY);
      expect(result.ok && result.text !== text(10_300), `bit ${bit}`).toBe(false);
    }
  });

  test("takes anything else for corrupt.", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string({ unit: "binary" }), fc.base64String()), async (junk) => {
        expect(await unpack(`z${junk}`, ROOMY)).toEqual({ ok: false });
      }),
    );
  });
});
