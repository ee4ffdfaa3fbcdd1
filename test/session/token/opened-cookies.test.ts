/** The memory of opened cookies: it spares cryptography and decoding, and nothing else is any different with it. */

import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { type AnyData, type Deployment, deploy, newSecret } from "../../support/deployments.js";
import type { FakeBrowser } from "../../support/fake-browser.js";
import { stopTime, travel } from "../../support/fake-time.js";

type Opened = Awaited<ReturnType<Deployment["sessions"]["open"]>>["session"];

beforeEach(() => {
  vi.stubEnv("NODE_ENV", "production");
});

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Counts the MACs that are computed: each seal and each opening computes one. */
function countMacs(): () => number {
  const computed = vi.spyOn(crypto, "createHmac");
  syncBuiltinESMExports();
  onTestFinished(() => {
    computed.mockRestore();
    syncBuiltinESMExports();
  });
  return () => {
    const count = computed.mock.calls.length;
    computed.mockClear();
    return count;
  };
}

async function begin({ sessions }: Deployment, browser: FakeBrowser, data: AnyData): Promise<void> {
  await browser.request(sessions, (session) => session.set(data));
}

/** Reads the session's values in a request of its own. */
function read<T>({ sessions }: Deployment, browser: FakeBrowser, use: (session: Opened) => Promise<T>): Promise<T> {
  return browser.request(sessions, use);
}

describe("the memory of opened cookies", () => {
  test("opens a cookie that this process sealed without any cryptography", async () => {
    const deployment = deploy({ tiers: "cookie" });
    const browser = deployment.browser();
    await begin(deployment, browser, { cart: ["tea"] });
    const macs = countMacs();
    expect(await read(deployment, browser, (session) => session.get("cart"))).toEqual(["tea"]);
    expect(macs()).toBe(0);
  });

  test("remembers a cookie that another process sealed from its second coming on", async () => {
    const secret = newSecret();
    const other = deploy({ tiers: "cookie", define: { secret, openedCookies: 0 } });
    const deployment = deploy({ tiers: "cookie", define: { secret } });
    const browser = deployment.browser();
    await begin(other, browser, { cart: ["tea"] });
    const macs = countMacs();
    const counts: number[] = [];
    for (let visit = 0; visit < 4; visit++) {
      expect(await read(deployment, browser, (session) => session.get("cart"))).toEqual(["tea"]);
      counts.push(macs());
    }
    expect(counts).toEqual([1, 1, 0, 0]);
  });

  test("is off with `openedCookies: 0`, and refuses any other size that is none", async () => {
    const deployment = deploy({ tiers: "cookie", define: { openedCookies: 0 } });
    const browser = deployment.browser();
    await begin(deployment, browser, { cart: ["tea"] });
    const macs = countMacs();
    for (let visit = 0; visit < 3; visit++) await read(deployment, browser, (session) => session.get("cart"));
    expect(macs()).toBe(3);
    for (const openedCookies of [-1, 0.5, Number.NaN, "many" as never]) {
      expect(() => deploy({ define: { openedCookies } })).toThrow(/openedCookies/);
    }
  });

  test("remembers so many, and forgets the longest unused first", async () => {
    const deployment = deploy({ tiers: "cookie", define: { openedCookies: 4 } });
    const browsers = Array.from({ length: 5 }, () => deployment.browser());
    for (const [index, browser] of browsers.entries()) {
      await begin(deployment, browser, { index });
      // The first one comes again and again.
      await read(deployment, browsers[0] as FakeBrowser, (session) => session.get("index"));
    }
    const macs = countMacs();
    const counts: number[] = [];
    for (const browser of [browsers[0], browsers[4], browsers[1]] as FakeBrowser[]) {
      await read(deployment, browser, (session) => session.get("index"));
      counts.push(macs());
    }
    expect(counts).toEqual([0, 0, 1]);
  });

  test("is not shared with an application that has not all of the secrets", async () => {
    const [first, second] = [newSecret(), newSecret()];
    const before = deploy({ tiers: "cookie", define: { secret: second } });
    const both = deploy({ tiers: "cookie", define: { secret: [first, second] } });
    const after = deploy({ tiers: "cookie", define: { secret: first } });
    const browser = both.browser();
    await begin(before, browser, { cart: ["tea"] });
    for (let visit = 0; visit < 3; visit++) {
      expect(await read(both, browser, (session) => session.get("cart"))).toEqual(["tea"]);
    }
    expect(await read(after, browser, (session) => session.get("cart"))).toBeUndefined();
    expect(after.rejected).toEqual(["unknown-key"]);
  });

  test("does not know a text by its MAC alone", async () => {
    const deployment = deploy({ tiers: "cookie" });
    const browser = deployment.browser();
    await begin(deployment, browser, { cart: ["tea"] });
    const cookie = browser.cookieHeader;
    for (let at = "__Host-session=Fe26.2*".length; at < cookie.length - 60; at += 7) {
      const changed = `${cookie.slice(0, at)}${cookie[at] === "A" ? "B" : "A"}${cookie.slice(at + 1)}`;
      const { session } = await deployment.sessions.open(new Headers({ cookie: changed }));
      expect(session.active, `changed at ${at}`).toBe(false);
    }
  });
});

