/** A cache alone: what it acknowledges is there as a whole, and what it keeps is bounded. */

import type { CacheCommand, SessionCache } from "spillway";
import { memoryCache } from "spillway/stores/memory";
import { beforeEach, describe, expect, test } from "vitest";
import { bulk, deploy } from "../support/deployments.js";
import { stopTime, travel } from "../support/fake-time.js";

/**
 * A cache of several nodes, which keep what begins so: while one of them is full or fails over, the commands of a batch
 * that go there fail, and the others are carried out.
 */
class NodesCache implements SessionCache {
  /** The commands that fail. */
  fails: (command: CacheCommand) => boolean = () => false;
  /** What was ever written to, by name. */
  readonly names = new Set<string>();
  reads = 0;
  readonly #nodes = memoryCache();

  async read(key: string, quickKey?: string) {
    this.reads += 1;
    return this.#nodes.read(key, quickKey);
  }

  async write(commands: readonly CacheCommand[]) {
    for (const { key } of commands) this.names.add(key);
    const carriedOut = commands.filter((command) => !this.fails(command));
    const answers = await this.#nodes.write(carriedOut);
    if (carriedOut.length < commands.length) throw new Error("OOM command not allowed");
    return answers;
  }

  members(key: string) {
    this.reads += 1;
    return this.#nodes.members(key);
  }

  /** The names beginning so under which something is kept now. */
  async kept(prefix: string): Promise<string[]> {
    const names = [...this.names].filter((name) => name.startsWith(prefix));
    const held = await Promise.all(names.map(async (name) => (await this.#nodes.read(name)).entry !== undefined));
    return names.filter((_, i) => held[i]);
  }
}

function alone(server: Parameters<typeof deploy>[0] = {}) {
  const nodes = new NodesCache();
  const deployment = deploy({ tiers: "cookie+kv", newCache: () => nodes, ...server });
  return { nodes, deployment, sessions: deployment.sessions };
}

beforeEach(() => stopTime());

describe("a batch of which a part failed", () => {
  test.each(["user:", "id:"])("of a login is not acknowledged when the index %s… lacks it", async (index) => {
    const { nodes, deployment, sessions } = alone();
    nodes.fails = ({ key }) => key.startsWith(index);
    const browser = deployment.browser();
    await expect(browser.request(sessions, (session) => session.login("ada"))).rejects.toMatchObject({ code: "store" });
    nodes.fails = () => false;
    await browser.request(sessions, (session) => session.login("ada"));
    expect(await sessions.sessions.list("ada")).toHaveLength(1);
    await sessions.sessions.revokeUser("ada");
    travel("1m");
    expect(await browser.request(sessions, (session) => session.active)).toBe(false);
  });

  test("whoever was told of a login is listed, and ends with revokeUser()", async () => {
    const { nodes, deployment, sessions } = alone();
    for (const part of ["user:", "id:", "entry"]) {
      let failures = 1;
      nodes.fails = ({ key, type }) => {
        const isPart = part === "entry" ? type === "put" && /^[\w-]{22,}$/.test(key) : key.startsWith(part);
        return isPart && failures-- > 0;
      };
      const browser = deployment.browser();
      const isIn = await browser
        .request(sessions, (session) => session.login("ada"))
        .then(
          () => true,
          () => false,
        );
      nodes.fails = () => false;
      const listed = await sessions.sessions.list("ada");
      if (isIn) expect(listed).toHaveLength(1);
      await sessions.sessions.revokeUser("ada");
      travel("1m");
      expect(await browser.request(sessions, (session) => session.active)).toBe(false);
    }
  });

  test("of a deferred write is no reason to forget it: the cleanup finds it", async () => {
    const nodes = new NodesCache();
    const deployment = deploy({ newCache: () => nodes, server: { cookieThreshold: 0, onStoreDown: "cache" } });
    const browser = deployment.browser();
    const { sessions } = deployment;
    await browser.request(sessions, (session) => session.set("log", ["a"]));
    deployment.wire.cut("store");
    nodes.fails = ({ key }) => key === "deferred";
    await browser.request(sessions, (session) => session.set("log", ["a", "b"])).catch(() => {});
    nodes.fails = () => false;
    await browser.request(sessions, (session) => session.set("log", ["a", "b", "c"]));
    nodes.fails = ({ type, key }) => type === "put" && key.startsWith("deferred:");
    await browser.request(sessions, (session) => session.set("log", ["lost"])).catch(() => {});
    nodes.fails = () => false;
    deployment.wire.mend();
    travel("5s");
    await sessions.sessions.cleanup();
    expect(deployment.heard).toContain("repaired");
    expect(await browser.request(sessions, (session) => session.get("log"))).toEqual(["a", "b", "c"]);
  });
});

describe("what is kept", () => {
  test("of a user's sessions is those that live: the others leave as the next is written", async () => {
    const { nodes, deployment, sessions } = alone({ define: { lifetime: "1d", idleTimeout: "1d" } });
    for (let day = 0; day < 30; day++) {
      await deployment.browser().request(sessions, (session) => session.login("ada"));
      travel("2d");
    }
    await deployment.browser().request(sessions, (session) => session.login("ada"));
    nodes.reads = 0;
    expect(await sessions.sessions.list("ada")).toHaveLength(1);
    expect(nodes.reads).toBeLessThanOrEqual(3);
  });

  test("of a session that was signed out is its tombstone alone", async () => {
    const { nodes, deployment, sessions } = alone();
    const browser = deployment.browser();
    for (let i = 0; i < 10; i++) {
      await browser.request(sessions, (session) => session.login("ada"));
      await browser.request(sessions, (session) => session.logout());
    }
    nodes.reads = 0;
    expect(await sessions.sessions.list("ada")).toEqual([]);
    expect(nodes.reads).toBe(1);
    expect(await nodes.kept("id:")).toEqual([]);
  });

  test("of a session whose id rotates is one pointer", async () => {
    const { nodes, deployment, sessions } = alone({
      server: { cookieThreshold: 0, rotateEvery: "15m", rotateGrace: "1m" },
    });
    const browser = deployment.browser();
    await browser.request(sessions, (session) => session.set("cart", bulk()));
    const handle = await browser.request(sessions, (session) => session.handle);
    const ids = new Set<string | undefined>();
    for (let i = 0; i < 10; i++) {
      travel("20m");
      await browser.request(sessions, (session) => session.get("cart"));
      travel("2m");
      ids.add(await browser.request(sessions, (session) => session.id));
    }
    expect(ids.size).toBeGreaterThan(3);
    expect(await nodes.kept("id:")).toHaveLength(1);
    const id = await browser.request(sessions, (session) => session.id);
    expect((await sessions.sessions.load(id ?? ""))?.handle).toBe(handle);
  });
});
