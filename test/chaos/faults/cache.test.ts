import { SessionStoreError } from "spillway";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { describeWith } from "../../support/describe-with.js";
import type { FakeBrowser } from "../../support/fake-browser.js";
import { type Running, startService } from "../../support/service.js";
import { CACHE_FAULTS, untilCached, visitUnderFault } from "./cache-faults.js";
import { arrive, findings, Visitor, visitAll } from "./visitors.js";
import { openWorld, type Transport, type World, type WorldOptions } from "./world.js";

const TRAFFIC = { visitors: 6, each: 20, think: 0 };

await describeWith("postgres", "With PostgreSQL behind it, a cache that is", (postgresUrl) => {
  let redis: Running;

  // Some faults would spoil a Redis that other tests use, too.
  beforeAll(async () => {
    redis = await startService("redis");
  });

  afterAll(() => redis?.stop());

  const options = (transport: Transport, server: WorldOptions["server"] = {}): WorldOptions => ({
    postgresUrl,
    redisUrl: redis.url,
    transport,
    server: { breaker: { pause: 0.2 }, ...server },
  });

  for (const fault of CACHE_FAULTS) {
    test.each(fault.transports)(
      `${fault.name} costs nobody a read, a write or a login, and is used again when it is back (%s)`,
      async (transport) => {
        const { during, later, findings: found, met } = await visitUnderFault(options(transport), fault, TRAFFIC);
        const visits = [...during, ...later];
        expect(visits.flatMap(({ error }) => error ?? [])).toEqual([]);
        expect(visits).toHaveLength(2 * TRAFFIC.visitors * TRAFFIC.each);
        expect(found).toEqual([]);
        expect(met).toBe(true);
      },
    );
  }

  test.each(["kv", "redis"] as const)(
    "on the other side of connections that died in silence is used again without a restart (%s)",
    async (transport) => {
      const world = await openWorld(options(transport));
      try {
        const visitors = await arrive(world, 4);
        world.cacheLine.forget();
        await visitAll(visitors, 5);
        await untilCached(world, visitors[0] as Visitor);
        expect(visitors.flatMap(({ visits }) => visits).flatMap(({ error }) => error ?? [])).toEqual([]);
        expect(findings(visitors)).toEqual([]);
      } finally {
        await world.close();
      }
    },
  );

  describe("Without its cache, a revocation does what it can and says what it could not:", () => {
    let world: World;
    let visitor: Visitor;
    /** The same user on another machine. */
    let other: Visitor;

    beforeEach(async () => {
      world = await openWorld(options("redis", { revocationDelay: 0 }));
      [visitor, other] = [new Visitor(world, "one user"), new Visitor(world, "one user")];
      await Promise.all([visitor.arrive(), other.arrive()]);
      await world.cacheLine.set({ type: "refuse" });
    });

    afterEach(() => world.close());

    const hasCommit = (browser: FakeBrowser) => browser.request(world.web, (session) => session.active);

    const rows = () => world.database.session.count({ where: { userId: "one user" } });

    const sayingSo = async (work: Promise<unknown>) => {
      const error = await work.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(SessionStoreError);
      expect(error).toMatchObject({ tier: "cache", outcome: "unknown" });
      expect((error as Error).message).toMatch(
        /in the store, but the cache did not acknowledge it.*at most 3600 seconds/,
      );
    };

    test.each(["logout", "destroy"] as const)("%s()", async (method) => {
      const stolen = visitor.browser.clone();
      const { session, setCookies } = await world.web.open(visitor.browser.headers);
      await sayingSo(session[method]());
      expect(session.active).toBe(false);
      visitor.browser.receive(setCookies);
      expect(visitor.browser.cookieHeader).toBe("");
      expect(await hasCommit(stolen)).toBe(false);
      expect(await hasCommit(other.browser)).toBe(true);
    });

    test("revoke()", async () => {
      const { session } = await world.web.open(visitor.browser.headers);
      await sayingSo(world.sessions.revoke(session.handle as string));
      expect(await hasCommit(visitor.browser)).toBe(false);
      expect(await hasCommit(other.browser)).toBe(true);
    });

    test("revokeUser()", async () => {
      await sayingSo(world.sessions.revokeUser("one user"));
      expect(await rows()).toBe(0);
      for (const { browser } of [visitor, other]) expect(await hasCommit(browser)).toBe(false);
    });

    test("destroyAll()", async () => {
      await sayingSo(world.sessions.destroyAll());
      expect(await rows()).toBe(0);
      for (const { browser } of [visitor, other]) expect(await hasCommit(browser)).toBe(false);
    });
  });
});
