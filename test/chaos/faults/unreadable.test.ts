import type { Session, SessionStoreError } from "spillway";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeBrowser } from "../../support/fake-browser.js";
import type { Basket } from "./basket.js";
import { describeWithBoth } from "./describe-with-both.js";
import { openWorld, type World } from "./world.js";

/** A visitor's session on the server, and where it lies. */
interface Held {
  readonly browser: FakeBrowser;
  readonly handle: string;
}

/** On a busy machine, a cache that is well may take its time. */
const PATIENT = { cacheTimeout: "10s" } as const;

const LONG = "0123456789abcdef".repeat(1_000);

async function begin(world: World, count: number): Promise<Held> {
  const browser = new FakeBrowser();
  const handle = await browser.request(world.web, async (session) => {
    await session.set({ count, bulk: LONG });
    return session.handle as string;
  });
  return { browser, handle };
}

const countOf = (world: World, { browser }: Held) => browser.request(world.web, (session) => session.get("count"));

/** What may have become of an entry: given what it was, and another session's. */
const DAMAGES: Record<string, (entry: string, other: string) => string> = {
  empty: () => "",
  "something else's text": () => "hello",
  "something else's JSON": () => '{"cart":[1,2]}',
  "cut off in its version": () => "v1",
  "cut off in the middle": (entry) => entry.slice(0, entry.length / 2),
  "without its last character": (entry) => entry.slice(0, -1),
  "of a layout to come": (entry) => entry.replace(":[2,", ":[3,"),
  "of another version than it says": (entry) => entry.replace(/^v1:/, "v2:"),
  "another session's": (_, other) => other,
  "damaged in its values": (entry) => entry.replace(/"[^"]{200,}"/, '"nonsense"'),
};

await describeWithBoth("What cannot be read", (urls) => {
  let world: World;

  afterEach(() => world.close());

  /** Spoils the entry of a session; returns what lies there then. */
  async function spoil(
    { handle }: Held,
    other: Held,
    damage: (entry: string, other: string) => string,
  ): Promise<string> {
    const at = `${world.prefix}${handle}`;
    const [entry, others] = await world.redis.mget(at, `${world.prefix}${other.handle}`);
    const spoilt = damage(entry as string, others as string);
    expect(spoilt).not.toBe(entry);
    await world.redis.set(at, spoilt);
    return spoilt;
  }

  const corrupt = () => world.events.filter(([name]) => name === "corrupt").map(([, event]) => event);

  describe.each(["redis", "kv"] as const)("in a cache with a database behind it (%s)", (transport) => {
    beforeEach(async () => {
      world = await openWorld({ ...urls, transport, server: PATIENT });
    });

    test.each(Object.entries(DAMAGES))(
      "an entry that is %s is reported, not adopted, and replaced by what the database holds",
      async (_, damage) => {
        const [mine, other] = [await begin(world, 1), await begin(world, 2)];
        await spoil(mine, other, damage);
        expect(await countOf(world, mine)).toBe(1);
        expect(corrupt()).toEqual([{ tier: "cache", handle: mine.handle }]);
        expect(await mine.browser.request(world.web, (session) => session.update("count", (n = 0) => n + 1))).toBe(2);
        await countOf(world, mine);
        world.statements.length = 0;
        expect(await countOf(world, mine)).toBe(2);
        expect(world.statements).toEqual([]);
        expect(corrupt()).toHaveLength(1);
        expect(await countOf(world, other)).toBe(2);
        expect(world.events.filter(([name]) => name === "unavailable")).toEqual([]);
      },
    );
  });

  describe("in a cache alone", () => {
    beforeEach(async () => {
      world = await openWorld({ ...urls, transport: "redis", hasStore: false });
    });

    test.each(Object.entries(DAMAGES))("an entry that is %s is an error, and is left as it is", async (_, damage) => {
      const [mine, other] = [await begin(world, 1), await begin(world, 2)];
      const spoilt = await spoil(mine, other, damage);
      const { session, setCookies } = await world.web.open(mine.browser.headers);
      for (const use of [
        () => session.get("count"),
        () => session.set("count", 5),
        () => session.update("count", () => 5),
      ]) {
        const error = await use().catch((reason: unknown) => reason);
        expect(["store", "unreadable"]).toContain((error as SessionStoreError).code);
      }
      expect([session.active, setCookies]).toEqual([true, []]);
      expect(await world.redis.get(`${world.prefix}${mine.handle}`)).toBe(spoilt);
      expect(await countOf(world, other)).toBe(2);
    });
  });

  describe("in the database", () => {
    const row = (key: string) => world.database.session.findUniqueOrThrow({ where: { key } });

    const ROWS: Record<string, (data: string, other: string) => string> = {
      "has lost its values": () => "",
      "holds something else": () => "hello",
      "was cut off": (data) => data.slice(0, data.length / 2),
      "is compressed, and damaged": (data) => `${data.slice(0, 20)}AAAA${data.slice(24)}`,
      "has a schema version that is not known yet": () => '9j{"count":1}',
      "is sealed with a secret that is not given": () => "SFe26.2*1*x*y*z*0*a*b",
    };

    const refused = async (held: Held) => {
      const before = await row(held.handle);
      for (const use of [
        (session: Session<Basket>) => session.get("count"),
        (session: Session<Basket>) => session.set("count", 5),
        (session: Session<Basket>) => session.update("count", () => 5),
        (session: Session<Basket>) => session.clear(),
      ]) {
        const { session, setCookies } = await world.web.open(held.browser.headers);
        await expect(use(session)).rejects.toMatchObject({ code: "unreadable" });
        expect([session.active, setCookies]).toEqual([true, []]);
      }
      expect(await row(held.handle)).toEqual(before);
    };

    test.each(Object.entries(ROWS))(
      "a row that %s is an error to readers and writers, and is left as it is until it is ended",
      async (_, damage) => {
        world = await openWorld({ ...urls, transport: "redis" });
        const [mine, other] = [await begin(world, 1), await begin(world, 2)];
        const { data } = await row(mine.handle);
        const damaged = damage(data as string, (await row(other.handle)).data as string);
        await world.database.session.update({ where: { key: mine.handle }, data: { data: damaged } });
        await world.redis.del(`${world.prefix}${mine.handle}`);
        await refused(mine);
        await mine.browser.request(world.web, (session) => session.destroy());
        expect(await world.database.session.count({ where: { key: mine.handle } })).toBe(0);
      },
    );

    test("with `encryptAtRest`, a row that holds another's values is one of them", async () => {
      world = await openWorld({ ...urls, transport: "redis", server: { encryptAtRest: true } });
      const [mine, other] = [await begin(world, 1), await begin(world, 2)];
      const { data } = await row(other.handle);
      await world.database.session.update({ where: { key: mine.handle }, data: { data } });
      await world.redis.del(`${world.prefix}${mine.handle}`);
      await refused(mine);
    });

    test.each(["idHash", "userId"] as const)("a row whose `%s` is another's is nobody's session", async (column) => {
      world = await openWorld({ ...urls, transport: undefined });
      const mine = await begin(world, 1);
      await world.database.session.update({ where: { key: mine.handle }, data: { [column]: "A".repeat(43) } });
      expect(
        await mine.browser.request(world.web, async (session) => [await session.get("count"), session.active]),
      ).toEqual([undefined, false]);
      expect(world.events).toContainEqual(["rejected", { reason: "replaced" }]);
    });
  });
});