describe("a remembered session", () => {
  test("expires by both deadlines", async () => {
    stopTime();
    const deployment = deploy({ tiers: "cookie", define: { idleTimeout: "1h", lifetime: "3h" } });
    const browser = deployment.browser();
    await begin(deployment, browser, { cart: ["tea"] });
    const cookie = browser.cookieHeader;
    const isActive = async () => (await deployment.sessions.open(new Headers({ cookie }))).session.active;
    expect(await isActive()).toBe(true);
    travel("59m");
    expect(await isActive()).toBe(true);
    travel("1m");
    expect(await isActive()).toBe(false);
    travel("2h");
    expect(await isActive()).toBe(false);
    expect(deployment.rejected).toEqual(["expired", "expired"]);
    travel("-4h");
    expect(await isActive()).toBe(true);
    travel("-1h");
    expect(await isActive()).toBe(false);
    expect(deployment.rejected.at(-1)).toBe("from-the-future");
  });

  test("is bound to its client", async () => {
    const deployment = deploy({ tiers: "cookie", define: { bind: { userAgent: true } } });
    const browser = deployment.browser({ "user-agent": "one" });
    await begin(deployment, browser, { cart: ["tea"] });
    const cookie = browser.cookieHeader;
    const isActive = async (agent: string) =>
      (await deployment.sessions.open(new Headers({ cookie, "user-agent": agent }))).session.active;
    expect([await isActive("one"), await isActive("another"), await isActive("one")]).toEqual([true, false, true]);
  });

  test("ends with its row, and with destroyAll()", async () => {
    for (const end of [
      (deployment: Deployment) => deployment.sessions.sessions.revokeUser("ada"),
      (deployment: Deployment) => deployment.sessions.sessions.destroyAll(),
    ]) {
      const deployment = deploy({ tiers: "cookie+kv+db", server: { revocationDelay: 0 } });
      const browser = deployment.browser();
      await browser.request(deployment.sessions, (session) => session.login("ada"));
      const isActive = async () => (await deployment.sessions.open(browser.headers)).session.active;
      expect([await isActive(), await isActive()]).toEqual([true, true]);
      await end(deployment);
      expect(await isActive()).toBe(false);
    }
  });
});

/** Changes all that can be changed of a value, at every depth. What refuses is left as it is. */
function vandalise(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  const attempts: (() => void)[] = [
    ...Object.values(value).map((inner) => () => vandalise(inner)),
    () => Object.assign(value, { added: "by another request" }),
    () => Object.setPrototypeOf(value, { inherited: "from another request" }),
    ...Object.keys(value).map((key) => () => Reflect.deleteProperty(value, key)),
    () => Array.isArray(value) && value.push("of another request"),
    () => value instanceof Map && value.clear(),
    () => value instanceof Date && value.setTime(1),
    () => ArrayBuffer.isView(value) && new Uint8Array(value.buffer).fill(7),
  ];
  for (const attempt of attempts) {
    try {
      attempt();
    } catch {
      // Frozen.
    }
  }
}

describe("in production, no edit of a value read in one request is seen in another", () => {
  const rich = {
    when: new Date(0),
    names: new Map([["ada", { age: 36 }]]),
    bytes: new Uint8Array([1, 2, 3]),
    tags: new Set(["a"]),
    list: [{ plain: true }],
  };

  test.each<[string, (session: Opened, key: string) => Promise<unknown>]>([
    ["get()", (session, key) => session.get(key)],
    ["all()", (session) => session.all()],
    ["values()", (session) => session.values()],
    ["entries()", (session) => session.entries()],
    ["setDefault()", (session, key) => session.setDefault(key, "none")],
    ["the function of update()", (session, key) => session.update(key, (value) => void vandalise(value))],
    ["update()", (session, key) => session.update(key, (value) => value)],
    ["pop()", (session, key) => session.pop(key)],
  ])("read by %s", async (_name, take) => {
    const leaves = [fc.string(), fc.integer(), fc.boolean(), fc.constant(null)];
    const values = fc.object({ key: fc.stringMatching(/^[a-z]{1,5}$/), values: leaves, maxDepth: 3, maxKeys: 6 });
    await fc.assert(
      fc.asyncProperty(fc.oneof(values, fc.constant(rich)), async (data) => {
        const deployment = deploy({ tiers: "cookie" });
        const browser = deployment.browser();
        await begin(deployment, browser, data);
        const key = Object.keys(data)[0] ?? "none";
        const expected = await read(deployment, browser, async (session) => structuredClone(await session.all()));
        for (let visit = 0; visit < 3; visit++) {
          // The response is lost: the browser comes again with the same cookie.
          const { session } = await deployment.sessions.open(browser.headers);
          vandalise(await take(session, key));
          expect(await read(deployment, browser, (session) => session.all())).toEqual(expected);
        }
      }),
      { numRuns: 20 },
    );
  });

  test("nor in the one commit of a scope: the function of update() may run again, on a copy each time", async () => {
    const deployment = deploy({ tiers: "cookie" });
    const browser = deployment.browser();
    await begin(deployment, browser, { cart: ["tea"] });
    const response = await deployment.sessions.handle(
      new Request("https://app.example/", { headers: browser.headers }),
      async (session) => {
        await session.update("cart", (cart) => {
          (cart as string[]).push("milk");
          return cart;
        });
        return Response.json(await session.get("cart"));
      },
    );
    browser.receive(response.headers.getSetCookie());
    expect(await response.json()).toEqual(["tea", "milk"]);
    expect(await read(deployment, browser, (session) => session.get("cart"))).toEqual(["tea", "milk"]);
  });

  test("nor by a popped value, which is the caller's own", async () => {
    const deployment = deploy({ tiers: "cookie" });
    const browser = deployment.browser();
    await begin(deployment, browser, { cart: ["tea", "milk"] });
    await read(deployment, browser, (session) => session.get("cart"));
    const popped = await read(deployment, browser, (session) => session.pop("cart"));
    expect((popped as string[]).sort()).toEqual(["milk", "tea"]);
  });
});
