import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { CacheCommand, SessionCache } from "../../src/tiers/cache.js";
import { AWKWARD_TEXTS } from "../support/records.js";

/** A cache under test. Its keys may be shared with others: every test uses its own. */
export interface CacheUnderTest {
  readonly cache: SessionCache;
  /** Gives back what the cache needed. */
  drop?(): Promise<void>;
}

const CLIENTS = 64;
const HIGHEST = Number.MAX_SAFE_INTEGER;

const after = (milliseconds: number) => new Date(Date.now() + milliseconds);

/** A text of more than a megabyte in UTF-8, of characters of one to four bytes. */
const LARGE = "aä€𝄞".repeat(110_000);

/**
 * What every cache must do, as `src/tiers/cache.ts` says.
 *
 * ```ts
 * describeCache("memory", async () => ({ cache: memoryCache() }));
 * ```
 */
export function describeCache(name: string, open: () => Promise<CacheUnderTest>): void {
  describe(`the cache ${name}`, () => {
    let under: CacheUnderTest;
    let cache: SessionCache;
    let key: string;

    beforeAll(async () => {
      under = await open();
      cache = under.cache;
    }, 60_000);

    afterAll(() => under?.drop?.());

    beforeEach(() => {
      key = randomUUID();
    });

    const put = (version: number, more: { value?: string; expect?: number; expiresAt?: Date } = {}): CacheCommand => ({
      type: "put",
      key,
      version,
      value: `value ${version}`,
      expiresAt: after(60_000),
      ...more,
    });
    const quick = (values: Record<string, string>, expiresAt = after(60_000)): CacheCommand => ({
      type: "quick",
      key,
      values,
      expiresAt,
    });
    const join = (member: string, expiresAt = after(60_000)): CacheCommand => ({
      type: "join",
      key,
      member,
      expiresAt,
    });
    const write = (...commands: CacheCommand[]) => cache.write(commands);
    const held = async () => (await cache.read(key)).entry;
    const quickValues = async () => (await cache.read("", key)).quick;
    const members = async () => (await cache.members(key)).sort();

    /** Resolves when the cache's own clock has passed a moment. */
    const passed = async (moment: Date) => {
      const probe = randomUUID();
      await cache.write([{ type: "put", key: probe, version: 1, value: "", expiresAt: moment }]);
      const gone = async () => expect((await cache.read(probe)).entry).toBeUndefined();
      await vi.waitFor(gone, { timeout: 20_000, interval: 10 });
    };

    /** Writes with a near deadline, which is put off until what was written could be seen, and waits until it passes. */
    const untilPassed = async (writeUntil: (near: Date) => Promise<unknown>, seen: () => Promise<boolean>) => {
      for (let patience = 60; ; patience *= 2) {
        const near = after(patience);
        await writeUntil(near);
        if (await seen()) return passed(near);
        expect(patience, "what was written is never seen").toBeLessThan(10_000);
      }
    };

    test("[B8] absence is an answer", async () => {
      expect(await cache.read(key, `${key}:q`)).toStrictEqual({ entry: undefined, quick: {} });
      expect(await cache.members(key)).toEqual([]);
      expect(await write()).toEqual([]);
      expect(await write({ type: "remove", key }, { type: "leave", key, member: "m" })).toEqual([true, true]);
      expect(await write({ type: "fold", key, values: { a: "1" } })).toEqual([true]);
    });

    test("[B8] an entry comes back with its key and version, and its value byte for byte", async () => {
      const texts = [...AWKWARD_TEXTS, "nul\0nul", LARGE];
      for (const [i, value] of texts.entries()) {
        expect(await write(put(i + 1, { value }))).toEqual([true]);
        const entry = await held();
        expect(entry?.value === value, `${value.slice(0, 20)} came back changed`).toBe(true);
        expect(entry).toMatchObject({ key, version: i + 1 });
      }
    });

    test("[B8] only a higher version replaces an entry, and versions are numbers, not texts", async () => {
      expect(await write(put(9), put(10), put(9), put(10), put(2))).toEqual([true, true, false, false, false]);
      expect((await held())?.value).toBe("value 10");
      expect(await write(put(99), put(100), put(1_000_000), put(999_999))).toEqual([true, true, true, false]);
      expect((await held())?.version).toBe(1_000_000);
    });

    test("[B8] versions count exactly up to the highest, over which nothing goes", async () => {
      expect(await write(put(HIGHEST - 2), put(HIGHEST - 1))).toEqual([true, true]);
      expect(await write(put(HIGHEST, { value: "tombstone" }))).toEqual([true]);
      expect(await write(put(HIGHEST - 1), put(HIGHEST), put(1))).toEqual([false, false, false]);
      expect(await held()).toEqual({ key, version: HIGHEST, value: "tombstone" });
    });

    test("[B8] with an expected version, an entry goes over exactly that one", async () => {
      expect(await write(put(2, { expect: 1 }))).toEqual([false]);
      expect(await held()).toBeUndefined();
      expect(await write(put(1), put(3, { expect: 2 }), put(3, { expect: 10 }))).toEqual([true, false, false]);
      expect((await held())?.version).toBe(1);
      expect(await write(put(2, { expect: 1 }), put(3, { expect: 1 }))).toEqual([true, false]);
      expect((await held())?.value).toBe("value 2");
    });

    test("[B8] with 0 expected, an entry goes only where there is none", async () => {
      expect(await write(put(1, { expect: 0 }), put(2, { expect: 0 }))).toEqual([true, false]);
      expect((await held())?.version).toBe(1);
      expect(await write({ type: "remove", key }, put(1, { expect: 0 }))).toEqual([true, true]);
    });

    test("[B8] of many that expect one version, exactly one succeeds, and its value stands", async () => {
      await write(put(1));
      for (let version = 2; version < 6; version++) {
        const tries = Array.from({ length: CLIENTS }, (_, i) =>
          write(put(version, { expect: version - 1, value: `${version}:${i}` })),
        );
        const answers = (await Promise.all(tries)).flat();
        expect(answers.filter(Boolean)).toHaveLength(1);
        expect(await held()).toMatchObject({ version, value: `${version}:${answers.indexOf(true)}` });
      }
    });

    test("[B8] of many versions written at once, the highest remains", async () => {
      const versions = Array.from({ length: CLIENTS }, (_, i) => ((i * 37) % CLIENTS) + 1);
      await Promise.all(versions.map((version) => write(put(version))));
      expect(await held()).toMatchObject({ version: CLIENTS, value: `value ${CLIENTS}` });
    });

    test("[B8] the commands of a batch run in order, and their answers come in that order", async () => {
      const set = `${key}:set`;
      const answers = await write(
        put(2),
        put(1),
        { type: "remove", key },
        put(1),
        { type: "join", key: set, member: "m", expiresAt: after(60_000) },
        put(1),
        { type: "leave", key: set, member: "m" },
        put(3, { expect: 1 }),
      );
      expect(answers).toEqual([true, false, true, true, true, false, true, true]);
      expect((await held())?.version).toBe(3);
      expect(await cache.members(set)).toEqual([]);
    });

    test("[B8] an entry goes at its deadline", async () => {
      await untilPassed(
        (near) => write({ type: "remove", key }, put(1, { expiresAt: near })),
        async () => (await held())?.version === 1,
      );
      expect(await held()).toBeUndefined();
      expect(await write(put(1, { expect: 0 }))).toEqual([true]);
    });

    test("[B8] a deadline that has passed stores nothing, and says so", async () => {
      expect(await write(put(1, { expiresAt: after(-1_000) }))).toEqual([false]);
      expect(await held()).toBeUndefined();
      expect(await write(put(1), put(2, { expiresAt: after(-1_000) }))).toEqual([true, false]);
      expect((await held())?.version).not.toBe(2);
    });

    test("[B8] a higher version brings its own deadline, earlier or later", async () => {
      await untilPassed(
        (near) => write({ type: "remove", key }, put(1, { expiresAt: near }), put(2)),
        async () => (await held())?.version === 2,
      );
      expect((await held())?.version).toBe(2);
      await untilPassed(
        (near) => write({ type: "remove", key }, put(2), put(3, { expiresAt: near })),
        async () => (await held())?.version === 3,
      );
      expect(await held()).toBeUndefined();
    });

    test("[B8] a removed entry is gone, whatever its version, and any version may follow", async () => {
      expect(await write(put(HIGHEST), { type: "remove", key })).toEqual([true, true]);
      expect(await held()).toBeUndefined();
      expect(await write(put(1))).toEqual([true]);
    });

    test("[B8] quick values come in the same read as the entry, and only when they are asked for", async () => {
      const quickKey = `${key}:q`;
      await write(put(1), { type: "quick", key: quickKey, values: { a: "1", b: "2" }, expiresAt: after(60_000) });
      expect(await cache.read(key, quickKey)).toMatchObject({ entry: { version: 1 }, quick: { a: "1", b: "2" } });
      expect(await cache.read(key)).toMatchObject({ entry: { version: 1 }, quick: {} });
    });

    test("[B8] quick values keep their names and bytes, and each its latest", async () => {
      const values = Object.fromEntries(AWKWARD_TEXTS.map((text) => [text, text]));
      expect(await write(quick(values), quick({ null: "again" }), quick({}))).toEqual([true, true, true]);
      const found = await quickValues();
      expect(Object.entries(found).sort()).toEqual(Object.entries({ ...values, null: "again" }).sort());
    });

    test("[B8] folding takes quick values away where they still are as given", async () => {
      await write(quick({ same: "1", changed: "1", other: "1" }), quick({ changed: "2" }));
      expect(await write({ type: "fold", key, values: { same: "1", changed: "1", absent: "1" } })).toEqual([true]);
      expect(await quickValues()).toEqual({ changed: "2", other: "1" });
      await write({ type: "fold", key, values: { changed: "2", other: "1" } });
      expect(await quickValues()).toEqual({});
    });

    test("[B8] quick values go at their deadline, and one that has passed adds none", async () => {
      await write(quick({ a: "1" }, after(-1_000)));
      expect(await quickValues()).toEqual({});
      await write(quick({ a: "1" }), quick({ b: "1" }, after(-1_000)));
      expect(await quickValues()).toEqual({ a: "1" });
      await write({ type: "remove", key });
      await untilPassed(
        (near) => write(quick({ a: "1" }, near)),
        async () => (await quickValues()).a === "1",
      );
      expect(await quickValues()).toEqual({});
    });

    test("[B8] the deadline of quick values only moves later", async () => {
      const both = async () => Object.keys(await quickValues()).length === 2;
      await untilPassed((near) => write(quick({ a: "1" }), quick({ b: "1" }, near)), both);
      expect(await quickValues()).toEqual({ a: "1", b: "1" });
    });

    test("[B8] a set holds each member once, byte for byte, until it leaves", async () => {
      await write(...AWKWARD_TEXTS.map((text) => join(text)), join("null"));
      expect(await members()).toEqual([...AWKWARD_TEXTS].sort());
      await write({ type: "leave", key, member: "null" }, { type: "leave", key, member: "stranger" });
      expect(await members()).toEqual(AWKWARD_TEXTS.filter((text) => text !== "null").sort());
      await write({ type: "remove", key });
      expect(await members()).toEqual([]);
    });

    test("[B8] a set's deadline only moves later", async () => {
      const both = async () => (await members()).length === 2;
      await untilPassed((near) => write(join("first"), join("second", near)), both);
      expect(await members()).toEqual(["first", "second"]);
      await write({ type: "remove", key });
      await untilPassed((near) => write(join("first", near), join("second")), both);
      expect(await members()).toEqual(["first", "second"]);
    });

    test("[B8] a set goes at its deadline, and one that has passed adds nobody", async () => {
      await write(join("late", after(-1_000)));
      expect(await members()).toEqual([]);
      await write(join("there"), join("late", after(-1_000)));
      expect(await members()).toEqual(["there"]);
      await write({ type: "remove", key });
      await untilPassed(
        (near) => write(join("there", near)),
        async () => (await members()).length === 1,
      );
      expect(await members()).toEqual([]);
    });
  });
}
