import { type } from "arktype";
import { defineSession } from "spillway";
import { createSessions } from "spillway/web";
import * as v from "valibot";
import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { type AnyData, deploy, newSecret } from "../../support/deployments.js";
import { FakeBrowser } from "../../support/fake-browser.js";

/** The same shape in the three libraries that people use. */
const SCHEMAS = {
  zod: z.object({ theme: z.enum(["light", "dark"]).default("light"), visits: z.number().int().optional() }),
  valibot: v.object({
    theme: v.optional(v.picklist(["light", "dark"]), "light"),
    visits: v.optional(v.pipe(v.number(), v.integer())),
  }),
  arktype: type({ theme: "'light' | 'dark' = 'light'", "visits?": "number.integer" }),
};

describe.each(Object.entries(SCHEMAS))("A schema of %s", (_, schema) => {
  const sessions = () => createSessions(defineSession<AnyData>({ secret: newSecret(), schema: schema as never }));

  test("gives its defaults on reading, to a visitor who has no session too, and begins none.", async () => {
    const browser = new FakeBrowser();
    expect(await browser.request(sessions(), (session) => session.get("theme"))).toBe("light");
    expect(browser.cookies).toEqual({});
  });

  test("is checked in whole before a commit, and what it refuses is not written.", async () => {
    const browser = new FakeBrowser();
    const app = sessions();
    await browser.request(app, (session) => session.set("visits", 1));
    const refused = browser.request(app, (session) => session.set({ theme: "dark", visits: 1.5 }));
    await expect(refused).rejects.toMatchObject({ code: "value", path: "visits" });
    expect(await browser.request(app, (session) => session.all())).toEqual({ theme: "light", visits: 1 });
  });
});

describe("What an instance's schema does not know", () => {
  const secret = newSecret();
  const item = {
    zod: z.object({ name: z.string() }),
    valibot: v.object({ name: v.string() }),
    arktype: type({ name: "string", "+": "delete" }),
  };
  const OLDER = {
    zod: z.object({ cart: z.array(item.zod).optional(), note: z.string().optional() }),
    valibot: v.object({ cart: v.optional(v.array(item.valibot)), note: v.optional(v.string()) }),
    arktype: type({ "cart?": item.arktype.array(), "note?": "string", "+": "delete" }),
  };

  test.each(
    Object.entries(OLDER).flatMap(([name, schema]) =>
      (["cookie", "cookie+kv+db"] as const).map((tiers) => ({ name, schema, tiers })),
    ),
  )("is kept when that instance writes, at any depth ($name, $tiers).", async ({ schema, tiers }) => {
    const server = tiers === "cookie" ? {} : { cookieThreshold: 0 };
    const newer = deploy({ tiers, define: { secret }, server });
    const older = deploy({
      tiers,
      define: { secret, schema: schema as never },
      server,
      ...(newer.store && { store: newer.store }),
    });
    const browser = newer.browser();
    const cart = [{ name: "tea", coupon: "SPRING" }];
    await browser.request(newer.sessions, (session) => session.set({ cart, coupon: "SPRING", since: new Date(0) }));
    await browser.request(older.sessions, (session) => session.set("note", "of the older one"));
    await browser.request(older.sessions, (session) => session.update("note", (note) => `${note}, twice`));
    expect(await browser.request(newer.sessions, (session) => session.all())).toEqual({
      cart,
      coupon: "SPRING",
      since: new Date(0),
      note: "of the older one, twice",
    });
  });

  test("is kept in nested objects, lists of lists and Maps.", async () => {
    const line = z.object({ name: z.string() });
    const schema = z.object({
      orders: z.object({ open: z.array(z.array(line)) }).optional(),
      byName: z.map(z.string(), line).optional(),
      note: z.string().optional(),
    });
    const newer = deploy({ tiers: "cookie", define: { secret } });
    const older = deploy({ tiers: "cookie", define: { secret, schema: schema as never } });
    const browser = newer.browser();
    const tea = { name: "tea", coupon: "SPRING" };
    const stored = { orders: { open: [[tea], []], closed: 3 }, byName: new Map([["tea", tea]]) };
    await browser.request(newer.sessions, (session) => session.set(stored));
    await browser.request(older.sessions, (session) => session.set("note", "of the older one"));
    const kept = await browser.request(newer.sessions, (session) => session.all());
    expect(kept).toEqual({ ...stored, note: "of the older one" });
  });

  test("goes with what it stands in, when that is replaced or deleted.", async () => {
    const newer = deploy({ tiers: "cookie", define: { secret } });
    const older = deploy({ tiers: "cookie", define: { secret, schema: OLDER.zod as never } });
    const browser = newer.browser();
    await browser.request(newer.sessions, (session) => session.set("cart", [{ name: "tea", coupon: "SPRING" }]));
    await browser.request(older.sessions, (session) => session.set("cart", [{ name: "coffee" }]));
    expect(await browser.request(newer.sessions, (session) => session.all())).toEqual({ cart: [{ name: "coffee" }] });
    await browser.request(older.sessions, (session) => session.clear());
    expect(await browser.request(newer.sessions, (session) => session.all())).toEqual({});
  });

  test("is nothing that a schema has made anew.", async () => {
    const schema = z.object({ at: z.union([z.date(), z.string().transform((text) => new Date(text))]).optional() });
    const newer = deploy({ tiers: "cookie", define: { secret } });
    const older = deploy({ tiers: "cookie", define: { secret, schema: schema as never } });
    const browser = newer.browser();
    await browser.request(newer.sessions, (session) => session.set("at", "1970-01-01T00:00:00Z"));
    expect(await browser.request(older.sessions, (session) => session.get("at"))).toEqual(new Date(0));
  });
});

