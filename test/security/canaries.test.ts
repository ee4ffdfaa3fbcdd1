import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { trace } from "@opentelemetry/api";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { PrismaPg } from "@prisma/adapter-pg";
import { createClient } from "@vercel/kv";
import { Redis } from "ioredis";
import { openTelemetry } from "spillway/otel";
import { kvCache } from "spillway/stores/kv";
import { prismaStore } from "spillway/stores/prisma";
import { redisCache } from "spillway/stores/redis";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type KvServer, startKvServer } from "../../app/_services/kv/server.js";
import { PrismaClient } from "../../generated/postgresql/client.js";
import { sqliteDatabase } from "../support/databases.js";
import { type Deploy, type Deployment, deploy, newSecret } from "../support/deployments.js";
import type { FakeBrowser } from "../support/fake-browser.js";
import { formsOf } from "./forms.js";

/** A value that nothing else contains, long enough to spill, and with a part that compression leaves alone. */
const CANARY = "canary-7f3a9";
const VALUE = { note: `${CANARY} `.repeat(800) };

const METHODS = ["log", "info", "warn", "error", "debug", "trace"] as const;

/** A user, whom events of sign-ins and the audit trail name, and nothing else does. */
const USER = "canary-user-81c2";

/** Everything that a session's life leaves somewhere: on the console, in events, in errors, in spans, in response headers. */
class Traces {
  readonly #console = METHODS.map((method) => vi.spyOn(console, method).mockImplementation(() => undefined));
  readonly errors: unknown[] = [];
  readonly #spans = new InMemorySpanExporter();
  readonly timings: (string | null)[] = [];

  constructor() {
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.#spans)] }));
  }

  /** What must not show anywhere: ids and cookies, as they come. */
  readonly secrets = new Set<string>();

  async attempt(work: () => unknown): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.errors.push(error);
    }
  }

  text({ events: all }: Deployment): string {
    const events = all.filter(([name]) => name !== "login");
    const spans = this.#spans.getFinishedSpans().map(({ name, attributes, events, status }) => ({
      ...{ name, attributes, events, status },
    }));
    expect(spans.length).toBeGreaterThan(20);
    const printed = this.#console.map(({ mock }) => mock.calls);
    const stacks = this.errors.map((error) => (error as Error).stack);
    return [printed, events, spans, this.timings, this.errors, stacks, JSON.stringify(this.errors)]
      .map((part) => inspect(part, { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null }))
      .join("\n");
  }
}

afterEach(() => {
  vi.restoreAllMocks();
  trace.disable();
});

/** Lives a whole life, with everything going wrong in between, and takes down what must not show. */
async function live(application: Deployment, traces: Traces, spoil: (() => Promise<void>) | undefined): Promise<void> {
  const { sessions, wire } = application;
  const browser = application.browser({ "user-agent": "Firefox" });
  const note = () => {
    for (const value of Object.values(browser.cookies)) traces.secrets.add(value);
  };
  const act = (work: (session: Awaited<ReturnType<typeof sessions.open>>["session"]) => unknown) =>
    traces
      .attempt(() =>
        browser.request(sessions, async (session) => {
          try {
            await work(session);
          } finally {
            if (session.id !== undefined) traces.secrets.add(session.id);
          }
        }),
      )
      .finally(note);

  await act((session) => session.set("small", CANARY));
  await act((session) => session.set(VALUE));
  await act((session) => session.setQuick("quick", CANARY));
  await act((session) => session.login(USER));
  await act((session) => session.login(CANARY.repeat(100)));
  await act((session) => session.regenerateId());
  await act((session) => session.flash("notice", CANARY));
  await act((session) => console.log(session, { session }, `${session}`, JSON.stringify(session)));
  await act((session) => session.set("bad", { [CANARY.slice(0, 6)]: () => CANARY }));
  await act((session) => session.set("large", CANARY.repeat(200_000)));
  await act((session) => session.update("note", () => Promise.resolve(CANARY)));
  for (const down of ["cache", "store", "store.update", "cache.write"]) {
    wire.cut(down);
    await act((session) => session.set("note", `${CANARY}${down}`.repeat(700)));
    await act((session) => session.get("note"));
    await act((session) => session.regenerateId());
    wire.mend();
  }
  const forged = browser.clone();
  forged.plant("__Host-session", `${browser.cookies["__Host-session"]}x`);
  await traces.attempt(() => forged.request(sessions, (session) => session.get("note")));
  await Promise.all([1, 2, 3].map((n) => act((session) => session.set("n", n))));
  await act((session) => session.login(USER));
  const opened = await sessions.open(browser.headers);
  await opened.session.set("note", VALUE.note);
  browser.receive(opened.setCookies);
  note();
  traces.timings.push(opened.apply(new Response()).headers.get("server-timing"));
  await end(application, traces, browser.clone());
  await act((session) => session.login(USER));
  if (spoil) {
    await spoil();
    await act((session) => session.set("note", `${CANARY} once more `.repeat(500)));
    await act((session) => session.get("note"));
  }
}

