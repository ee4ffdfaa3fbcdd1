/**
 * What the codec costs, against JSON alone, and what compressing costs and saves. Prints one JSON object; times are
 * medians in microseconds.
 *
 *   npm run bench:codec
 */

import { performance } from "node:perf_hooks";
import { stringify } from "devalue";
import { createCodec } from "../../src/codec/codec.js";
import { pack, unpack } from "../../src/codec/compress-node.js";

const ROUNDS = 61;
const ROUND_MS = 8;

type Contender = readonly [name: string, run: () => unknown];

/** Medians of contenders that take turns, round by round, so that a slow moment of the machine hits them all. */
function medians(contenders: readonly Contender[]): Record<string, number> {
  const repeats = contenders.map(([, run]) => calibrate(run));
  const samples = contenders.map(() => [] as number[]);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, [, run]] of contenders.entries()) samples[index]!.push(time(run, repeats[index]!));
  }
  return Object.fromEntries(contenders.map(([name], index) => [name, median(samples[index]!)]));
}

/** Microseconds of one run. */
function time(run: () => unknown, repeats: number): number {
  const start = performance.now();
  for (let repeat = 0; repeat < repeats; repeat++) run();
  return ((performance.now() - start) / repeats) * 1000;
}

/** How often to run for a round to take its time; warms up on the way. */
function calibrate(run: () => unknown): number {
  for (let warm = 0; warm < 50; warm++) time(run, 20);
  return Math.max(1, Math.round((ROUND_MS * 1000) / time(run, 200)));
}

function median(samples: number[]): number {
  return samples.sort((a, b) => a - b)[samples.length >> 1]!;
}

function cart(lines: number) {
  return Array.from({ length: lines }, (_, index) => ({
    sku: `SKU-${1000 + index}`,
    title: `Product number ${index}`,
    price: 1999 + index,
    quantity: (index % 3) + 1,
    gift: index % 4 === 0,
  }));
}

function round(value: number): number {
  return Number(value.toFixed(2));
}

function compare(data: Map<string, unknown>) {
  const codec = createCodec();
  const object = Object.fromEntries(data);
  const json = JSON.stringify(object);
  const text = codec.encode(data);
  const values = [...data];
  const times = medians([
    ["jsonWrite", () => JSON.stringify(object)],
    ["encode", () => codec.encode(data)],
    ["devalueWrite", () => stringify(object)],
    ["snapshot", () => values.map(([key, value]) => codec.snapshot(value, key))],
    ["structuredClone", () => structuredClone(object)],
    ["jsonRead", () => JSON.parse(json)],
    ["decode", () => codec.decode(text)],
  ]);
  return {
    bytes: { json: Buffer.byteLength(json), codec: Buffer.byteLength(text) },
    times: Object.fromEntries(Object.entries(times).map(([name, time]) => [name, round(time)])),
    encodeToJson: round(times.encode! / times.jsonWrite!),
    decodeToJson: round(times.decode! / times.jsonRead!),
    snapshotToJson: round(times.snapshot! / times.jsonWrite!),
  };
}

async function compress(lines: number) {
  const text = createCodec().encode(new Map([["cart", cart(lines)]]));
  const packed = await pack(text);
  const times = medians([
    ["pack", () => pack(text)],
    ["unpack", () => unpack(packed, 1 << 20)],
  ]);
  return {
    bytes: { text: text.length, packed: packed.length },
    times: { pack: round(times.pack!), unpack: round(times.unpack!) },
  };
}

const plain = (lines: number) =>
  new Map<string, unknown>([
    ["cart", cart(lines)],
    ["theme", "dark"],
    ["visits", 17],
  ]);
const rich = new Map(plain(11)).set("seenAt", new Date(0)).set("tags", new Set(["a", "b"]));

console.log(
  JSON.stringify(
    {
      node: process.version,
      plain1KB: compare(plain(11)),
      plain10KB: compare(plain(115)),
      plain100KB: compare(plain(1150)),
      rich1KB: compare(rich),
      compress10KB: await compress(125),
      compress100KB: await compress(1250),
    },
    null,
    2,
  ),
);
