import crypto from "node:crypto";
import fc from "fast-check";
import * as iron from "iron-webcrypto";
import { describe, expect, it } from "vitest";
import type { Opened, Sealer } from "../../src/cookie/sealer.js";
import { APPLICATION } from "../support/application.js";
import { sealImplementations } from "./implementations.js";

const SECRETS = ["a secret of at least 32 characters", "the secret before, also 32 or more"];
const NOW = Date.UTC(2026, 0, 1);
const LATER = NOW + 60_000;

const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const implementations = await sealImplementations();
const everywhere = (secrets: readonly string[]) =>
  implementations.map(({ module }) => module.createSealer(secrets, APPLICATION));

/** Opens on all implementations, and holds them against each other. */
async function openEverywhere(sealers: readonly Sealer[], sealed: string): Promise<Opened> {
  const [first, ...others] = await Promise.all(sealers.map((sealer) => sealer.open("session", sealed, NOW)));
  for (const other of others) expect(other).toEqual(first);
  return first!;
}

const sealers = everywhere(SECRETS);
const genuine = await sealers[0]!.seal("session", JSON.stringify({ user: "Ada", cart: [1, 2, 3] }), LATER);
const other = await sealers[0]!.seal("session", JSON.stringify({ user: "Bob", cart: [4, 5, 6] }), LATER);
const reverse = (value: string) => [...value].reverse().join("");

/** A genuine text with one of its fields replaced: prefix 0, key id 1, IV 3, body 4, expiry 5, MAC 7. */
const withField = (index: number, value: string) => genuine.split("*").with(index, value).join("*");
const field = (sealed: string, index: number) => sealed.split("*")[index]!;

