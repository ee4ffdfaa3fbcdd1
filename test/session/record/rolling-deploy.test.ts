import { prismaStore } from "spillway/stores/prisma";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sqliteDatabase } from "../../support/databases.js";
import { type AnyData, bulk, type Deploy, deploy, newSecret } from "../../support/deployments.js";
import { FakeBrowser } from "../../support/fake-browser.js";

const forward = ({ item, ...data }: AnyData, version: number) =>
  version < 2 && item !== undefined ? { ...data, items: [item] } : data;
const back = ({ items, ...data }: AnyData, version: number) =>
  version === 2 && Array.isArray(items) ? { ...data, item: items[0] } : data;

/** What each deploy says of the shape, in the order of the deploys. */
const DEPLOYS = {
  before: { schemaVersion: 1 },
  accepting: { schemaVersion: 1, acceptVersion: 2, migrate: back },
  writing: { schemaVersion: 2, migrate: forward },
} as const satisfies Record<string, Deploy["define"]>;

describe.each([
  ["in the cookie", ""],
  ["on the server", bulk()],
])("Two fleets of one rolling deploy, sessions %s", (_where, filling) => {
  let database: Awaited<ReturnType<typeof sqliteDatabase>>;
  beforeAll(async () => {
    database = await sqliteDatabase();
  });
  afterAll(() => database.drop());

  /** Servers of several deploys over one database. Each sells, in the shape that it knows, one tea more. */
  function fleets(...names: (keyof typeof DEPLOYS)[]) {
    const secret = newSecret();
    return names.map((name) => {
      const store = prismaStore(database.client.session);
      const { sessions } = deploy({ tiers: "cookie+db", store, define: { secret, ...DEPLOYS[name] } });
      const signIn = (browser: FakeBrowser) => browser.request(sessions, (session) => session.login("ada"));
      const all = (browser: FakeBrowser) => browser.request(sessions, (session) => session.all());
      const sell = async (browser: FakeBrowser) => {
        await browser.request(sessions, async (session) => {
          await session.set("filling", filling);
          await session.update("sold", (sold = 0) => Number(sold) + 1);
          if (name === "writing") await session.update("items", (items = ["tea"]) => items);
          else await session.update("item", (item = "tea") => item);
        });
      };
      return { sell, signIn, all };
    });
  }

  test.each([
    ["before", "accepting"],
    ["accepting", "writing"],
    ["writing", "accepting"],
  ] as const)("read what each other writes: %s beside %s, 0 unreadable.", async (...names) => {
    const both = fleets(...names);
    const visitors = Array.from({ length: 6 }, () => new FakeBrowser());
    for (const visitor of visitors.slice(0, 3)) await both[0]?.signIn(visitor);
    const unreadable: unknown[] = [];
    for (let turn = 0; turn < 6; turn++) {
      for (const [n, visitor] of visitors.entries()) {
        await both[(turn + n) % 2]?.sell(visitor).catch((error) => unreadable.push(error));
      }
    }
    expect(unreadable).toEqual([]);
    for (const [n, visitor] of visitors.entries()) {
      const found = await both[n % 2]?.all(visitor);
      expect(found).toMatchObject({ sold: 6, ...(found && "item" in found ? { item: "tea" } : { items: ["tea"] }) });
    }
  });

  test("refuse what nobody accepts yet: the step cannot be left out.", async () => {
    const [before, writing] = fleets("before", "writing");
    const visitor = new FakeBrowser();
    await writing?.sell(visitor);
    await expect(before?.sell(visitor)).rejects.toMatchObject({ code: "unreadable" });
    await expect(before?.sell(visitor)).rejects.toThrow("`acceptVersion`");
  });
});

test("What is accepted is no older than what is written.", () => {
  for (const acceptVersion of [1, 1.5, "3"]) {
    const define = { schemaVersion: 2, acceptVersion } as Deploy["define"];
    expect(() => deploy({ ...(define && { define }) })).toThrow(
      expect.objectContaining({ code: "config", option: "acceptVersion" }),
    );
  }
});