/** Every end that there is, of sessions of the same user in other browsers, and cookies that come after it. */
async function end(application: Deployment, traces: Traces, copy: FakeBrowser): Promise<void> {
  const { sessions, wire } = application;
  const { sessions: manager } = sessions;
  const ends: (() => Promise<unknown>)[] = [
    async () => manager.revoke((await manager.list(USER))[0]?.handle ?? ""),
    () => manager.revokeUser(USER),
    () => copy.request(sessions, (session) => session.logout()),
    () => manager.cleanup(),
    () => manager.destroyAll(),
  ];
  for (const down of ["", "cache", "store"]) {
    for (const one of ends) {
      const browser = application.browser();
      await traces.attempt(() => browser.request(sessions, (session) => session.login(USER)));
      for (const value of Object.values(browser.cookies)) traces.secrets.add(value);
      if (down) wire.cut(down);
      await traces.attempt(one);
      wire.mend();
      for (const late of [browser, copy])
        await traces.attempt(() => late.request(sessions, (session) => session.get("n")));
    }
  }
}

describe.each([false, true])("with encryptAtRest: %s", (encryptAtRest) => {
  const closing: (() => Promise<unknown>)[] = [];
  let tiers: Pick<Deploy, "store" | "newCache">;
  let database: Awaited<ReturnType<typeof sqliteDatabase>>;
  let kv: KvServer;

  beforeEach(async () => {
    database = await sqliteDatabase();
    kv = await startKvServer({ port: 0, token: "tests" });
    closing.push(database.drop, kv.stop);
    const client = createClient({ url: kv.url, token: kv.token, retry: false });
    tiers = { store: prismaStore(database.client.session), newCache: () => kvCache(client) };
  });

  afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

  test("[S14] [W8] no id, cookie or value shows on the console, in an event, in an error, in a key, or in the database", async () => {
    const traces = new Traces();
    const secret = newSecret();
    const telemetry = { telemetry: openTelemetry(), serverTiming: true };
    const application = deploy({ ...tiers, define: { secret }, server: { encryptAtRest, ...telemetry } });
    await live(application, traces, () =>
      database.client.$executeRawUnsafe('ALTER TABLE "Session" RENAME TO "Gone"').then(() => undefined),
    );
    expect(traces.errors.length).toBeGreaterThan(8);
    expect(traces.secrets.size).toBeGreaterThan(10);

    const told = traces.text(application);
    const keys = application.wire.calls.flatMap(keysOf).join("\n");
    const dump = dumpOf(database.url);
    expect(traces.timings.join()).toContain("session-commit;dur=");
    for (const hidden of [...traces.secrets, secret].flatMap(formsOf)) {
      expect(told.includes(hidden), "told").toBe(false);
      expect(keys.includes(hidden), "in a key").toBe(false);
      expect(dump.includes(hidden), "in the database").toBe(false);
    }
    expect(told.match(new RegExp(`.{0,80}${CANARY}.{0,40}`))?.[0]).toBeUndefined();
    // The database is asked for a user's rows by the user's id.
    const cacheKeys = application.wire.calls.filter(({ tier }) => tier === "cache").flatMap(keysOf);
    for (const value of [CANARY, USER].flatMap(formsOf)) {
      expect(told.includes(value), `told: ${value}`).toBe(false);
      expect(cacheKeys.join("\n").includes(value), `in a key: ${value}`).toBe(false);
    }
    expect(keys).not.toContain(CANARY);
  });

  test("[S19] data at rest is sealed if asked for, in the database and in the cache", async () => {
    const application = deploy({ ...tiers, server: { encryptAtRest, cookieThreshold: 0 } });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set("note", CANARY));
    await browser.request(application.sessions, (session) => session.setQuick("quick", CANARY));
    const cached = JSON.stringify(application.wire.calls.filter(({ tier }) => tier === "cache"));
    const isIn = (text: string) => formsOf(CANARY).some((form) => text.includes(form));
    expect(isIn(dumpOf(database.url))).toBe(!encryptAtRest);
    expect(isIn(cached)).toBe(!encryptAtRest);
    expect(await browser.request(application.sessions, (session) => session.all())).toEqual({
      note: CANARY,
      quick: CANARY,
    });
  });
});

