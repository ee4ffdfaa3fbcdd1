/** The recipes for other libraries, as they stand in the documentation, over what the real libraries have recorded. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LegacySource } from "spillway";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { documentExamples, ROOT } from "../docs/examples.js";
import { deploy } from "../support/deployments.js";
import { FakeBrowser } from "../support/fake-browser.js";
import { stopTime, travel, travelTo } from "../support/fake-time.js";
import recorded from "./peers/recorded.json" with { type: "json" };

mkdirSync(join(ROOT, ".spillway"), { recursive: true });
const folder = mkdtempSync(join(ROOT, ".spillway/recipes-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The function that a page shows, compiled and loaded. */
async function recipe<Make>(page: string, name: string): Promise<Make> {
  const example = documentExamples(`docs/migrating/${page}.md`).find(({ file }) => file === `app/_moved/${page}.ts`);
  const path = join(folder, `${page}.ts`);
  writeFileSync(path, example?.code ?? "");
  return (await import(path))[name] as Make;
}

/** A database's rows, found by one column; dates are dates there. */
const rowsBy = <Row extends object>(column: keyof Row, rows: readonly Row[]) => ({
  async findUnique({ where }: { where: Partial<Row> }) {
    const row = rows.find((one) => one[column] === where[column]);
    const revive = ([key, value]: [string, unknown]) =>
      [key, /At$|^expires$/.test(key) ? new Date(value as string) : value] as const;
    return row ? Object.fromEntries(Object.entries(row).map(revive)) : null;
  },
});

interface Case {
  readonly library: string;
  readonly cookie: string;
  readonly userId: string;
  readonly data: object;
  source(secret?: string): Promise<LegacySource>;
}

const { expressSession, authJs, betterAuth, secret } = recorded;

const CASES: readonly Case[] = [
  {
    library: expressSession.versions.join(" with "),
    cookie: expressSession.cookie,
    userId: "ada",
    data: { user: { id: "ada", name: "Ada" }, cart: ["tea"] },
    async source(one = secret) {
      const make = await recipe<(redis: object, secrets: string[]) => LegacySource>(
        "express-session",
        "expressSession",
      );
      const store: Readonly<Record<string, string>> = expressSession.store;
      return make({ get: async (key: string) => store[key] ?? null }, ["a newer secret", one]);
    },
  },
  {
    library: authJs.versions.join(),
    cookie: authJs.cookie,
    userId: authJs.store[0]?.userId ?? "",
    data: {},
    async source() {
      const make = await recipe<(sessions: object) => LegacySource>("auth-js", "authJs");
      return make(rowsBy("sessionToken", authJs.store));
    },
  },
  {
    library: betterAuth.versions.join(),
    cookie: betterAuth.cookie,
    userId: betterAuth.store[0]?.userId ?? "",
    data: {},
    async source(one = secret) {
      const make = await recipe<(sessions: object, secret: string) => LegacySource>("better-auth", "betterAuth");
      return make(rowsBy("token", betterAuth.store), one);
    },
  },
];

beforeEach(() => {
  stopTime();
  travelTo(new Date(recorded.recordedAt));
  travel("1h");
});

describe.each(CASES)("moved over from $library while signed in", ({ cookie, userId, data, source }) => {
  const name = cookie.slice(0, cookie.indexOf("="));
  const value = cookie.slice(cookie.indexOf("=") + 1);
  const moved = async (secretOf?: string) =>
    deploy({ tiers: "cookie+db", server: { legacy: [await source(secretOf)] } });
  const visitor = (sent = value) => {
    const browser = new FakeBrowser();
    browser.plant(name, sent);
    return browser;
  };
  const seen = ({ sessions }: Awaited<ReturnType<typeof moved>>, browser: FakeBrowser) =>
    browser.request(sessions, async (session) => ({ userId: session.userId, data: await session.all() }));

  test("nobody is signed out, and the old cookie goes", async () => {
    const [application, browser] = [await moved(), visitor()];
    expect(await seen(application, browser)).toEqual({ userId, data });
    expect(Object.keys(browser.cookies)).not.toContain(name);
    expect(await seen(application, browser)).toEqual({ userId, data });
    expect(await application.sessions.sessions.list(userId)).toHaveLength(1);
  });

  test("a copy of the old cookie signs nobody in after a logout", async () => {
    const [application, browser] = [await moved(), visitor()];
    await seen(application, browser);
    await browser.request(application.sessions, (session) => session.logout());
    expect(await seen(application, visitor())).toEqual({ userId: undefined, data: {} });
  });

  test("it is fresh as long as it was there", async () => {
    const [application, browser] = [await moved(), visitor()];
    await browser.request(application.sessions, (session) => {
      session.requireFresh("61m");
      expect(() => session.requireFresh("59m")).toThrow(expect.objectContaining({ code: "stale-authentication" }));
    });
  });

  test.each([
    ["cut", value.slice(0, -4)],
    [
      "changed",
      value.replace(/^(.*?)([A-Za-z0-9])(.{6})$/, (_, head, one, tail) => head + (one === "a" ? "b" : "a") + tail),
    ],
    ["of somebody who is not there", value.replace(/[A-Za-z0-9]/, (one) => (one === "x" ? "y" : "x"))],
    ["empty", ""],
    ["no cookie of it", "%E0%A4%A"],
  ])("one that is %s is no session", async (_, sent) => {
    expect(await seen(await moved(), visitor(sent))).toEqual({ userId: undefined, data: {} });
  });

  test("one that has expired is none", async () => {
    travel("40d");
    expect(await seen(await moved(), visitor())).toEqual({ userId: undefined, data: {} });
  });

  test.runIf(source.length === 0 && !/authjs/.test(name))("one of another secret is none", async () => {
    expect(await seen(await moved("another secret"), visitor())).toEqual({ userId: undefined, data: {} });
  });
});
