import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ActivityClaims, readActivity, signActivity } from "../../src/cookie/activity.js";
import { APPLICATION } from "../support/application.js";
import { sealImplementations } from "./implementations.js";

const SECRET = "a secret of at least 32 characters";
const NOW = Date.UTC(2026, 0, 1);
const CLAIMS: ActivityClaims = {
  lineage: "aB3-_xYz09aB3-_xYz09aB",
  idleExpiresAt: NOW + 1000,
  expiresAt: NOW + 2000,
  persistent: true,
  secure: false,
};

const implementations = await sealImplementations();
const claims = fc
  .record({
    lineage: fc.stringMatching(/^[\w-]{1,43}$/),
    idle: fc.integer({ min: 1, max: 1e11 }),
    more: fc.integer({ min: 0, max: 1e11 }),
    persistent: fc.boolean(),
    secure: fc.boolean(),
  })
  .map(
    ({ idle, more, ...rest }): ActivityClaims => ({ ...rest, idleExpiresAt: NOW + idle, expiresAt: NOW + idle + more }),
  );

describe.each(implementations)("the activity cookie on $name", ({ module }) => {
  const sealer = module.createSealer([SECRET], APPLICATION);

  it("says what was signed, in at most 128 characters that a cookie carries as they are", async () => {
    await fc.assert(
      fc.asyncProperty(claims, async (signed) => {
        const value = await signActivity(sealer, signed);
        expect(value).toMatch(/^[\w.-]{1,128}$/);
        expect(await readActivity(sealer, value, NOW)).toEqual(signed);
      }),
    );
  });

  it("is the same wherever it was signed", async () => {
    const values = await Promise.all(
      implementations.map((other) => signActivity(other.module.createSealer([SECRET], APPLICATION), CLAIMS)),
    );
    expect(new Set(values).size).toBe(1);
    expect(await readActivity(sealer, values[0], NOW)).toEqual(CLAIMS);
  });

  it("means nothing once its idle deadline has come", async () => {
    const value = await signActivity(sealer, CLAIMS);
    expect(await readActivity(sealer, value, NOW + 999)).toEqual(CLAIMS);
    expect(await readActivity(sealer, value, NOW + 1000)).toBeUndefined();
    expect(await readActivity(sealer, value, Number.NaN)).toBeUndefined();
  });

  it("[A35] is ignored with any bit of it changed, cut anywhere, or with anything added", async () => {
    const value = await signActivity(sealer, CLAIMS);
    for (let at = 0; at < value.length; at++) {
      for (let bit = 0; bit < 16; bit++) {
        const flipped = String.fromCharCode(value.charCodeAt(at) ^ (1 << bit));
        expect(await readActivity(sealer, value.slice(0, at) + flipped + value.slice(at + 1), NOW)).toBeUndefined();
      }
      expect(await readActivity(sealer, value.slice(0, at), NOW)).toBeUndefined();
      expect(await readActivity(sealer, value.slice(at + 1), NOW)).toBeUndefined();
    }
    for (const added of ["=", " ", "\n", ".", "A"]) {
      expect(await readActivity(sealer, value + added, NOW)).toBeUndefined();
      expect(await readActivity(sealer, added + value, NOW)).toBeUndefined();
    }
  });

  it("is ignored when it was signed with another key, for another purpose, or sealed", async () => {
    const text = (await signActivity(sealer, CLAIMS)).slice(0, -53);
    expect(
      await readActivity(sealer, await signActivity(module.createSealer([`${SECRET}!`], APPLICATION), CLAIMS), NOW),
    ).toBeUndefined();
    expect(await readActivity(sealer, `${text}.${await sealer.sign("csrf", text)}`, NOW)).toBeUndefined();
    expect(await readActivity(sealer, await sealer.seal("activity", text, NOW + 1000), NOW)).toBeUndefined();
    expect(await readActivity(sealer, `${text}.${await sealer.sign("activity", text)}`, NOW)).toEqual(CLAIMS);
  });

  it.each([
    "1.lineage.0x18bcfe568.1767225602000.1",
    "1.lineage.1767225601000.1767225600999.1",
    "1.lineage.1767225601000.1767225602000.4",
    "1.lineage.1767225601000.1767225602000.01",
    "1.lineage.1767225601000.1767225602000",
    "1..1767225601000.1767225602000.1",
    `1.${"l".repeat(44)}.1767225601000.1767225602000.1`,
    "1.line*ge.1767225601000.1767225602000.1",
    "1.lineage.01767225601000.1767225602000.1",
    "1.lineage.-767225601000.1767225602000.1",
    "1.lineage.1e12000000000.1767225602000.1",
    "2.lineage.1767225601000.1767225602000.1",
    "1.lineage.1767225601000.1767225602000.1\n",
    "",
  ])("is ignored when %j is what was signed: a valid signature makes no valid claims", async (text) => {
    expect(await readActivity(sealer, `${text}.${await sealer.sign("activity", text)}`, NOW)).toBeUndefined();
  });

  it.each([undefined, "", "blah", ".", "x".repeat(16_384), ".".repeat(53), "1.a.b.c.d.e.f"])(
    "is ignored as %j",
    async (value) => {
      expect(await readActivity(sealer, value, NOW)).toBeUndefined();
    },
  );

  it("cuts fractions of a millisecond off", async () => {
    const value = await signActivity(sealer, { ...CLAIMS, idleExpiresAt: NOW + 1000.9, expiresAt: NOW + 2000.1 });
    expect(await readActivity(sealer, value, NOW)).toEqual(CLAIMS);
  });

  it.each<[string, Partial<ActivityClaims>]>([
    ["no lineage", { lineage: "" }],
    ["a lineage in other characters", { lineage: "a.b" }],
    ["an idle deadline after the absolute one", { idleExpiresAt: NOW + 2001 }],
    ["a deadline in seconds", { expiresAt: NOW / 1000, idleExpiresAt: NOW / 1000 }],
    ["no deadline", { expiresAt: Number.NaN }],
  ])("is not signed with %s", async (_, change) => {
    await expect(async () => signActivity(sealer, { ...CLAIMS, ...change })).rejects.toThrow("Activity claims");
  });
});

describe("the activity cookie in Node", () => {
  it("is signed and read at once, without a promise", () => {
    const sealer = implementations[0]!.module.createSealer([SECRET], APPLICATION);
    const value = signActivity(sealer, CLAIMS);
    expect(typeof value).toBe("string");
    expect(readActivity(sealer, String(value), NOW)).toEqual(CLAIMS);
  });
});
