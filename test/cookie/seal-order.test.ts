import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { afterEach, describe, expect, it, vi } from "vitest";
import { APPLICATION } from "../support/application.js";
import { sealImplementations } from "./implementations.js";

const SECRETS = ["a secret of at least 32 characters", "the secret before, also 32 or more"];
const NOW = Date.UTC(2026, 0, 1);
const LATER = NOW + 60_000;

const implementations = await sealImplementations();
const sealer = implementations[0]!.module.createSealer(SECRETS, APPLICATION);
const genuine = await sealer.seal("session", "text", LATER);
const other = await sealer.seal("session", "other", LATER);

/** The genuine text with one of its fields replaced: key id 1, body 4, MAC 7. */
const withField = (index: number, value: string) => genuine.split("*").with(index, value).join("*");
const field = (sealed: string, index: number) => sealed.split("*")[index]!;

afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

describe("what opening costs an attacker", () => {
  it("[W1] compares every MAC in Node by timingSafeEqual, over all 32 bytes", () => {
    const compared = vi.spyOn(crypto, "timingSafeEqual");
    syncBuiltinESMExports();
    const mac = field(genuine, 7);
    for (const wrong of [
      `${mac[0] === "A" ? "B" : "A"}${mac.slice(1)}`,
      `${mac.slice(0, 41)}${mac[41] === "A" ? "B" : "A"}${mac[42]}`,
    ]) {
      expect(sealer.open("session", withField(7, wrong), NOW)).toEqual({ ok: false, reason: "forged" });
      expect(sealer.verify("session", "text", `${field(genuine, 1)}.${wrong}`)).toBe("forged");
    }
    expect(compared).toHaveBeenCalledTimes(4);
    for (const [left, right] of compared.mock.calls) {
      expect(left.byteLength).toBe(32);
      expect(right.byteLength).toBe(32);
    }
  });

  it("[W1] compares at the edge to the last character, also when the first differs", () => {
    const web = implementations[1]!.module;
    const read: number[] = [];
    const watched = { length: 43, charCodeAt: (at: number) => read.push(at) } as unknown as string;
    expect(web.equalBytes(watched, "x".repeat(43))).toBe(false);
    expect(read).toEqual(Array.from({ length: 43 }, (_, at) => at));
  });

  it("decrypts nothing before the MAC, and computes no MAC before shape, key and expiry", () => {
    // The types of Node 20 know it by another name.
    const { Decipheriv } = crypto as unknown as { Decipheriv: typeof crypto.Decipher };
    const decrypted = vi.spyOn(Decipheriv.prototype, "update");
    const authenticated = vi.spyOn(crypto, "createHmac");
    syncBuiltinESMExports();
    sealer.open("session", `${genuine}=`, NOW);
    sealer.open("session", withField(1, "00000000"), NOW);
    sealer.open("session", genuine, LATER);
    expect(authenticated).not.toHaveBeenCalled();
    sealer.open("session", withField(4, field(other, 4)), NOW);
    expect(authenticated).toHaveBeenCalledTimes(1);
    expect(decrypted).not.toHaveBeenCalled();
    sealer.open("session", genuine, NOW);
    expect(decrypted).toHaveBeenCalled();
  });

  it("derives nothing until first use, then once for each secret and purpose", async () => {
    const inNode = vi.spyOn(crypto, "hkdfSync");
    const onTheWeb = vi.spyOn(globalThis.crypto.subtle, "deriveBits");
    syncBuiltinESMExports();
    for (const [{ module }, derived] of [
      [implementations[0]!, inNode],
      [implementations[1]!, onTheWeb],
    ] as const) {
      const fresh = module.createSealer(SECRETS, APPLICATION);
      await fresh.open("session", "junk", NOW);
      expect(derived).not.toHaveBeenCalled();
      const sealed = await Promise.all(Array.from({ length: 20 }, () => fresh.seal("session", "text", LATER)));
      await Promise.all(sealed.map((value) => fresh.open("session", value, NOW)));
      await fresh.sign("activity", "text");
      // Two key ids, and the keys of two purposes of the first secret.
      expect(derived).toHaveBeenCalledTimes(4);
    }
  });
});