test("A schema types the data.", () => {
  const typed = defineSession({ secret: newSecret(), schema: SCHEMAS.zod });
  const { open } = createSessions(typed);
  type Opened = Awaited<ReturnType<typeof open>>["session"];
  expectTypeOf<Opened["set"]>().toBeCallableWith("theme", "dark");
  expectTypeOf<Awaited<ReturnType<Opened["all"]>>>().toEqualTypeOf<
    Partial<{ theme: "light" | "dark"; visits?: number | undefined }>
  >();
});

test("A schema that answers later, or that refuses the empty session, is refused at once.", () => {
  const later = z.object({ name: z.string().optional() }).refine(async () => true);
  const strict = z.object({ name: z.string() });
  for (const schema of [later, strict]) {
    expect(() => createSessions(defineSession({ secret: newSecret(), schema }))).toThrow(
      expect.objectContaining({ code: "config", option: "schema" }),
    );
  }
});

describe("A deploy that changes the shape of the data", () => {
  const secret = newSecret();
  const migrate = (data: AnyData, version: number) => (version === 1 ? { ...data, cart: [data.item] } : data);
  const before = () => deploy({ tiers: "cookie", define: { secret, schemaVersion: 1 } });
  const after = () => deploy({ tiers: "cookie", define: { secret, schemaVersion: 2, migrate } });

  test("keeps its users: what the previous version wrote is migrated, and written as the new one by the next commit.", async () => {
    const [old, next] = [before(), after()];
    const browser = old.browser();
    await browser.request(old.sessions, (session) => session.set("item", "tea"));
    expect(await browser.request(next.sessions, (session) => session.get("cart"))).toEqual(["tea"]);
    await browser.request(next.sessions, (session) => session.set("note", "kept"));
    expect(await browser.request(next.sessions, (session) => session.all())).toEqual({
      item: "tea",
      cart: ["tea"],
      note: "kept",
    });
  });

  test("is not undone by an instance of the previous version: it reads nothing of the new data, and writes nothing over it.", async () => {
    const [old, next] = [before(), after()];
    const browser = next.browser();
    await browser.request(next.sessions, (session) => session.set("cart", ["tea"]));
    const { cookieHeader } = browser;
    const reading = browser.request(old.sessions, (session) => session.get("cart"));
    await expect(reading).rejects.toMatchObject({ code: "unreadable" });
    const writing = browser.request(old.sessions, (session) => session.set("cart", []));
    await expect(writing).rejects.toMatchObject({ code: "unreadable" });
    expect(browser.cookieHeader).toBe(cookieHeader);
    expect(await browser.request(next.sessions, (session) => session.get("cart"))).toEqual(["tea"]);
  });

  test("may fail to migrate: the data is kept as it is, and the session can still be ended.", async () => {
    const old = before();
    const broken = deploy({
      tiers: "cookie",
      define: {
        secret,
        schemaVersion: 2,
        migrate() {
          throw new Error("no");
        },
      },
    });
    const browser = old.browser();
    await browser.request(old.sessions, (session) => session.set("item", "tea"));
    await expect(browser.request(broken.sessions, (session) => session.get("item"))).rejects.toMatchObject({
      code: "unreadable",
    });
    expect(await browser.request(old.sessions, (session) => session.get("item"))).toBe("tea");
    await browser.request(broken.sessions, (session) => session.destroy());
    expect(browser.cookies).toEqual({});
  });
});
