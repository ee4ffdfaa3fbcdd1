import { createHash, hkdfSync } from "node:crypto";
import fc from "fast-check";
import * as iron from "iron-webcrypto";
import { describe, expect, it } from "vitest";
import type { Purpose } from "../../src/cookie/sealer.js";
import { APPLICATION } from "../support/application.js";
import { inEdgeSandbox, sealImplementations } from "./implementations.js";

const SECRET = "a secret of at least 32 characters";
const OLDER = "the secret before, also 32 or more";
const NOW = Date.UTC(2026, 0, 1);
const LATER = NOW + 60_000;
const PURPOSES: Purpose[] = ["session", "activity", "flash", "transaction", "successor", "record", "csrf"];

/** Any text that UTF-8 carries unchanged. */
const text = fc.string({ unit: "binary" }).filter((value) => !value.startsWith("\ufeff"));

/** The raw keys of a secret and purpose, derived here once more: the format is a promise to other programs. */
function rawKeys(secret: string, purpose: Purpose) {
  const derive = (label: string, bytes: number) => new Uint8Array(hkdfSync("sha256", secret, "", label, bytes));
  const keys = derive(`spillway/2/${purpose}/${APPLICATION}`, 96);
  return {
    id: Buffer.from(derive("spillway/2/key-id", 4)).toString("hex"),
    encryption: keys.slice(0, 32),
    integrity: keys.slice(32, 64),
    signing: keys.slice(64),
  };
}

/** iron-webcrypto as it comes, but for texts that are no JSON, and for a clock that stands about at `NOW`. */
const plainIron = { ...iron.defaults, timestampSkewSec: 3600, localtimeOffsetMsec: NOW - Date.now() };
const texts = { encode: (value: unknown) => String(value), decode: (value: string) => value };

const implementations = await sealImplementations();

