/** Part "cookie": a session in its cookie, read and committed in one process, against the crypto floor and other libraries. */

import { existsSync } from "node:fs";
import { getIronSession, type SessionOptions } from "iron-session";
import { defaults, seal, unseal } from "iron-webcrypto";
import { defineSession } from "spillway";
import { createSessions } from "spillway/web";
import { floorOpen, floorSeal } from "./floor.js";
import { type Contender, type Measured, measure, type Thoroughness } from "./measure.js";
import { type BenchSession, benchSession, nextVisits } from "./payload.js";
import { atLeast, atMost, type Goal, type Part, type Report } from "./report.js";

export const SECRET = "a secret of the benchmark, long enough for all of them";

/** Short rounds: on a busy machine most of them are then not interrupted. */
const THOROUGHNESS = { full: { rounds: 101, roundMs: 8 }, quick: { rounds: 1, roundMs: 1 } } as const;

/** The same with as many requests under way as a busy process has. */
const IN_FLIGHT = 64;
const CROWDED = {
  full: { rounds: 31, roundMs: 20, inFlight: IN_FLIGHT },
  quick: { rounds: 1, roundMs: 1, inFlight: IN_FLIGHT },
} as const;

/** How large the sessions are that are measured, in bytes of JSON. */
const SIZES = [100, 1024, 3072] as const;

/** The size that is also measured with many requests in flight. */
const CROWDED_SIZE = 1024;

/**
 * Cookies that come in turn, so many that none is remembered when it comes again: the process then opens each as one
 * that it has never seen.
 */
const STRANGERS = { full: 10_000, quick: 5 } as const;

/** Measures reading, then reading and committing, of sessions of each size; all contenders take turns. */
export const benchCookie: Part = async (effort, progress) => {
  const reports: Report[] = [];
  const steps = 2 * (SIZES.length + 1);
  let done = 0;
  const measureNext = async (contenders: readonly Contender[], thoroughness: Thoroughness) => {
    const measured = await measure(contenders, thoroughness, (share) => progress((done + share) / steps));
    done += 1;
    return measured;
  };
  for (const bytes of SIZES) {
    const prepared = await prepare(bytes, STRANGERS[effort]);
    const reading = await measureNext(readers(prepared), THOROUGHNESS[effort]);
    const writing = await measureNext(writers(prepared), THOROUGHNESS[effort]);
    reports.push(
      { ...report(`Read a session of ${bytes} bytes from its cookie`, reading), goals: readingGoals(reading, bytes) },
      {
        ...report(`Read it, change one value and commit (${bytes} bytes)`, writing),
        goals: writingGoals(writing, bytes),
      },
    );
    if (bytes !== CROWDED_SIZE) continue;
    for (const [what, contenders] of [
      ["Read", readers(prepared)],
      ["Read, change and commit", writers(prepared)],
    ] as const) {
      const crowded = await measureNext(contenders, CROWDED[effort]);
      const title = `${what} ${bytes} bytes, ${IN_FLIGHT} requests in flight`;
      reports.push(
        report(`${title}: time of each`, crowded),
        report(
          `${title}: processor time of each`,
          crowded.map((one) => ({
            ...one,
            micros: one.cpuMicros,
            ratio: one.cpuMicros / (crowded[0]?.cpuMicros ?? 0),
          })),
        ),
      );
    }
  }
  return reports;
};

function report(title: string, measured: readonly Measured[]): Report {
  const rows = measured.map(({ name, micros, ratio }) => ({ name, value: micros, ratio }));
  return { title, unit: "µs", rows, goals: [] };
}

const SEEN = "Spillway, seen before";
const UNSEEN = "Spillway, never seen before";
const FORGETFUL = "Spillway, remembering none";
const IRON = "iron-session 9";
const SECURE_SESSION = "@fastify/secure-session 8";

function ratioOf(measured: readonly Measured[], wanted: string): number {
  return measured.find(({ name }) => name === wanted)?.ratio ?? Number.NaN;
}

function readingGoals(reading: readonly Measured[], bytes: number): Goal[] {
  if (bytes !== CROWDED_SIZE) return [];
  const unseen = ratioOf(reading, UNSEEN);
  return [
    atMost("read 1 KB, seen before: floors", 0.6, ratioOf(reading, SEEN)),
    atMost("read 1 KB, never seen before ÷ remembering none", 1.08, unseen / ratioOf(reading, FORGETFUL)),
    atLeast("iron-session's read of 1 KB ÷ one never seen before", 20, ratioOf(reading, IRON) / unseen),
  ];
}

function writingGoals(writing: readonly Measured[], bytes: number): Goal[] {
  const mine = ratioOf(writing, SEEN);
  if (bytes > CROWDED_SIZE) return [atMost("commit 3 KB: floors", 3.6, mine)];
  if (bytes < CROWDED_SIZE) return [];
  const peer = ratioOf(writing, SECURE_SESSION);
  return [
    atMost("commit 1 KB: floors", 2.5, mine),
    ...(Number.isNaN(peer) ? [] : [atMost("commit 1 KB ÷ secure-session's", 1.3, mine / peer)]),
  ];
}

