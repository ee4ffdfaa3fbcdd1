import { inspect } from "node:util";
import { defineSession, type SessionCache, type SessionStore, SessionStoreError } from "spillway";
import { memoryCache, memoryStore } from "spillway/stores/memory";
import { prismaStore } from "spillway/stores/prisma";
import { createSessions } from "spillway/web";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { PrismaClient } from "../../generated/sqlite/client.js";
import { redact } from "../../src/util/redact.js";
import { sqliteDatabase } from "../support/databases.js";
import { type Deployment, deploy, newSecret } from "../support/deployments.js";

/** What no error, event or line on the console may hold. */
const CANARY = "canary-5c1e8";

/** Everything that an error shows, its causes included, however it is printed. */
function shown(error: unknown): string {
  const options = { depth: 20, showHidden: true, getters: true, maxStringLength: null } as const;
  const own: string[] = [];
  for (let one = error as Error | undefined; one; one = one.cause as Error | undefined) {
    own.push(String(one), one.stack ?? "", JSON.stringify(one));
  }
  return [inspect(error, options), inspect(error, { ...options, customInspect: false }), ...own].join("\n");
}

/** A client's error that quotes a statement in every place that clients have used for it. */
function telling(): Error {
  const quoted = `SET session "${CANARY}"`;
  const error = new Error(`Invalid invocation:\n\n${quoted}\n    at ${CANARY} (${CANARY}.js:1:1)`, {
    cause: new Error(quoted, { cause: quoted }),
  });
  const more = { command: [quoted], code: `X_${CANARY}`, meta: { quoted }, clientVersion: quoted, [CANARY]: quoted };
  return Object.assign(error, more, { name: `Error of ${CANARY}` });
}

/** A tier of which every call fails. */
function failing<Tier extends object>(tier: Tier, thrown: () => unknown): Tier {
  return new Proxy(tier, { get: () => () => Promise.reject(thrown()) });
}

async function caught(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error("Nothing was thrown.");
}

afterEach(() => {
  vi.restoreAllMocks();
});

const thrown: [string, () => unknown][] = [
  ["an error that quotes the statement", telling],
  ["a text", () => CANARY],
  ["an object", () => ({ message: CANARY, name: CANARY, code: CANARY, stack: CANARY })],
  ["nothing", () => undefined],
  [
    "a store error of the application's own",
    () => new SessionStoreError("store", "Down.", "failed", { cause: telling() }),
  ],
  ["several at once", () => new AggregateError([telling()], CANARY)],
];

describe.each(thrown)("[S14] when a client throws %s", (_what, error) => {
  test.each(["store", "cache"] as const)("neither error nor event holds a value of it (%s)", async (tier) => {
    const events: unknown[] = [];
    const tiers =
      tier === "store"
        ? { store: failing<SessionStore>(memoryStore(), error) }
        : { cache: failing<SessionCache>(memoryCache(), error) };
    const { open } = createSessions(defineSession({ secret: newSecret() }), {
      ...tiers,
      on: { unavailable: (event) => events.push(event.error) },
    });
    const { session } = await open(new Headers());
    const failure = await caught(() => session.login("ada"));
    expect(failure).toBeInstanceOf(SessionStoreError);
    expect(events.length).toBeGreaterThan(0);
    for (const one of [failure, ...events]) expect(shown(one)).not.toContain(CANARY);
  });
});

