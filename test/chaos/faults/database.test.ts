import { type Session, SessionStoreError } from "spillway";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeBrowser } from "../../support/fake-browser.js";
import { stopTime, travel } from "../../support/fake-time.js";
import type { Basket } from "./basket.js";
import { describeWithBoth } from "./describe-with-both.js";
import { STORE_FAULTS, STORE_TIMEOUT, visitUnderStoreFault } from "./store-faults.js";
import { arrive, findings, type Visitor } from "./visitors.js";
import { openWorld, type World } from "./world.js";

const TRAFFIC = { visitors: 6, each: 5 };

await describeWithBoth("A database that is", (urls) => {
  for (const fault of STORE_FAULTS) {
    test(`${fault.name} is never said to have saved what it has not, signs nobody out, and leaves cached reads alone`, async () => {
      const options = { ...urls, transport: "redis" as const };
      const { visits, findings: found, after, lostReplies } = await visitUnderStoreFault(options, fault, TRAFFIC);
      const errors = visits.flatMap(({ error }) => error ?? []);
      for (const error of errors) expect(error).toBeInstanceOf(SessionStoreError);
      expect(visits.filter(({ errand, error }) => errand === "read" && error)).toEqual([]);
      if (fault.refusesWrites) expect(visits.filter(({ errand, error }) => errand !== "read" && !error)).toEqual([]);
      else {
        expect(errors).toEqual([]);
        expect(lostReplies).toBeGreaterThan(0);
      }
      expect(found).toEqual([]);
      expect(after.filter(({ error }) => error)).toEqual([]);
    });
  }

  describe("stopped", () => {
    test.each(["redis", undefined] as const)(
      "makes no session anonymous that nothing else holds (cache: %s)",
      async (transport) => {
        const world = await openWorld({ ...urls, transport, server: { revocationDelay: 0 } });
        try {
          const [visitor] = (await arrive(world, 1)) as [Visitor];
          const anonymous = new FakeBrowser();
          await anonymous.request(world.web, (session) => session.set("count", 41));
          await world.redis.flushall();
          await world.storeLine.set({ type: "refuse" });

          const cookies = [visitor.browser.cookieHeader, anonymous.cookieHeader];
          await expect(world.web.open(visitor.browser.headers)).rejects.toMatchObject({ code: "store", tier: "store" });
          const { session, setCookies } = await world.web.open(anonymous.headers);
          await expect(session.get("count")).rejects.toMatchObject({ code: "store", tier: "store" });
          await expect(session.set("count", 1)).rejects.toMatchObject({ code: "store", tier: "store" });
          await expect(session.update("count", () => 1)).rejects.toMatchObject({ code: "store", tier: "store" });
          expect(session.active).toBe(true);
          expect(setCookies).toEqual([]);
          expect([visitor.browser.cookieHeader, anonymous.cookieHeader]).toEqual(cookies);

          await world.storeLine.set();
          expect(await anonymous.request(world.web, (back) => back.update("count", (n = 0) => n + 1))).toBe(42);
          expect((await visitor.visit("write")).error).toBeUndefined();
          expect(visitor.findings).toEqual([]);
        } finally {
          await world.close();
        }
      },
    );

    describe("with a cache that is too slow to be waited for otherwise", () => {
      let world: World;
      let visitor: Visitor;

      beforeEach(async () => {
        world = await openWorld({ ...urls, transport: "redis", server: { onStoreDown: "cache" } });
        [visitor] = (await arrive(world, 1)) as [Visitor];
        await world.cacheLine.set({ type: "delay", milliseconds: 150 });
        await world.storeLine.set({ type: "refuse" });
      });

      afterEach(() => world.close());

      test("leaves reads alone", async () => {
        for (let i = 0; i < 4; i++) expect(await visitor.visit("read")).toMatchObject({ error: undefined });
        expect(visitor.findings).toEqual([]);
      });

      test("can still leave writes to it", async () => {
        const { session } = await world.web.open(visitor.browser.headers);
        for (const count of [1, 2, 3]) expect(await session.set("count", count)).toEqual({ durable: false });
        expect(await session.get("count")).toBe(3);
      });
    });

    test("begins no session that it cannot keep", async () => {
      const world = await openWorld({ ...urls, transport: "redis" });
      try {
        await world.storeLine.set({ type: "refuse" });
        const newcomer = new FakeBrowser();
        for (const begin of [
          (session: Session<Basket>) => session.set("bulk", "x"),
          (session: Session<Basket>) => session.login("somebody"),
        ]) {
          const { session, setCookies } = await world.web.open(newcomer.headers);
          await expect(begin(session)).rejects.toMatchObject({ code: "store", tier: "store" });
          expect([session.active, setCookies]).toEqual([false, []]);
        }
        expect(await world.database.session.count({ where: { NOT: { key: { startsWith: "~" } } } })).toBe(0);
      } finally {
        await world.close();
      }
    });

    test("with its cache lets in nobody signed in whose revocation cannot be looked up, however often they ask", async () => {
      const world = await openWorld({ ...urls, transport: "redis", server: { revocationDelay: 1 } });
      try {
        stopTime();
        const [visitor] = (await arrive(world, 1)) as [Visitor];
        travel(700);
        await visitor.visit("read");
        travel(400);
        await Promise.all([world.storeLine.set({ type: "refuse" }), world.cacheLine.set({ type: "refuse" })]);
        // Within the last second the row was seen, but not the epoch.
        for (let i = 0; i < 3; i++) {
          await expect(world.web.open(visitor.browser.headers)).rejects.toMatchObject({ code: "store" });
        }
      } finally {
        await world.close();
      }
    });
  });

  test("on the other side of connections that died in silence, as after a failover, is found again without a restart", async () => {
    const world = await openWorld({ ...urls, transport: undefined, server: { storeTimeout: 1 } });
    try {
      const visitors = await arrive(world, 12);
      world.storeLine.forget();
      const lost = await Promise.all(visitors.map((visitor) => visitor.visit("write")));
      expect(lost.every(({ error }) => error instanceof SessionStoreError)).toBe(true);
      const isServed = async (visitor: Visitor) => {
        const write = async () => (await visitor.visit("write")).error;
        await expect.poll(write, { timeout: 20_000, interval: 200 }).toBeUndefined();
      };
      await Promise.all(visitors.map(isServed));
      expect(findings(visitors)).toEqual([]);
    } finally {
      await world.close();
    }
  });

  describe("losing the reply", () => {
    let world: World;

    beforeEach(async () => {
      world = await openWorld({ ...urls, transport: "redis", server: { storeTimeout: STORE_TIMEOUT / 1000 } });
    });

    afterEach(() => world.close());

    const count = () => world.database.session.count({ where: { NOT: { key: { startsWith: "~" } } } });

    test("to a first spill leaves one row, and the session that it belongs to", async () => {
      world.storeLine.loseReplies('INSERT INTO "public"."Session"');
      const browser = new FakeBrowser();
      await browser.request(world.web, (session) => session.set("count", 7));
      expect(world.storeLine.lostReplies).toBe(1);
      expect(await count()).toBe(1);
      expect(await browser.request(world.web, (session) => session.get("count"))).toBe(7);
    });

    test("to a login signs in once", async () => {
      world.storeLine.loseReplies('INSERT INTO "public"."Session"');
      const browser = new FakeBrowser();
      await browser.request(world.web, (session) => session.login("somebody"));
      world.storeLine.loseReplies('UPDATE "public"."Session"');
      await browser.request(world.web, (session) => session.login("somebody"));
      expect(world.storeLine.lostReplies).toBe(2);
      expect(await count()).toBe(1);
      expect(await browser.request(world.web, (session) => session.userId)).toBe("somebody");
    });

    test("to a logout says that it is unknown, and the session is over", async () => {
      const browser = new FakeBrowser();
      await browser.request(world.web, (session) => session.login("somebody"));
      const stolen = browser.clone();
      world.storeLine.loseReplies('DELETE FROM "public"."Session"');
      const { session, setCookies } = await world.web.open(browser.headers);
      await expect(session.logout()).rejects.toMatchObject({ tier: "store", outcome: "unknown" });
      browser.receive(setCookies);
      expect(browser.cookieHeader).toBe("");
      expect(await stolen.request(world.web, async (one) => [await one.get("count"), one.active])).toEqual([
        undefined,
        false,
      ]);
    });

    test("and then stopping is an error that says so, and ends in one state when it is back", async () => {
      const browser = new FakeBrowser();
      await browser.request(world.web, (session) => session.set("count", 1));
      world.storeLine.loseReplies('UPDATE "public"."Session"');
      world.storeLine.onceLost = () => world.storeLine.set({ type: "refuse" });
      const { session, setCookies } = await world.web.open(browser.headers);
      const failure = await session.update("count", (n = 0) => n + 1).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(SessionStoreError);
      expect(failure).toMatchObject({ tier: "store", outcome: "unknown" });
      expect(setCookies).toEqual([]);
      await world.storeLine.set();
      expect(await browser.request(world.web, (back) => back.update("count", (n = 0) => n + 1))).toBe(3);
    });
  });
});
