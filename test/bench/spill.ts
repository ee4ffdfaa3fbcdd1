/** Part "spill": what a session on the server asks of the KV server and the database, counted, and how long it takes. */

import { createClient } from "@vercel/kv";
import { defineSession } from "spillway";
import { kvCache } from "spillway/stores/kv";
import { prismaStore } from "spillway/stores/prisma";
import { createSessions } from "spillway/web";
import { type KvServer, startKvServer } from "../../app/_services/kv/server.js";
import { type QueryLog, sqliteDatabase } from "../support/databases.js";
import { median } from "./measure.js";
import { type BenchSession, benchSession, nextVisits } from "./payload.js";
import { exactly, type Goal, type Part, type Report } from "./report.js";

/** More than any cookie holds. */
const BYTES = 20_000;
const ROUNDS = { full: 400, quick: 3 } as const;
const TOKEN = "a token of the benchmark";

/** What a step asked of the servers. */
interface Calls {
  readonly kvRequests: number;
  readonly kvCommands: number;
  readonly statements: number;
}

/** A request as it is measured, and what it must cost. */
interface Step {
  readonly name: string;
  readonly run: (session: Opened) => Promise<unknown>;
  readonly expected: Calls;
}

type Opened = Awaited<ReturnType<ReturnType<typeof open>["open"]>>["session"];

const STEPS: readonly Step[] = [
  { name: "read", run: (session) => session.get("cart"), expected: { kvRequests: 1, kvCommands: 1, statements: 0 } },
  {
    name: "write what was read",
    run: (session) => session.set("visits", nextVisits()),
    expected: { kvRequests: 1, kvCommands: 1, statements: 1 },
  },
  {
    name: "write what it holds already",
    run: async (session) => session.set("visits", (await session.get("visits")) ?? 0),
    expected: { kvRequests: 0, kvCommands: 0, statements: 0 },
  },
];

/** Counts and times each step over the local KV server and SQLite. */
export const benchSpill: Part = async (effort, progress) => {
  const kv = await startKvServer({ port: 0, token: TOKEN });
  const database = await sqliteDatabase();
  try {
    const sessions = open(kv, database.client);
    const begun = await sessions.open(new Headers());
    await begun.session.set(benchSession(BYTES));
    const headers = new Headers({ cookie: begun.setCookies.map((cookie) => cookie.split(";")[0]).join("; ") });

    const samples = STEPS.map(() => ({ micros: [] as number[], calls: [] as Calls[] }));
    const rounds = ROUNDS[effort];
    for (let round = 0; round < rounds; round++) {
      const opened = await sessions.open(headers);
      for (const [index, { run }] of STEPS.entries()) {
        kv.counters.reset();
        database.log.clear();
        const started = performance.now();
        await run(opened.session);
        samples[index]?.micros.push((performance.now() - started) * 1000);
        samples[index]?.calls.push(callsOf(kv, database.log));
      }
      // The browser takes the newer reference.
      const cookie = opened.setCookies.map((one) => one.split(";")[0]).join("; ");
      if (cookie !== "") headers.set("cookie", cookie);
      progress((round + 1) / rounds);
    }
    return [
      {
        title: `A session of ${BYTES} bytes on the server: local KV server and SQLite`,
        unit: "µs",
        rows: STEPS.map(({ name }, index) => ({ name, value: median(samples[index]?.micros ?? []) })),
        goals: STEPS.flatMap((step, index) => goalsOf(step, samples[index]?.calls ?? [])),
      },
    ] satisfies Report[];
  } finally {
    await database.drop();
    await kv.stop();
  }
};

function open(kv: KvServer, client: Awaited<ReturnType<typeof sqliteDatabase>>["client"]) {
  const definition = defineSession<BenchSession>({ secret: crypto.randomUUID() });
  return createSessions(definition, {
    cache: kvCache(createClient({ url: kv.url, token: kv.token })),
    store: prismaStore(client.session),
    // The application's epoch is read once in this time and process, whatever the traffic; here that is before the count.
    revocationDelay: "1h",
    // A busy machine is no outage, with which a cache that is slow would be left out.
    cacheTimeout: "5s",
  });
}

function callsOf({ counters }: KvServer, log: QueryLog): Calls {
  const commands = Object.values(counters.commands).reduce((sum, count) => sum + count, 0);
  return { kvRequests: counters.requests, kvCommands: commands, statements: log.statements.length };
}

/** Every single round has to keep to what is expected: the worst of them counts. */
function goalsOf({ name, expected }: Step, calls: readonly Calls[]): Goal[] {
  const most = (count: keyof Calls) => Math.max(...calls.map((one) => one[count]));
  return [
    exactly(`on the server, ${name}: KV round trips`, expected.kvRequests, most("kvRequests")),
    exactly(`on the server, ${name}: KV commands`, expected.kvCommands, most("kvCommands")),
    exactly(`on the server, ${name}: statements`, expected.statements, most("statements")),
  ];
}
