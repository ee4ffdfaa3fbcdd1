/** Part "cookie": a session of 1 KB in its cookie, read and committed in one process, against the crypto floor. */

import { getIronSession, type SessionOptions } from "iron-session";
import { defaults, seal, unseal } from "iron-webcrypto";
import { defineSession } from "spillway";
import { createSessions } from "spillway/web";
import { floorOpen, floorSeal } from "./floor.js";
import { type Contender, type Measured, measure } from "./measure.js";
import { type BenchSession, benchSession, nextVisits } from "./payload.js";
import type { Part, Report } from "./report.js";

const SECRET = "a secret of the benchmark, long enough for all of them";
const data = benchSession();
const json = JSON.stringify(data);

/** Short rounds: on a busy machine most of them are then not interrupted. */
const THOROUGHNESS = { full: { rounds: 101, roundMs: 10 }, quick: { rounds: 1, roundMs: 1 } } as const;

/** Measures reading, then reading and committing. */
export const benchCookie: Part = async (effort, progress) => {
  const prepared = await prepare();
  const reading = await measure(readers(prepared), THOROUGHNESS[effort], (share) => progress(share / 2));
  const writing = await measure(writers(prepared), THOROUGHNESS[effort], (share) => progress((1 + share) / 2));
  const [, read] = reading;
  const floors = read?.ratio ?? Number.NaN;
  const quicker = (reading.at(-1)?.ratio ?? Number.NaN) / floors;
  return [
    {
      ...report(`Read a session of ${json.length} bytes from its cookie`, reading),
      goals: [
        { text: "Spillway takes at most 4 floors", figure: floors, met: floors <= 4 },
        { text: "and is at least 20 times quicker than iron-session", figure: quicker, met: quicker >= 20 },
      ],
    },
    report("Read it, change one value and commit", writing),
  ];
};

function report(title: string, measured: readonly Measured[]): Report {
  const rows = measured.map(({ name, micros, ratio }) => ({ name, value: micros, ratio }));
  return { title, unit: "µs", rows, goals: [] };
}

type Prepared = Awaited<ReturnType<typeof prepare>>;

function readers({ sealed, headers, ironKeys, ironSealed, ironStore }: Prepared): Contender[] {
  return [
    { name: "floor: AES-256-GCM and HMAC", run: () => floorOpen(sealed) },
    {
      name: "Spillway",
      run: async () => {
        const { session } = await spillway.open(headers);
        return session.get("cart");
      },
    },
    { name: "iron-webcrypto 2.0, raw keys", run: () => unseal(ironSealed, { [ironKeys.id]: ironKeys }, defaults) },
    { name: "iron-session 9", run: async () => (await ironSession(ironStore)).cart },
  ];
}

function writers({ sealed, headers, ironKeys, ironSealed, ironStore }: Prepared): Contender[] {
  return [
    { name: "floor: the same, twice", run: () => floorSeal(floorOpen(sealed)) },
    {
      name: "Spillway",
      run: async () => {
        const { session } = await spillway.open(headers);
        return session.set("visits", nextVisits());
      },
    },
    {
      name: "iron-webcrypto 2.0, raw keys",
      run: async () => {
        const opened = (await unseal(ironSealed, { [ironKeys.id]: ironKeys }, defaults)) as BenchSession;
        return seal({ ...opened, visits: nextVisits() }, ironKeys, defaults);
      },
    },
    {
      name: "iron-session 9",
      run: async () => {
        const session = await ironSession(ironStore);
        session.visits = nextVisits();
        return session.save();
      },
    },
  ];
}

const spillway = createSessions(defineSession<BenchSession>({ secret: SECRET }));

/** The same session in each of the forms that are compared. */
async function prepare() {
  const { session, setCookies } = await spillway.open(new Headers());
  await session.set(data);
  const headers = new Headers({ cookie: setCookies.map((cookie) => cookie.split(";")[0]).join("; ") });

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
  return { sealed: floorSeal(json), headers, ironKeys, ironSealed, ironStore };
}

const IRON_OPTIONS: SessionOptions = { cookieName: "session", password: SECRET };

function ironSession(store: ReturnType<typeof cookieStore>) {
  return getIronSession<Partial<BenchSession>>(store, IRON_OPTIONS);
}

/** A cookie store such as `cookies()` of Next, which keeps the first cookie: every run begins with the same. */
function cookieStore() {
  let value: string | undefined;
  return {
    get: (name: string) => (value === undefined ? undefined : { name, value }),
    set: (_name: string, sealed: string) => {
      value ??= sealed;
    },
  };
}
