import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { createClient } from "@vercel/kv";
import { kvCache } from "spillway/stores/kv";
import { prismaStore } from "spillway/stores/prisma";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type KvServer, startKvServer } from "../../app/_services/kv/server.js";
import { sqliteDatabase } from "../support/databases.js";
import { type Deploy, type Deployment, deploy, newSecret } from "../support/deployments.js";

/** A value that nothing else contains, long enough to spill, and with a part that compression leaves alone. */
const CANARY = "canary-7f3a9";
const VALUE = { note: `${CANARY} `.repeat(800) };

const METHODS = ["log", "info", "warn", "error", "debug", "trace"] as const;

/** Everything that a session's life leaves somewhere: on the console, in events, in errors. */
class Traces {
  readonly #console = METHODS.map((method) => vi.spyOn(console, method).mockImplementation(() => undefined));
  readonly errors: unknown[] = [];
  /** What must not show anywhere: ids and cookies, as they come. */
  readonly secrets = new Set<string>();

  async attempt(work: () => unknown): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.errors.push(error);
    }
  }

  text({ events }: Deployment): string {
    const printed = this.#console.map(({ mock }) => mock.calls);
    const stacks = this.errors.map((error) => (error as Error).stack);
    return [printed, events, this.errors, stacks, JSON.stringify(this.errors)]
      .map((part) => inspect(part, { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null }))
      .join("\n");
  }
}

afterEach(() => {
  vi.restoreAllMocks();
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
  await act((session) => session.login("ada"));
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
  if (spoil) {
    await spoil();
    await act((session) => session.set("note", `${CANARY} once more `.repeat(500)));
    await act((session) => session.get("note"));
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
    const application = deploy({ ...tiers, define: { secret }, server: { encryptAtRest } });
    await live(application, traces, () =>
      database.client.$executeRawUnsafe('ALTER TABLE "Session" RENAME TO "Gone"').then(() => undefined),
    );
    expect(traces.errors.length).toBeGreaterThan(8);
    expect(traces.secrets.size).toBeGreaterThan(10);

    const told = traces.text(application);
    const keys = application.wire.calls.flatMap(keysOf).join("\n");
    const dump = dumpOf(database.url);
    for (const hidden of [...traces.secrets, secret]) {
      expect(told.includes(hidden), "told").toBe(false);
      expect(keys.includes(hidden), "in a key").toBe(false);
      expect(dump.includes(hidden), "in the database").toBe(false);
    }
    expect(told.match(new RegExp(`.{0,80}${CANARY}.{0,40}`))?.[0]).toBeUndefined();
    expect(keys).not.toContain(CANARY);
  });

  test("[S19] data at rest is sealed if asked for, in the database and in the cache", async () => {
    const application = deploy({ ...tiers, server: { encryptAtRest, cookieThreshold: 0 } });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set("note", CANARY));
    await browser.request(application.sessions, (session) => session.setQuick("quick", CANARY));
    const cached = JSON.stringify(application.wire.calls.filter(({ tier }) => tier === "cache"));
    expect(dumpOf(database.url).includes(CANARY)).toBe(!encryptAtRest);
    expect(cached.includes(CANARY)).toBe(!encryptAtRest);
    expect(await browser.request(application.sessions, (session) => session.all())).toEqual({
      note: CANARY,
      quick: CANARY,
    });
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