describe("[S14] credentials of a store that cannot be reached", () => {
  /** Nothing listens there. */
  const NOWHERE = "127.0.0.1:9";

  test.each<[string, () => Pick<Deploy, "tiers" | "store" | "newCache">]>([
    [
      "a token of KV",
      () => {
        const client = createClient({ url: `http://${NOWHERE}`, token: CANARY, retry: false });
        return { tiers: "cookie+kv", newCache: () => kvCache(client) };
      },
    ],
    [
      "a password of Redis",
      () => {
        const client = new Redis(`redis://user:${CANARY}@${NOWHERE}/0`, {
          maxRetriesPerRequest: 0,
          retryStrategy: () => null,
        });
        client.on("error", () => undefined);
        return { tiers: "cookie+kv", newCache: () => redisCache(client) };
      },
    ],
    [
      "a password of PostgreSQL",
      () => {
        const adapter = new PrismaPg({ connectionString: `postgresql://user:${CANARY}@${NOWHERE}/sessions` });
        return { tiers: "cookie+db", store: prismaStore(new PrismaClient({ adapter }).session) };
      },
    ],
  ])("%s shows nowhere", async (_what, tiersOf) => {
    const traces = new Traces();
    const application = deploy({
      ...tiersOf(),
      server: { cacheTimeout: "2s", storeTimeout: "2s", telemetry: openTelemetry() },
    });
    const { sessions } = application;
    for (let time = 0; time < 8; time++) {
      await traces.attempt(() => application.browser().request(sessions, (session) => session.login("ada")));
    }
    await traces.attempt(() => sessions.sessions.revokeUser("ada"));
    await traces.attempt(() => sessions.sessions.cleanup());
    expect(traces.errors.length).toBeGreaterThanOrEqual(9);
    const all = { depth: 20, showHidden: true, getters: true } as const;
    const told = [traces.text(application), inspect([sessions, application.definition, traces.errors], all)].join();
    expect(told).toMatch(/SessionStoreError/);
    for (const form of formsOf(CANARY)) expect(told.includes(form), form).toBe(false);
  });
});

test("[S19] sealed data fits no other row, and without its secret it is an error that leaves it as it is", async () => {
  const secret = newSecret();
  const server = { encryptAtRest: true, cookieThreshold: 0 };
  const application = deploy({ tiers: "cookie+db", define: { secret }, server });
  const [one, other] = [application.browser(), application.browser()];
  await one.request(application.sessions, (session) => session.set("mine", 1));
  await other.request(application.sessions, (session) => session.set("mine", 2));
  const [first, second] = await application.records();
  await application.store?.update(first as never, { data: second?.data ?? null });
  const read = one.request(application.sessions, (session) => session.get("mine"));
  await expect(read).rejects.toMatchObject({ code: "unreadable" });
  await expect(one.request(application.sessions, (session) => session.set("mine", 3))).rejects.toMatchObject({
    code: "unreadable",
  });
  expect((await application.records())[0]?.data).toBe(second?.data);
});

/** The keys under which a call reads or writes. */
function keysOf({ args: [first, second] }: Deployment["wire"]["calls"][number]): string[] {
  if (typeof first === "string") return [first, typeof second === "string" ? second : ""];
  const keyed = Array.isArray(first) ? first : [first];
  return keyed.flatMap((one) => (typeof one === "object" && one !== null && "key" in one ? [String(one.key)] : []));
}

/** The bytes of a SQLite database, its journal included. */
function dumpOf(url: string): string {
  const file = url.replace(/^file:/, "");
  const read = (path: string) => {
    try {
      return readFileSync(path.startsWith("/") ? path : fileURLToPath(path), "latin1");
    } catch {
      return "";
    }
  };
  return read(file) + read(`${file}-wal`) + read(`${file}-journal`);
}