describe("[S14] what is told of an error", () => {
  test("its class, its code and a remedy", () => {
    const known = Object.assign(new Error(CANARY), { name: "PrismaClientKnownRequestError", code: "P2021" });
    expect(redact(known)).toMatchObject({ name: "PrismaClientKnownRequestError", code: "P2021" });
    expect(redact(known).message).toBe("P2021: the table does not exist: run the migration");
    expect(String(redact(new TypeError(CANARY)))).toBe("TypeError: no code");
    expect(redact(new Error("WRONGPASS invalid username-password pair"))).toMatchObject({ code: "WRONGPASS" });
  });

  test.each([
    'Reached the max retries per request limit (which is 1). Refer to "maxRetriesPerRequest" option for details.',
    "Socket closed unexpectedly",
    "Command aborted due to connection close",
    "Connection timeout",
    "Failed to refresh slots cache.",
    "None of startup nodes is available",
    "All sentinels are unreachable. Retrying from scratch after 100ms.",
    "All the root nodes are unavailable",
  ])("that the server cannot be reached, where the client has no code for it (%s)", (message) => {
    expect(redact(new Error(message)).message).toMatch(/^the server cannot be reached: see whether it runs/);
  });

  test("the code of a cause, and of the first of several errors", () => {
    const refused = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
    for (const error of [
      new TypeError("fetch failed", { cause: refused }),
      new Error("", { cause: new AggregateError([refused]) }),
    ]) {
      expect(redact(error)).toMatchObject({ code: "ECONNREFUSED", message: expect.stringContaining("reached") });
    }
  });

  test("where it was thrown", () => {
    expect(redact(new Error(CANARY)).stack).toMatch(/^Error: no code\n {4}at .*redaction\.test\.ts:\d+:\d+\)?\n/);
    expect(redact(telling()).stack).not.toContain(CANARY);
  });

  test("nothing more of one whose properties throw, or that is a circle", () => {
    const hostile = new Proxy(new Error(CANARY), {
      get() {
        throw new Error(CANARY);
      },
    });
    expect(String(redact(hostile))).toBe("Error: no code");
    const circle = new Error(CANARY);
    circle.cause = circle;
    expect(String(redact(circle))).toBe("Error: no code");
  });
});

test("[S14] a column that the generated client lacks: the error says what to do, and no value", async () => {
  const { client, drop } = await sqliteDatabase();
  try {
    const lacking = new Proxy(client.session, {
      get: (session, method) => (args: { data: object }) =>
        (session as never as Record<PropertyKey, (args: object) => Promise<unknown>>)[method]?.({
          ...args,
          ...(method === "createMany" && { data: { ...args.data, notThere: 1 } }),
        }),
    });
    const store = prismaStore(lacking as unknown as PrismaClient["session"]);
    const events: unknown[] = [];
    const { open } = createSessions(defineSession<{ note: string }>({ secret: newSecret() }), {
      store,
      cookieThreshold: 0,
      on: { unavailable: ({ error }) => events.push(error) },
    });
    const { session } = await open(new Headers({ "user-agent": CANARY }));
    const failure = await caught(() => session.set("note", CANARY));
    expect(String((failure as Error).cause)).toContain("prisma generate");
    for (const one of [failure, ...events]) expect(shown(one)).not.toContain(CANARY);
  } finally {
    await drop();
  }
});

describe("[S14] the application's own code", () => {
  const fail = () => {
    throw telling();
  };

  test("a migration that throws", async () => {
    const secret = newSecret();
    const before = deploy({ tiers: "cookie", define: { secret } });
    const browser = before.browser();
    await browser.request(before.sessions, (session) => session.set("note", CANARY));
    const after = deploy({ tiers: "cookie", define: { secret, schemaVersion: 1, migrate: fail } });
    const failure = await caught(() => browser.request(after.sessions, (session) => session.get("note")));
    expect(failure).toMatchObject({ code: "unreadable", cause: { name: "Error" } });
    expect(shown(failure)).not.toContain(CANARY);
  });

  test("a schema that throws, on the way in and on the way back", async () => {
    const secret = newSecret();
    const plain = deploy({ tiers: "cookie", define: { secret } });
    const browser = plain.browser();
    await browser.request(plain.sessions, (session) => session.set("note", CANARY));
    const validate = (value: unknown) => (Object.keys(value as object).length > 0 ? fail() : { value: {} });
    const schema = { "~standard": { version: 1, vendor: "tests", validate } } as const;
    const checked: Deployment = deploy({ tiers: "cookie", define: { secret, schema } });
    const read = await caught(() => browser.request(checked.sessions, (session) => session.get("note")));
    expect(read).toMatchObject({ code: "unreadable" });
    const written = await caught(() =>
      checked.browser().request(checked.sessions, (session) => session.set("note", CANARY)),
    );
    expect(written).toMatchObject({ code: "value" });
    for (const one of [read, written]) expect(shown(one)).not.toContain(CANARY);
  });

  test("a listener that throws", async () => {
    const printed = vi.spyOn(console, "error").mockReturnValue();
    const { open } = createSessions(defineSession({ secret: newSecret() }), { on: { created: fail } });
    await (await open(new Headers())).session.start();
    expect(printed).toHaveBeenCalledOnce();
    expect(printed.mock.calls.flat().map(shown).join("\n")).not.toContain(CANARY);
  });
});
