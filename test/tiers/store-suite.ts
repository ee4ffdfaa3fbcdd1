import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { randomToken } from "#seal";
import type { SessionRecord, SessionStore } from "../../src/tiers/store.js";
import { AWKWARD_TEXTS, sessionRecord } from "../support/records.js";

/** A store under test, empty at first. */
export interface StoreUnderTest {
  readonly store: SessionStore;
  /** Gives back what the store needed. */
  drop?(): Promise<void>;
}

/**
 * A cache as a store drops what has expired by itself, so that there is nothing to sweep or to see of it, and does not
 * compare id hashes: 256 random bits do not meet.
 */
export type StoreKind = "database" | "cache";

const CLIENTS = 64;
const HOUR = 3_600_000;

const ago = (milliseconds: number) => new Date(Date.now() - milliseconds);

const winners = (answers: readonly boolean[]) => answers.filter(Boolean).length;

/**
 * What every store must do, as `src/tiers/store.ts` says.
 *
 * ```ts
 * describeStore("memory", async () => ({ store: memoryStore() }));
 * ```
 */
export function describeStore(name: string, open: () => Promise<StoreUnderTest>, kind: StoreKind = "database"): void {
  describe(`the store ${name}`, () => {
    let under: StoreUnderTest;
    let store: SessionStore;

    beforeAll(async () => {
      under = await open();
      store = under.store;
    }, 60_000);

    afterAll(() => under?.drop?.());

    const insert = async (changes?: Partial<SessionRecord>) => {
      const record = sessionRecord(changes);
      expect(await store.insert(record)).toBe(true);
      return record;
    };

    const parallel = (work: (i: number) => Promise<boolean>, count = CLIENTS) =>
      Promise.all(Array.from({ length: count }, (_, i) => work(i)));

    test("[B8] absence is an answer, not an error, and nothing comes into being by asking", async () => {
      const { key, idHash, ...absent } = sessionRecord();
      expect(await store.get(key)).toBeUndefined();
      expect(await store.find(idHash)).toBeUndefined();
      expect(await store.delete(key)).toBe(false);
      expect(await store.delete(key, 1)).toBe(false);
      expect(await store.update({ key, idHash, ...absent }, { data: "x" })).toBe(false);
      expect(await store.list("nobody")).toEqual([]);
      expect(await store.deleteBatch("expired", 10)).toBe(0);
      expect(await store.get(key)).toBeUndefined();
    });

    test("[B8] a row comes back as it went, by its key and by its id hash", async () => {
      const moment = new Date("2031-02-03T04:05:06.789Z");
      const full = await insert({
        previousIdHash: "before",
        successor: "sealed",
        presentedAt: moment,
        userId: "user",
        data: "data",
        version: 7,
        commitIds: "a b c",
        cookieSealedAt: moment,
        createdAt: new Date(moment.getTime() + 1),
        rotatedAt: new Date(moment.getTime() + 2),
        seenAt: new Date(moment.getTime() + 3),
        idleExpiresAt: new Date(moment.getTime() + 4),
        expiresAt: new Date(moment.getTime() + 5),
        userAgent: "agent",
        address: "2001:db8::1",
      });
      const sparse = await insert({ data: null, commitIds: "" });
      for (const record of [full, sparse]) {
        expect(await store.get(record.key)).toStrictEqual(record);
        expect(await store.find(record.idHash)).toStrictEqual(record);
      }
    });

    if (kind === "database") {
      test("[B8] a row that has expired may still be read, and is not hidden", async () => {
        const { key } = await insert({ expiresAt: ago(HOUR) });
        expect((await store.get(key))?.key).toBe(key);
        expect(await store.delete(key)).toBe(true);
      });
    }

    test("[B8] [B7] data keeps every byte, up to a megabyte and beyond", async () => {
      const texts = [...AWKWARD_TEXTS, "ä€𝄞x".repeat(150_000)];
      for (const data of texts) {
        const { key } = await insert({ data });
        expect((await store.get(key))?.data === data, `${data.slice(0, 20)} came back changed`).toBe(true);
      }
    });

    test("[B8] [B3] a key or an id hash that is taken is refused, and its row stays", async () => {
      const held = await insert({ data: "held" });
      expect(await store.insert(sessionRecord({ key: held.key, data: "other" }))).toBe(false);
      if (kind === "database") {
        expect(await store.insert(sessionRecord({ idHash: held.idHash, data: "other" }))).toBe(false);
      }
      expect(await store.get(held.key)).toStrictEqual(held);
    });

    test("[B8] [B3] of many that insert one key, or one id hash, exactly one succeeds", async () => {
      const { key, idHash } = sessionRecord();
      expect(winners(await parallel(() => store.insert(sessionRecord({ key }))))).toBe(1);
      if (kind === "database") expect(winners(await parallel(() => store.insert(sessionRecord({ idHash }))))).toBe(1);
    });

    test("[B8] an update changes what it names, nulls included, and raises the version by one", async () => {
      const base = await insert({ userId: "user", previousIdHash: "before", version: 9 });
      const seenAt = new Date("2030-01-01T00:00:00.001Z");
      expect(await store.update(base, { data: "new", previousIdHash: null, seenAt })).toBe(true);
      const changed = { ...base, data: "new", previousIdHash: null, seenAt, version: 10 };
      expect(await store.get(base.key)).toStrictEqual(changed);
    });

    test("[B8] an update of another version changes nothing", async () => {
      const held = await insert({ version: 5 });
      for (const version of [0, 4, 6, 50]) {
        expect(await store.update({ ...held, version }, { data: "lost" })).toBe(false);
      }
      expect(await store.get(held.key)).toStrictEqual(held);
    });

    test("[B8] a row whose id is replaced is found by the new id hash alone", async () => {
      const base = await insert();
      const { idHash } = sessionRecord();
      expect(await store.update(base, { idHash, previousIdHash: base.idHash })).toBe(true);
      expect((await store.find(idHash))?.key).toBe(base.key);
      expect(await store.find(base.idHash)).toBeUndefined();
      if (kind === "database") expect(await store.insert(sessionRecord({ idHash }))).toBe(false);
    });

    test("[B8] of many that update one version, exactly one succeeds, and its change stands", async () => {
      const base = await insert({ data: "base" });
      for (let round = 0; round < 5; round++) {
        const held = await store.get(base.key);
        const answers = await parallel((i) => store.update(held ?? base, { data: `${round}:${i}` }));
        expect(winners(answers)).toBe(1);
        const after = await store.get(base.key);
        expect(after).toMatchObject({ data: `${round}:${answers.indexOf(true)}`, version: base.version + round + 1 });
      }
    });

    test("[B8] no increment is lost between many that read, add one and try again", async () => {
      const { key } = await insert({ data: "0" });
      const increment = async () => {
        for (;;) {
          const held = await store.get(key);
          if (!held) return false;
          if (await store.update(held, { data: String(Number(held.data) + 1) })) return true;
        }
      };
      expect(winners(await parallel(increment, 16))).toBe(16);
      expect(await store.get(key)).toMatchObject({ data: "16", version: 17 });
    });

    test("[B8] a delete with a version takes that version only; without one, whatever is there", async () => {
      const first = await insert({ version: 3 });
      expect(await store.delete(first.key, 2)).toBe(false);
      expect(await store.get(first.key)).toStrictEqual(first);
      expect(await store.delete(first.key, 3)).toBe(true);
      expect(await store.delete(first.key, 3)).toBe(false);
      const second = await insert({ version: 3 });
      expect(await store.delete(second.key)).toBe(true);
      expect(await store.get(second.key)).toBeUndefined();
      expect(await store.find(second.idHash)).toBeUndefined();
    });

    test("[B8] of many that delete one row, exactly one is told that it went", async () => {
      const { key } = await insert();
      expect(winners(await parallel(() => store.delete(key)))).toBe(1);
    });

    test("[B8] an update and a delete of the same version: one of them succeeds, never both", async () => {
      for (let round = 0; round < 20; round++) {
        const base = await insert();
        const [updated, deleted] = await Promise.all([
          store.update(base, { data: "kept" }),
          store.delete(base.key, base.version),
        ]);
        expect(updated).not.toBe(deleted);
        expect((await store.get(base.key))?.data).toBe(updated ? "kept" : undefined);
      }
    });

    test("[B8] a deleted row is not brought back by an update", async () => {
      const base = await insert();
      await store.delete(base.key);
      expect(await store.update(base, { data: "late" })).toBe(false);
      expect(await store.get(base.key)).toBeUndefined();
    });

    test("[B8] users and rows are told apart by every character, case, accent and space", async () => {
      const users = ["ada", "Ada", "áda", "ada ", "ada\u200b", "a\u0301da"];
      const records = [];
      for (const userId of users) records.push(await insert({ userId }));
      for (const [i, userId] of users.entries()) {
        expect((await store.list(userId)).map(({ key }) => key)).toEqual([records[i]?.key]);
      }
      const { key, idHash } = await insert({ key: sessionRecord().key.replace(/.$/, "A") });
      const similar = [key.replace(/A$/, "a"), `${key} `, key.toLowerCase(), key.toUpperCase()];
      for (const other of similar) expect(await store.get(other), other).toBeUndefined();
      for (const other of [`${idHash} `, idHash.toLowerCase()]) expect(await store.find(other), other).toBeUndefined();
    });

    test("[B8] the sessions of a user come oldest first, without their data, and nobody else's", async () => {
      const { key: userId } = sessionRecord();
      const made = [];
      for (const age of [2, 3, 1]) made.push(await insert({ userId, createdAt: ago(age * HOUR), data: "secret" }));
      await insert({ userId: `${userId}x` });
      await insert({ userId: null });
      const [middle, oldest, newest] = made.map((record) => ({ ...record, data: null }));
      expect(await store.list(userId)).toStrictEqual([oldest, middle, newest]);
    });
  });

  if (kind === "cache") return;

  describe(`cleanup in the store ${name}`, () => {
    let under: StoreUnderTest;
    let store: SessionStore;

    beforeAll(async () => {
      under = await open();
      store = under.store;
    }, 60_000);

    afterAll(() => under?.drop?.());

    const insertAll = async (count: number, changes: Partial<SessionRecord>) => {
      const records = Array.from({ length: count }, () => sessionRecord(changes));
      await Promise.all(records.map((record) => store.insert(record)));
      return records;
    };

    const countOf = async (records: readonly SessionRecord[]) =>
      (await Promise.all(records.map(({ key }) => store.get(key)))).filter(Boolean).length;

    test("[B8] [G26] [B4] it takes what is past its deadline, counters too, and nothing else, however old", async () => {
      const live = await insertAll(15, { createdAt: ago(400 * 24 * HOUR), seenAt: ago(400 * 24 * HOUR) });
      const expired = await insertAll(4, { expiresAt: ago(HOUR) });
      expired.push(...(await insertAll(1, { key: "~expired", expiresAt: ago(HOUR) })));
      expect(await store.deleteBatch("expired", 100)).toBe(5);
      expect(await store.deleteBatch("expired", 100)).toBe(0);
      expect(await countOf(live)).toBe(15);
      expect(await countOf(expired)).toBe(0);
      await store.deleteBatch({ createdBefore: new Date(), keyPrefix: "" }, 100);
    });

    test("[B8] [F15] it takes no more than the limit at once, and more than 500 in all", async () => {
      await insertAll(1_200, { expiresAt: ago(HOUR) });
      expect(await store.deleteBatch("expired", 0)).toBe(0);
      expect(await store.deleteBatch("expired", 1)).toBe(1);
      expect(await store.deleteBatch("expired", 1_000)).toBe(1_000);
      expect(await store.deleteBatch("expired", 1_000)).toBe(199);
    });

    test("[B8] [A19] of an application all sessions from before a moment go, in batches; later ones, others and counters stay", async () => {
      const moment = ago(HOUR);
      const keyPrefix = "shop-1";
      const own = async (createdAt: Date) => (await insertAll(1, { key: keyPrefix + randomToken(16), createdAt }))[0]!;
      const before = await Promise.all(Array.from({ length: 10 }, () => own(new Date(moment.getTime() - 1))));
      const after = await Promise.all(Array.from({ length: 3 }, () => own(moment)));
      const others = await insertAll(2, { createdAt: ago(2 * HOUR) });
      const counters = await insertAll(1, { key: "~epoch", createdAt: ago(2 * HOUR) });
      expect(await store.deleteBatch({ createdBefore: moment, keyPrefix }, 6)).toBe(6);
      expect(await store.deleteBatch({ createdBefore: moment, keyPrefix }, 6)).toBe(4);
      expect(await countOf(others)).toBe(2);
      expect(await countOf(before)).toBe(0);
      expect(await countOf(after)).toBe(3);
      expect(await countOf(counters)).toBe(1);
    });

    test("[B8] [A19] of every application all sessions go when no prefix is given, and counters stay", async () => {
      const sessions = await insertAll(4, { createdAt: ago(2 * HOUR) });
      const counters = await insertAll(1, { key: "~cutoff", createdAt: ago(2 * HOUR) });
      for (let gone = -1; gone !== 0; )
        gone = await store.deleteBatch({ createdBefore: ago(HOUR), keyPrefix: "" }, 100);
      expect(await countOf(sessions)).toBe(0);
      expect(await countOf(counters)).toBe(1);
    });

    test("[B8] run several times at once, it takes every row once", async () => {
      const live = await insertAll(20, {});
      await insertAll(600, { expiresAt: ago(HOUR) });
      const runs = Array.from({ length: 4 }, async () => {
        let gone = 0;
        for (let batch = -1; batch !== 0; gone += batch) batch = await store.deleteBatch("expired", 50);
        return gone;
      });
      const counts = await Promise.all(runs);
      const rest = await store.deleteBatch("expired", 1_000);
      expect(counts.reduce((sum, count) => sum + count, rest)).toBe(600);
      expect(await countOf(live)).toBe(20);
    });

    test("[B8] a row that is given a later deadline meanwhile is not taken", async () => {
      const expired = await insertAll(300, { expiresAt: ago(HOUR) });
      const expiresAt = new Date(Date.now() + HOUR);
      const extend = (base: SessionRecord) => store.update(base, { expiresAt });
      const [gone, ...extended] = await Promise.all([store.deleteBatch("expired", 1_000), ...expired.map(extend)]);
      const kept = expired.filter((_, i) => extended[i]);
      expect(await countOf(kept)).toBe(kept.length);
      expect(kept.length + gone).toBe(300);
    });
  });
}