describe.each(implementations)("a sealer on $name", ({ module }) => {
  const sealer = module.createSealer([SECRET], APPLICATION);

  it("opens what it sealed, at the announced length, in characters that a cookie carries as they are", async () => {
    await fc.assert(
      fc.asyncProperty(text, fc.constantFrom(...PURPOSES), async (value, purpose) => {
        const sealed = await sealer.seal(purpose, value, LATER);
        expect(sealed).toMatch(/^[A-Za-z0-9_.~*-]+$/);
        expect(sealed).toHaveLength(sealer.sealedLength(Buffer.byteLength(value)));
        expect(await sealer.open(purpose, sealed, NOW)).toEqual({ ok: true, text: value });
      }),
    );
  });

  it("announces the length of every size up to a few blocks exactly", async () => {
    for (let length = 0; length < 70; length++) {
      const sealed = await sealer.seal("session", "x".repeat(length), LATER);
      expect(sealed).toHaveLength(sealer.sealedLength(length));
    }
  });

  it("seals a text of a mebibyte", async () => {
    const value = "é0".repeat(2 ** 20 / 3);
    const sealed = await sealer.seal("record", value, LATER);
    expect(sealed).toHaveLength(sealer.sealedLength(Buffer.byteLength(value)));
    expect(await sealer.open("record", sealed, NOW)).toEqual({ ok: true, text: value });
  });

  it("gives a text back as UTF-8 carries it: no lone surrogates, no byte order mark in front", async () => {
    for (const [value, carried] of [
      ["a\ud800b\udfff", "a\ufffdb\ufffd"],
      ["end\ud83d", "end\ufffd"],
      ["\ufeffmark", "mark"],
      ["\ufeff\ufefftwo", "\ufefftwo"],
      ["\0", "\0"],
    ] as const) {
      const sealed = await sealer.seal("session", value, LATER);
      expect(await sealer.open("session", sealed, NOW)).toEqual({ ok: true, text: carried });
    }
  });

  it("never seals one text to the same characters twice", async () => {
    const sealed = await Promise.all(Array.from({ length: 600 }, () => sealer.seal("session", "same", LATER)));
    expect(new Set(sealed).size).toBe(600);
    expect(new Set(sealed.map((value) => value.split("*")[3])).size).toBe(600);
  });

  it("opens until the deadline, and not at it", async () => {
    const sealed = await sealer.seal("session", "text", LATER + 0.9);
    expect(await sealer.open("session", sealed, LATER - 1)).toEqual({ ok: true, text: "text" });
    expect(await sealer.open("session", sealed, LATER)).toEqual({ ok: false, reason: "expired" });
    expect(await sealer.open("session", sealed, LATER + 1)).toEqual({ ok: false, reason: "expired" });
    expect(await sealer.open("session", sealed, Number.NaN)).toEqual({ ok: false, reason: "expired" });
  });

  it.each([0, -1, 999_999_999_999, 1e13, Number.NaN, Number.POSITIVE_INFINITY])(
    "refuses to seal to a deadline of %d",
    async (deadline) => {
      await expect(async () => sealer.seal("session", "text", deadline)).rejects.toThrow(
        "between the years 2001 and 2286",
      );
    },
  );

  it("[W5] opens nothing that was sealed for another purpose, and verifies nothing that was signed for one", async () => {
    for (const purpose of PURPOSES) {
      const sealed = await sealer.seal(purpose, "text", LATER);
      const signature = await sealer.sign(purpose, "text");
      for (const other of PURPOSES) {
        const own = other === purpose;
        expect((await sealer.open(other, sealed, NOW)).ok).toBe(own);
        expect(await sealer.verify(other, "text", signature)).toBe(own ? "ok" : "forged");
      }
    }
  });

  it("seals with the first secret and opens with all", async () => {
    const older = module.createSealer([OLDER], APPLICATION);
    const added = module.createSealer([OLDER, SECRET], APPLICATION);
    const moved = module.createSealer([SECRET, OLDER], APPLICATION);
    const oldSeal = await added.seal("session", "old", LATER);
    const newSeal = await moved.seal("session", "new", LATER);
    expect(await older.open("session", oldSeal, NOW)).toEqual({ ok: true, text: "old" });
    expect(await moved.open("session", oldSeal, NOW)).toEqual({ ok: true, text: "old" });
    expect(await added.open("session", newSeal, NOW)).toEqual({ ok: true, text: "new" });
    expect(await older.open("session", newSeal, NOW)).toEqual({ ok: false, reason: "unknown-key" });
    expect(await sealer.open("session", oldSeal, NOW)).toEqual({ ok: false, reason: "unknown-key" });
    expect(await moved.verify("csrf", "text", await added.sign("csrf", "text"))).toBe("ok");
    expect(await older.verify("csrf", "text", await moved.sign("csrf", "text"))).toBe("unknown-key");
  });

  it("says unknown key, not expired, of an expired text that another ring sealed", async () => {
    const sealed = await module.createSealer([OLDER], APPLICATION).seal("session", "text", LATER);
    expect(await sealer.open("session", sealed, LATER + 1)).toEqual({ ok: false, reason: "unknown-key" });
  });

  it("signs a text, and verifies nothing but that text with that signature", async () => {
    const signature = await sealer.sign("activity", "text é");
    expect(signature).toMatch(/^[0-9a-f]{8}\.[\w-]{43}$/);
    expect(await sealer.sign("activity", "text é")).toBe(signature);
    expect(await sealer.verify("activity", "text é", signature)).toBe("ok");
    expect(await sealer.verify("activity", "text e", signature)).toBe("forged");
    for (let at = 0; at < signature.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = String.fromCharCode(signature.charCodeAt(at) ^ (1 << bit));
        const changed = signature.slice(0, at) + flipped + signature.slice(at + 1);
        expect(await sealer.verify("activity", "text é", changed)).not.toBe("ok");
      }
      expect(await sealer.verify("activity", "text é", signature.slice(0, at))).toBe("forged");
    }
  });

  it("never signs what could be the MAC of something sealed", async () => {
    const sealed = await sealer.seal("session", "text", LATER);
    const signature = await sealer.sign("session", sealed.slice(0, -45));
    expect(signature.slice(9)).not.toBe(sealed.slice(-43));
  });

  it("is opened by plain iron-webcrypto, given the raw keys, and opens what that seals", async () => {
    const keys = rawKeys(SECRET, "session");
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        const sealed = await sealer.seal("session", value, LATER);
        expect(await iron.unseal(sealed, { [keys.id]: keys }, { ...plainIron, ...texts })).toBe(value);
        const theirs = await iron.seal(value, keys, { ...plainIron, ...texts, ttl: 60_000 });
        expect(await sealer.open("session", theirs, NOW)).toEqual({ ok: true, text: value });
      }),
      { numRuns: 50 },
    );
    const json = await sealer.seal("session", '{"a":[1,"é"]}', LATER);
    expect(await iron.unseal(json, { [keys.id]: keys }, plainIron)).toEqual({ a: [1, "é"] });
  });

  it("signs as HMAC-SHA256 of the text under the signing key", async () => {
    const keys = rawKeys(SECRET, "activity");
    const { digest } = await iron.hmacWithPassword(keys.signing, iron.defaults.integrity, "text é");
    expect(await sealer.sign("activity", "text é")).toBe(`${keys.id}.${digest}`);
  });

  it("refuses to seal and to sign without a secret, and knows no key", async () => {
    const empty = module.createSealer([], APPLICATION);
    await expect(async () => empty.seal("session", "text", LATER)).rejects.toThrow("no secret");
    await expect(async () => empty.sign("session", "text")).rejects.toThrow("no secret");
    const sealed = await sealer.seal("session", "text", LATER);
    expect(await empty.open("session", sealed, NOW)).toEqual({ ok: false, reason: "unknown-key" });
    expect(await empty.verify("session", "text", await sealer.sign("session", "text"))).toBe("unknown-key");
  });

  it("[A34] draws tokens from the platform's generator: every length, every character, none twice", () => {
    for (const bytes of [1, 9, 16, 32, 4096, 5000]) {
      expect(Buffer.from(module.randomToken(bytes), "base64url")).toHaveLength(bytes);
    }
    const tokens = Array.from({ length: 5000 }, () => module.randomToken(32));
    expect(new Set(tokens).size).toBe(5000);
    // 5,000 tokens of 32 bytes hold each byte 625 times on average; ten standard deviations either way is 250.
    const counts = new Uint32Array(256);
    for (const token of tokens)
      for (const byte of Buffer.from(token, "base64url")) counts[byte] = (counts[byte] ?? 0) + 1;
    expect(Math.min(...counts)).toBeGreaterThan(375);
    expect(Math.max(...counts)).toBeLessThan(875);
  });

  it("hashes the UTF-8 bytes of a text", async () => {
    for (const value of ["", "abc", "é".repeat(1000)]) {
      expect(await module.sha256(value)).toBe(createHash("sha256").update(value).digest("base64url"));
    }
  });

  it("tells equal strings from others, of any length and any characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
        expect(module.equalBytes(a, b)).toBe(a === b);
        expect(module.equalBytes(a, `${a}`)).toBe(true);
        expect(module.equalBytes(a, `${a}x`)).toBe(false);
      }),
    );
    expect(module.equalBytes("\ud800", "\ud801")).toBe(false);
    expect(module.equalBytes("A", "\u0141")).toBe(false);
  });
});

describe("the edge sandbox", () => {
  it("is without Buffer and process, as the real edge is", async () => {
    const { vm } = await inEdgeSandbox("cookie/seal-web.ts");
    expect(vm.evaluate("typeof Buffer + typeof process + typeof require")).toBe("undefinedundefinedundefined");
  });
});

describe("the Node sealer", () => {
  it("answers at once and not with a promise", () => {
    const node = implementations[0]!.module;
    const sealer = node.createSealer([SECRET], APPLICATION);
    const sealed = sealer.seal("session", "text", LATER);
    expect(typeof sealed).toBe("string");
    expect(sealer.open("session", String(sealed), NOW)).toEqual({ ok: true, text: "text" });
    expect(typeof node.sha256("text")).toBe("string");
  });
});
