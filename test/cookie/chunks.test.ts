import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  chunkCount,
  chunkNames,
  joinAll,
  joinValue,
  MAX_CHUNKS,
  MAX_COOKIE_BYTES,
  splitValue,
  wireLength,
} from "../../src/cookie/chunks.js";
import { parseCookieHeader } from "../../src/cookie/jar.js";

const NAME = "__Host-session";

/** A value that differs in every place, as sealed ones do. */
const textOf = (length: number, seed = 1) =>
  Array.from({ length }, (_, at) => ((at * 7919 + seed * 104_729 + (at >> 5)) % 36).toString(36)).join("");
const cookiesOf = (value: string) =>
  splitValue(NAME, value).map((chunk) => [chunk.name, chunk.value] as [string, string]);
type Cookies = readonly (readonly [string, string])[];
const jarOf = (cookies: Cookies) => parseCookieHeader(cookies.map(([name, value]) => `${name}=${value}`).join("; "));
const join = (cookies: Cookies) => joinValue(jarOf(cookies), NAME);
const names = (cookies: Cookies) => chunkNames(jarOf(cookies), NAME);
const all = (cookies: Cookies, hasForm: (value: string) => boolean = () => true) =>
  joinAll(jarOf(cookies), NAME, hasForm);

describe("a value over cookies", () => {
  it("comes back whole, from as few cookies as announced, none larger than a browser keeps", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30_000 }), fc.integer({ min: 1, max: 60 }), (length, nameLength) => {
        const name = "n".repeat(nameLength);
        const value = textOf(length);
        const chunks = splitValue(name, value);
        expect(chunks).toHaveLength(chunkCount(name, length));
        const bytes = chunks.map((chunk) => chunk.name.length + chunk.value.length);
        expect(Math.max(...bytes)).toBeLessThanOrEqual(MAX_COOKIE_BYTES);
        expect(bytes.reduce((sum, size) => sum + size)).toBe(wireLength(name, length));
        for (const chunk of chunks) expect(chunk.value).toMatch(/^[A-Za-z0-9_.~*-]+$/);
        const jar = parseCookieHeader(chunks.map((chunk) => `${chunk.name}=${chunk.value}`).join("; "));
        expect(joinValue(jar, name)).toEqual({ ok: true, value });
      }),
    );
  });

  it.each([
    [4095, 1, 4095],
    [4096, 1, 4096],
    [4097, 2, 4097 + NAME.length + 20],
  ])("[S8] of %d bytes with its name takes %d cookie(s) and %d bytes", (bytes, count, wire) => {
    const value = textOf(bytes - NAME.length);
    const chunks = splitValue(NAME, value);
    expect(chunks).toHaveLength(count);
    expect(chunkCount(NAME, value.length)).toBe(count);
    expect(wireLength(NAME, value.length)).toBe(wire);
    if (count === 1) expect(chunks).toEqual([{ name: NAME, value }]);
    else expect(chunks[0]!.name.length + chunks[0]!.value.length).toBe(4096);
  });

  it("takes more bytes the longer it is", () => {
    for (let length = 1; length < 13_000; length++) {
      expect(wireLength(NAME, length + 1)).toBeGreaterThan(wireLength(NAME, length));
    }
  });

  it(`is refused beyond ${MAX_CHUNKS} cookies`, () => {
    const most = MAX_CHUNKS * (MAX_COOKIE_BYTES - NAME.length - 10);
    expect(splitValue(NAME, textOf(most))).toHaveLength(MAX_CHUNKS);
    expect(join(cookiesOf(textOf(most)))).toEqual({ ok: true, value: textOf(most) });
    expect(() => splitValue(NAME, textOf(most + 1))).toThrow(RangeError);
  });

  it("is named NAME, NAME.1, NAME.2", () => {
    expect(cookiesOf(textOf(9000)).map(([name]) => name)).toEqual([NAME, `${NAME}.1`, `${NAME}.2`]);
  });
});