type Prepared = Awaited<ReturnType<typeof prepare>>;

/** Each request has headers of its own, which are made here too: one object is opened once, however often it comes. */
function readers({ sealed, cookie, strangers, ironKeys, ironSealed, ironStore, others }: Prepared): Contender[] {
  const read = async (cookie: string) => (await spillway.open(new Headers({ cookie }))).session.get("cart");
  return [
    { name: "floor: AES-256-GCM and HMAC", run: () => floorOpen(sealed) },
    { name: SEEN, run: () => read(cookie) },
    { name: UNSEEN, run: () => read(strangers()) },
    {
      name: FORGETFUL,
      run: async () => (await elsewhere.open(new Headers({ cookie: strangers() }))).session.get("cart"),
    },
    ...others.map(({ name, read }) => ({ name, run: read })),
    { name: "iron-webcrypto 2.0, raw keys", run: () => unseal(ironSealed, { [ironKeys.id]: ironKeys }, defaults) },
    { name: IRON, run: async () => (await ironSession(ironStore)).cart },
  ];
}

function writers({ sealed, cookie, strangers, ironKeys, ironSealed, ironStore, others }: Prepared): Contender[] {
  const commit = async (cookie: string) =>
    (await spillway.open(new Headers({ cookie }))).session.set("visits", nextVisits());
  return [
    { name: "floor: the same, twice", run: () => floorSeal(floorOpen(sealed)) },
    { name: SEEN, run: () => commit(cookie) },
    { name: UNSEEN, run: () => commit(strangers()) },
    ...others.map(({ name, commit: run }) => ({ name, run: () => run(nextVisits()) })),
    {
      name: "iron-webcrypto 2.0, raw keys",
      run: async () => {
        const opened = (await unseal(ironSealed, { [ironKeys.id]: ironKeys }, defaults)) as BenchSession;
        return seal({ ...opened, visits: nextVisits() }, ironKeys, defaults);
      },
    },
    {
      name: IRON,
      run: async () => {
        const session = await ironSession(ironStore);
        session.visits = nextVisits();
        return session.save();
      },
    },
  ];
}

const spillway = createSessions(defineSession<BenchSession>({ secret: SECRET }));
/** Another process, as it were: what it seals, the first has never seen. */
const elsewhere = createSessions(defineSession<BenchSession>({ secret: SECRET, openedCookies: 0 }));

async function begin({ open }: typeof spillway, data: BenchSession): Promise<string> {
  const { session, setCookies } = await open(new Headers());
  await session.set(data);
  return setCookies.map((cookie) => cookie.split(";")[0]).join("; ");
}

/** The same session in each of the forms that are compared. */
async function prepare(bytes: number, count: number) {
  const data = benchSession(bytes);
  const cookie = await begin(spillway, data);
  const unseen: string[] = [];
  while (unseen.length < count) unseen.push(await begin(elsewhere, data));
  let turn = 0;
  const strangers = () => unseen[turn++ % count] as string;

  const ironKeys = {
    id: "1",
    encryption: crypto.getRandomValues(new Uint8Array(32)),
    integrity: crypto.getRandomValues(new Uint8Array(32)),
  };
  const ironSealed = await seal(data, ironKeys, defaults);

  const ironStore = cookieStore();
  const iron = await ironSession(ironStore);
  Object.assign(iron, data);
  await iron.save();
  const others = await installedPeers(data);
  return { sealed: floorSeal(JSON.stringify(data)), cookie, strangers, ironKeys, ironSealed, ironStore, others };
}

/** A library that is compared, as `peers/peers.mjs` offers it. */
export interface Peer {
  readonly name: string;
  /** What the cookie's value takes. */
  readonly bytes: number;
  readonly read: () => unknown;
  readonly commit: (visits: number) => unknown;
}

/** The libraries that `npm ci --prefix test/bench/peers` brings; none where they are not installed. */
export async function installedPeers(data: BenchSession): Promise<readonly Peer[]> {
  if (!existsSync(new URL("./peers/node_modules", import.meta.url))) return [];
  const { peers } = await import(new URL("./peers/peers.mjs", import.meta.url).href);
  return peers(data, SECRET);
}

const IRON_OPTIONS: SessionOptions = { cookieName: "session", password: SECRET, chunk: true };

function ironSession(store: ReturnType<typeof cookieStore>) {
  return getIronSession<Partial<BenchSession>>(store, IRON_OPTIONS);
}

/** A cookie store such as `cookies()` of Next, which keeps the first cookies: every run begins with the same. */
function cookieStore() {
  const kept = new Map<string, string>();
  const find = (name: string) => {
    const value = kept.get(name);
    return value === undefined ? undefined : { name, value };
  };
  return {
    get: find,
    getAll: () => [...kept].map(([name, value]) => ({ name, value })),
    set: (name: string, sealed: string) => {
      if (!kept.has(name)) kept.set(name, sealed);
    },
  };
}
