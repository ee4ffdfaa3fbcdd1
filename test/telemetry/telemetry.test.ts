import type { Operation, Outcome, Telemetry } from "spillway";
import { describe, expect, test, vi } from "vitest";
import { deploy } from "../support/deployments.js";

/** What was measured, in the order in which it ended. Nothing of it may be missing when the work is done. */
class Measured implements Telemetry {
  readonly ended: { readonly operation: Operation; readonly outcome: Outcome }[] = [];
  readonly events: string[] = [];
  readonly within: string[] = [];

  begin(operation: Operation) {
    return {
      run: <T>(work: () => T): T => {
        this.within.push(operation.name);
        return work();
      },
      end: (outcome: Outcome) => {
        this.ended.push({ operation, outcome });
      },
    };
  }

  event(name: string) {
    this.events.push(name);
  }

  /** Takes what was measured, without the times, each of which has to be one. */
  take() {
    return this.ended.splice(0).map(({ operation, outcome: { milliseconds, ...facts } }) => {
      expect(milliseconds).toBeGreaterThanOrEqual(0);
      const name = operation.name === "call" ? `${operation.tier}.${operation.method}` : operation.name;
      return { name, ...facts };
    });
  }
}

describe("telemetry", () => {
  test("tells of a session that spills over: round trips, who answered, bytes and placement", async () => {
    const telemetry = new Measured();
    const { sessions, browser } = deploy({ server: { telemetry, cookieThreshold: 1000 } });
    const visitor = browser();
    await visitor.request(sessions, (session) => session.set("cart", "x".repeat(100)));
    const [small] = telemetry.take().filter(({ name }) => name === "commit");
    expect(small).toMatchObject({ intent: "write", placement: "cookie", changed: true, retries: 0 });

    await visitor.request(sessions, (session) => session.set("cart", "x".repeat(3000)));
    const spilled = telemetry.take();
    expect(spilled.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["store.insert", "cache.write", "load", "commit"]),
    );
    expect(spilled.find(({ name }) => name === "commit")).toMatchObject({ placement: "server", bytes: 3012 });

    await visitor.request(sessions, (session) => session.get("cart"));
    expect(telemetry.take()).toEqual(
      expect.arrayContaining([
        { name: "cache.read" },
        { name: "load", from: "cache", placement: "server", bytes: 3012 },
      ]),
    );
    expect(telemetry.events).toEqual(["created"]);
  });

  test("tells when the database answered in place of the cache, and when nobody had anything", async () => {
    const telemetry = new Measured();
    const application = deploy({ server: { telemetry, cookieThreshold: 0 } });
    const visitor = application.browser();
    await visitor.request(application.sessions, (session) => session.get("cart"));
    expect(telemetry.take()).toEqual([{ name: "load", from: "nothing", placement: "none", bytes: 0 }]);
    await visitor.request(application.sessions, (session) => session.set("cart", 1));
    application.flushCache();
    telemetry.take();
    await visitor.request(application.sessions, (session) => session.get("cart"));
    expect(telemetry.take().find(({ name }) => name === "load")).toMatchObject({ from: "store" });
  });

  test("tells of retries, of checks, and of the end", async () => {
    const telemetry = new Measured();
    const { sessions, browser } = deploy({ server: { telemetry, cookieThreshold: 0, revocationDelay: 0 } });
    const user = browser();
    await user.request(sessions, (session) => session.login("ada"));
    telemetry.take();
    const add = () => user.request(sessions, (session) => session.update("n", (n = 0) => (n as number) + 1));
    await Promise.all([add(), add(), add()]);
    const commits = telemetry.take().filter(({ name }) => name === "commit");
    expect(commits).toHaveLength(3);
    await user.request(sessions, (session) => session.logout());
    expect(telemetry.take()).toEqual(
      expect.arrayContaining([
        { name: "check", accepted: true },
        expect.objectContaining({ name: "end" }),
        { name: "store.delete" },
      ]),
    );
  });

  test("tells why something failed, by its code", async () => {
    const telemetry = new Measured();
    const application = deploy({ tiers: "cookie+db", server: { telemetry, cookieThreshold: 0 } });
    const visitor = application.browser();
    await visitor.request(application.sessions, (session) => session.set("n", 1));
    telemetry.take();
    application.wire.cut("store");
    await expect(visitor.request(application.sessions, (session) => session.get("n"))).rejects.toThrow();
    expect(telemetry.take().filter(({ name }) => name === "load")).toEqual([{ name: "load", error: "store" }]);
  });

  test("is told of one request by one object that holds nothing", async () => {
    const telemetry = new Measured();
    const { sessions, browser } = deploy({ server: { telemetry } });
    await browser().request(sessions, async (session) => {
      await session.set("a", 1);
      await session.set("b", 2);
    });
    const requests = telemetry.ended.flatMap(({ operation }) => (operation.name === "call" ? [] : [operation.request]));
    expect(new Set(requests).size).toBe(1);
    expect(Reflect.ownKeys(requests[0] as object)).toEqual([]);
  });

  test("cannot harm what it measures: whatever it throws, and however often it runs the work", async () => {
    const reported = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const broken: Telemetry[] = [
      { begin: () => raise() },
      { begin: () => ({ run: raise, end: raise }), event: raise },
      {
        begin: () => ({
          run: (work) => {
            work();
            return work();
          },
          end: () => undefined,
        }),
      },
      { begin: () => ({ run: () => undefined as never, end: () => undefined }) },
    ];
    for (const telemetry of broken) {
      const { sessions, browser } = deploy({ server: { telemetry, cookieThreshold: 0 } });
      const visitor = browser();
      await visitor.request(sessions, (session) => session.update("n", (n = 0) => (n as number) + 1));
      expect(await visitor.request(sessions, (session) => session.get("n"))).toBe(1);
    }
    expect(reported).toHaveBeenCalled();
    reported.mockRestore();
  });

  test("leaves a commit to the cookie synchronous: a `set` that is not awaited lands", async () => {
    const { sessions, browser } = deploy({ tiers: "cookie", server: { telemetry: new Measured() } });
    const visitor = browser();
    await visitor.request(sessions, async (session) => void session.set("n", 1));
    expect(await visitor.request(sessions, (session) => session.get("n"))).toBe(1);
  });

  test("is refused when it is none", () => {
    expect(() => deploy({ server: { telemetry: {} as Telemetry } })).toThrow(/telemetry.*openTelemetry\(\)/);
    expect(() => deploy({ server: { serverTiming: "yes" as never } })).toThrow(/serverTiming/);
  });
});

function raise(): never {
  throw new Error("telemetry is broken");
}