describe("reading a value from cookies", () => {
  const long = cookiesOf(textOf(9000));
  const [head, first, second] = long as [[string, string], [string, string], [string, string]];
  const newer = cookiesOf(textOf(9000, 2));

  it("does not mind the order, nor other cookies", () => {
    expect(join([second, ["a", "1"], first, head, [`${NAME}-x`, "2"]])).toMatchObject({
      ok: true,
      value: textOf(9000),
    });
  });

  it("finds nothing where there is nothing", () => {
    expect(join([])).toEqual({ ok: false, reason: "absent" });
    expect(join([first])).toEqual({ ok: false, reason: "absent" });
  });

  it("is refused without one of the parts that the head counts", () => {
    expect(join([head, second])).toEqual({ ok: false, reason: "missing" });
    expect(join([head, first])).toEqual({ ok: false, reason: "missing" });
    expect(join([head])).toEqual({ ok: false, reason: "missing" });
  });

  it("is refused with a part of another generation", () => {
    expect(join([head, newer[1]!, second])).toMatchObject({ ok: false, reason: "mixed" });
    expect(join([newer[0]!, first, second])).toMatchObject({ ok: false, reason: "mixed" });
  });

  it("is several with the head several times, in both orders and also if equal: each leads to its own parts", () => {
    for (const twice of [
      [head, newer[0]!, first, second],
      [newer[0]!, head, first, second],
      [head, head, first, second],
    ]) {
      expect(join(twice)).toMatchObject({ ok: false, reason: "repeated" });
      expect(all(twice)).toContain(textOf(9000));
    }
  });

  it("leaves out what has not the form of a value, however much of it comes first, also of its parts", () => {
    const junk = Array.from({ length: 500 }, (_, at) => [NAME, `junk${at}`] as [string, string]);
    const junkParts = Array.from({ length: 500 }, (_, at) => [`${NAME}.1`, `${at}`] as [string, string]);
    expect(all([...junk, ...junkParts, head, first, second], (value) => value === textOf(9000))).toEqual([
      textOf(9000),
    ]);
  });

  it("looks at 64 KB, whatever else has the form of a value, and joins parts for four heads that claim them", () => {
    const many = Array.from({ length: 500 }, (_, at) => [NAME, textOf(1000, at)] as [string, string]);
    expect(all(many)).toHaveLength(65);
    const claims = Array.from({ length: 500 }, (_, at) => [NAME, `${head[1].slice(0, 10)}${at}`] as [string, string]);
    expect(all([...claims, first, second])).toHaveLength(4);
  });

  it("takes the part of its own generation where one came several times", () => {
    for (const twice of [
      [head, first, newer[1]!, second],
      [head, newer[1]!, first, second],
      [head, first, first, second],
    ]) {
      expect(join(twice)).toMatchObject({ ok: true });
    }
  });

  it("is refused with a head that is none", () => {
    const [, value] = head;
    for (const broken of [
      "~",
      "~3",
      "~3abcdefgh",
      `~1${value.slice(2)}`,
      `~0${value.slice(2)}`,
      `~:${value.slice(2)}`,
      `~x${value.slice(2)}`,
    ]) {
      expect(join([[NAME, broken], first, second])).toMatchObject({ ok: false, reason: "malformed" });
    }
  });

  it("ignores a chunk beyond the count, even twice, and names it to be expired", () => {
    const leftover: [string, string] = [`${NAME}.5`, "whatever"];
    expect(join([...long, leftover, leftover])).toEqual({ ok: true, value: textOf(9000) });
    expect(names([...long, leftover, leftover])).toEqual([NAME, `${NAME}.1`, `${NAME}.2`, `${NAME}.5`]);
    expect(join([[NAME, "plain"], first, leftover])).toEqual({ ok: true, value: "plain" });
    expect(names([first, leftover])).toEqual([`${NAME}.1`, `${NAME}.5`]);
  });

  it.each(["0", "00", "01", "9", "10", "99", "-1", "1.", "1.1", " 1", "", "x", "１"])(
    "neither reads nor expires a foreign cookie named NAME.%s",
    (number) => {
      expect(join([...long, [`${NAME}.${number}`, "foreign"]])).toMatchObject({ ok: true });
      expect(names([...long, [`${NAME}.${number}`, "foreign"]])).toEqual(long.map(([name]) => name));
      expect(join([head, [`${NAME}.${number}`, first[1]], second])).toMatchObject({ ok: false, reason: "missing" });
    },
  );

  it("names every chunk that came when the value cannot be read, so that all can be expired", () => {
    expect(names([first, second, [NAME, "~junk"]])).toEqual([NAME, `${NAME}.1`, `${NAME}.2`]);
  });

  it("never throws, whatever came", () => {
    const name = fc.constantFrom(NAME, `${NAME}.1`, `${NAME}.2`, `${NAME}.8`, "other");
    const value = fc.oneof(fc.stringMatching(/^~[0-9:]?[a-c]{0,12}$/), fc.string({ unit: "binary" }));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (cookies) => {
        const joined = join(cookies);
        if (joined.ok) expect(names(cookies)).toContain(NAME);
      }),
    );
    const many = Array.from({ length: 200 }, (_, number) => [`${NAME}.${number}`, "x"] as const);
    expect(join(many)).toMatchObject({ ok: false, reason: "absent" });
  });
});