describe("a sealed text on Node and at the edge", () => {
  it("opens alike whoever sealed it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), fc.nat(2), async (text, sealing) => {
        const sealed = await sealers[sealing]!.seal("session", text, LATER);
        expect(await openEverywhere(sealers, sealed)).toMatchObject({ ok: true });
      }),
    );
  });

  it("[A35] is covered by its MAC in every bit of every character", async () => {
    expect(await openEverywhere(sealers, genuine)).toMatchObject({ ok: true });
    for (let at = 0; at < genuine.length; at++) {
      for (let bit = 0; bit < 16; bit++) {
        const flipped = String.fromCharCode(genuine.charCodeAt(at) ^ (1 << bit));
        const opened = await openEverywhere(sealers, genuine.slice(0, at) + flipped + genuine.slice(at + 1));
        expect(opened.ok, `character ${at}, bit ${bit}`).toBe(false);
      }
    }
  });

  it("opens at no other length: cut at the end, cut at the front, a character missing or doubled", async () => {
    for (let at = 0; at < genuine.length; at++) {
      for (const changed of [
        genuine.slice(0, at),
        genuine.slice(at + 1),
        genuine.slice(0, at) + genuine.slice(at + 1),
        genuine.slice(0, at + 1) + genuine.slice(at),
      ]) {
        expect((await openEverywhere(sealers, changed)).ok).toBe(false);
      }
    }
  });

  it("has one spelling of its MAC: the three alternate last characters, which iron-webcrypto accepts, are malformed", async () => {
    const last = BASE64URL.indexOf(genuine.slice(-1));
    for (const stray of [1, 2, 3]) {
      const alternate = genuine.slice(0, -1) + BASE64URL[last + stray];
      expect(await openEverywhere(sealers, alternate)).toEqual({ ok: false, reason: "malformed" });
    }
  });

  it.each(["=", "==", " ", "\t", "\n", "\r\n", "\0", "\u00a0", "\u2000", "\ufeff", ";", ",", "A", "*", "%"])(
    "is malformed with %j in front, behind, or in the middle",
    async (added) => {
      for (const changed of [added + genuine, genuine + added, genuine.slice(0, 60) + added + genuine.slice(60)]) {
        expect((await openEverywhere(sealers, changed)).ok).toBe(false);
      }
    },
  );

  it.each([
    ["nothing", ""],
    ["one character", "F"],
    ["[G30] `blah`", "blah"],
    ["[G29] bad base64", withField(4, `!${field(genuine, 4).slice(1)}`)],
    ["[G29] bad base64 as the MAC", withField(7, "?".repeat(43))],
    ["[G27] it reversed", reverse(genuine)],
    ["the alphabet of plain base64", `${genuine.slice(0, 50)}+/${genuine.slice(52)}`],
    ["percent-encoding", genuine.replaceAll("*", "%2A")],
    ["percent-encoding twice", genuine.replaceAll("*", "%252A")],
    ["quotes around it", `"${genuine}"`],
    ["5 fields", "Fe26.2*0*0*0*0"],
    ["6 fields", "Fe26.2*0*0*0*0*0"],
    ["7 fields", "Fe26.2*0*0*0*0*0*0"],
    ["9 fields", `${genuine}*0`],
    ["another prefix", genuine.replace("Fe26.2", "Fe26.1")],
    ["a prefix in another case", genuine.replace("Fe26.2", "fe26.2")],
    ["the key id __proto__", withField(1, "__proto__")],
    ["no key id", withField(1, "")],
    ["a key id in upper case", withField(1, "ABCDEF01")],
    ["a salt, as string passwords have", withField(2, "0".repeat(64))],
    ["a salt of the MAC", withField(6, "0".repeat(64))],
    ["the expiry 0x1", withField(5, "0x1")],
    ["the expiry -1", withField(5, "-1")],
    ["the expiry 1e99", withField(5, "1e99")],
    ["the expiry in 13 characters that are no digits", withField(5, "0x18BCFE56800")],
    ["an expiry with a zero in front", withField(5, `0${field(genuine, 5).slice(1)}`)],
    ["no expiry", withField(5, "")],
    [
      "digits of another script",
      withField(
        5,
        field(genuine, 5).replaceAll(/\d/g, (digit) => "٠١٢٣٤٥٦٧٨٩"[Number(digit)]!),
      ),
    ],
    ["no body", withField(4, "")],
    ["an IV with stray bits at its end", withField(3, `${field(genuine, 3).slice(0, -1)}_`)],
    ["a body of one block with stray bits at its end", withField(4, `${"A".repeat(21)}B`)],
    ["a body of two blocks with stray bits at its end", withField(4, `${"A".repeat(42)}B`)],
    ["a body of half a block", withField(4, "AAAAAAAAAAA")],
    ["a body with stray bits at its end", withField(4, `${field(genuine, 4).slice(0, -1)}_`)],
    ["16 KB of junk", "x".repeat(16_384)],
    ["16 KB of stars", "*".repeat(16_384)],
    ["16 KB in the format", withField(4, `${"=".repeat(21_824)}`)],
    ["a JWT with alg none", `${btoa('{"alg":"none"}')}.${btoa('{"user":"Ada"}')}.`],
    ["[W2] a pickle", "gASVEQAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOU"],
  ])("is malformed as %s", async (_, changed) => {
    expect(await openEverywhere(sealers, changed)).toEqual({ ok: false, reason: "malformed" });
  });

  it.each([
    ["[G28] another's body", withField(4, field(other, 4))],
    ["[G28] another's MAC", withField(7, field(other, 7))],
    ["another's IV", withField(3, field(other, 3))],
    ["a later expiry", withField(5, String(LATER + 1))],
  ])("is forged with %s", async (_, changed) => {
    expect(await openEverywhere(sealers, changed)).toEqual({ ok: false, reason: "forged" });
  });

  it.each([
    ["[G27] a reversed key id", reverse(field(genuine, 1))],
    ["a key id that nobody has", "00000000"],
  ])("has an unknown key with %s", async (_, keyId) => {
    expect(await openEverywhere(sealers, withField(1, keyId))).toEqual({ ok: false, reason: "unknown-key" });
  });

  it("is forged under the id of another key of the ring", async () => {
    const older = await everywhere(SECRETS.slice(1))[0]!.seal("session", "text", LATER);
    expect(await openEverywhere(sealers, withField(1, field(older, 1)))).toEqual({ ok: false, reason: "forged" });
  });

  it("is expired by its expiry before its MAC is looked at", async () => {
    expect(await openEverywhere(sealers, withField(5, String(NOW)))).toEqual({ ok: false, reason: "expired" });
  });

  it("is malformed where a holder of the key sealed something that is no padded text", async () => {
    const derive = (label: string, bytes: number) =>
      new Uint8Array(crypto.hkdfSync("sha256", SECRETS[0]!, "", label, bytes));
    const id = Buffer.from(derive("spillway/2/key-id", 4)).toString("hex");
    const keys = derive(`spillway/2/session/${APPLICATION}`, 96);
    const block = (...end: number[]) => [...new Array(16 - end.length).fill(65), ...end];
    for (const [blocks, ok] of [
      [block(1), true],
      [block(2, 2), true],
      [block(...new Array(16).fill(16)), true],
      [block(0), false],
      [block(...new Array(16).fill(0)), false],
      [block(1, 2), false],
      [block(17), false],
      [new Array(32).fill(17), false],
      [block(255), false],
      [[...new Array(8).fill(16), 9, ...new Array(7).fill(16)], false],
    ] as const) {
      const iv = crypto.randomBytes(16);
      const cipher = crypto.createCipheriv("aes-256-cbc", keys.slice(0, 32), iv).setAutoPadding(false);
      const body = cipher.update(Buffer.from(blocks)).toString("base64url");
      const signed = `Fe26.2*${id}**${iv.toString("base64url")}*${body}*${LATER}`;
      const mac = crypto.createHmac("sha256", keys.slice(32, 64)).update(signed).digest("base64url");
      expect((await openEverywhere(sealers, `${signed}**${mac}`)).ok, `blocks ${blocks}`).toBe(ok);
    }
  });

  it("never throws, whatever the input", async () => {
    const junk = fc.oneof(
      fc.string({ unit: "binary", maxLength: 400 }),
      fc.stringMatching(/^Fe26\.2\*[0-9a-f]{8}\*\*[\w-]{22}\*[\w-]{22}\*1\d{12}\*\*[\w-]{43}$/),
      fc.tuple(fc.nat(7), fc.string({ unit: "binary" })).map(([index, value]) => withField(index, value)),
    );
    await fc.assert(
      fc.asyncProperty(junk, async (value) => {
        expect((await openEverywhere(sealers, value)).ok).toBe(value === genuine);
        for (const sealer of sealers) expect(await sealer.verify("session", value, value)).not.toBe("ok");
      }),
      { numRuns: 1000 },
    );
  });

  it("is not opened by iron-webcrypto's leniency: what that reads besides, this refuses", async () => {
    const derive = (label: string, bytes: number) =>
      new Uint8Array(crypto.hkdfSync("sha256", SECRETS[0]!, "", label, bytes));
    const keys = derive(`spillway/2/session/${APPLICATION}`, 96);
    const pair = { encryption: keys.slice(0, 32), integrity: keys.slice(32, 64) };
    const options = { ...iron.defaults, timestampSkewSec: 3600, localtimeOffsetMsec: NOW - Date.now() };
    const id = field(genuine, 1);
    const last = BASE64URL.indexOf(genuine.slice(-1));
    for (const changed of [`${genuine}=`, genuine.slice(0, -1) + BASE64URL[last + 1]]) {
      expect(await iron.unseal(changed, { [id]: pair }, options)).toMatchObject({ user: "Ada" });
      expect(await openEverywhere(sealers, changed)).toEqual({ ok: false, reason: "malformed" });
    }
  });
});
