/** Part "cookie": a session in its cookie, read and committed in one process, against the crypto floor and other libraries. */

import { existsSync } from "node:fs";
import { getIronSession, type SessionOptions } from "iron-session";
import { defaults, seal, unseal } from "iron-webcrypto";
import { defineSession } from "spillway";
import { createSessions } from "spillway/web";
import { floorOpen, floorSeal } from "./floor.js";
import { type Contender, type Measured, measure } from "./measure.js";
import { type BenchSession, benchSession, nextVisits } from "./payload.js";
import type { Goal, Part, Report } from "./report.js";

const SECRET = "a secret of the benchmark, long enough for all of them";

/** Short rounds: on a busy machine most of them are then not interrupted. */
const THOROUGHNESS = { full: { rounds: 101, roundMs: 10 }, quick: { rounds: 1, roundMs: 1 } } as const;

/** How large the sessions are that are measured, in bytes of JSON. */
const SIZES = [1024, 3072] as const;

/**
 * Cookies that come in turn, so many that none is remembered when it comes again: the process then opens each as one
 * that it has never seen.
 */
const STRANGERS = { full: 10_000, quick: 5 } as const;

/** Measures reading, then reading and committing, of sessions of each size; all contenders take turns. */
export const benchCookie: Part = async (effort, progress) => {
  const reports: Report[] = [];
  for (const [index, bytes] of SIZES.entries()) {
    const prepared = await prepare(bytes, STRANGERS[effort]);
    const tell = (share: number) => progress((index + share) / SIZES.length);
    const reading = await measure(readers(prepared), THOROUGHNESS[effort], (share) => tell(share / 2));
    const writing = await measure(writers(prepared), THOROUGHNESS[effort], (share) => tell((1 + share) / 2));
    reports.push(
      { ...report(`Read a session of ${bytes} bytes from its cookie`, reading), goals: readingGoals(reading) },
      {
        ...report(`Read it, change one value and commit (${bytes} bytes)`, writing),
        goals: writingGoals(writing, bytes),
      },
    );
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

function ratioOf(measured: readonly Measured[], wanted: string): number {
  return measured.find(({ name }) => name === wanted)?.ratio ?? Number.NaN;
}

function readingGoals(reading: readonly Measured[]): Goal[] {
  const seen = ratioOf(reading, SEEN);
  const quicker = ratioOf(reading, IRON) / ratioOf(reading, UNSEEN);
  const remembering = ratioOf(reading, UNSEEN) / ratioOf(reading, FORGETFUL);
  return [
    { text: "A cookie seen before takes at most 0.6 floors", figure: seen, met: seen <= 0.6 },
    {
      text: "one never seen takes at most 1.08 of what it does where none is remembered",
      figure: remembering,
      met: remembering <= 1.08,
    },
    { text: "one never seen is at least 20 times quicker than iron-session", figure: quicker, met: quicker >= 20 },
  ];
}

function writingGoals(writing: readonly Measured[], bytes: number): Goal[] {
  const most = bytes > 2000 ? 3.6 : 2.5;
  const figure = ratioOf(writing, SEEN);
  return [{ text: `Spillway takes at most ${most} floors`, figure, met: figure <= most }];
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
interface Peer {
  readonly name: string;
  readonly read: () => unknown;
  readonly commit: (visits: number) => unknown;
}

/** The libraries that `npm ci --prefix test/bench/peers` brings; none where they are not installed. */
async function installedPeers(data: BenchSession): Promise<readonly Peer[]> {
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
