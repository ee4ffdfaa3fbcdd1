/** Part "next": whole requests to built Next applications, against those that touch no cookie. */

import { existsSync } from "node:fs";
import { disconnect, load } from "./load.js";
import { median } from "./measure.js";
import { type Application, build, type NextServer, start } from "./next-server.js";
import { benchSession } from "./payload.js";
import { atLeast, atMost, type Goal, type Part, type Report } from "./report.js";

/** Paths by what they do, the one first with which the others are compared. */
type Paths = Readonly<Record<string, string>>;

const HANDLERS: Paths = {
  none: "touches no cookie",
  "constant-short": "sets a constant cookie of 5 bytes",
  "constant-long": "sets a constant cookie of 1.7 KB",
  "floor-read": "floor: opens 1 KB with node:crypto",
  "floor-save": "floor: opens, changes, seals, sets",
  "spillway-read": "Spillway: reads 1 KB",
  "spillway-scope": "Spillway: reads and saves, withSession()",
  "spillway-save": "Spillway: reads and saves, getSession()",
  "iron-read": "iron-session 9: reads",
  "iron-save": "iron-session 9: reads and saves",
};

/** Of those that `npm ci --prefix test/bench/peers` brings. */
const PEERS: Paths = {
  "jose-read": "jose 6: reads",
  "jose-save": "jose 6: reads and saves",
  "auth-read": "Auth.js: reads",
  "auth-save": "Auth.js: reads and saves",
  "better-read": "better-auth, jwe: reads",
  "better-save": "better-auth, jwe: reads and saves",
};

const PAGES: Paths = {
  "page-none": "touches no cookie",
  "page-spillway": "Spillway: reads 1 KB",
  "page-iron": "iron-session 9: reads",
};

const BEFORE: Paths = {
  "before/empty": "nothing",
  "before/spillway": "Spillway, cookie seen before",
  "before/unseen": "Spillway, never seen before",
  "before/iron": "iron-webcrypto 2.0, raw keys",
};

/**
 * Every path serves some thousands of requests before anything counts: what all of them share is compiled long before
 * what only one of them calls. Then they take turns, so that a slow moment of the machine hits all of them alike.
 */
const EFFORT = {
  full: { warmUpMs: 2000, rounds: 20, sliceMs: 200 },
  quick: { warmUpMs: 20, rounds: 1, sliceMs: 20 },
} as const;

/** What one turn of one path showed: requests a second, and microseconds of processor time for each. */
interface Turn {
  readonly rate: number;
  readonly cost: number;
}

type Turns = ReadonlyMap<string, readonly Turn[]>;

/** Measures requests a second and processor time. */
export const benchNext: Part = async (effort, progress) => {
  const hasPeers = existsSync(new URL("./peers/node_modules", import.meta.url));
  const handlers = hasPeers ? { ...HANDLERS, ...PEERS } : HANDLERS;
  const paths = Object.keys({ ...handlers, ...PAGES, ...BEFORE });
  const both = paths.length + Object.keys(BEFORE).length;
  let cookie = "";
  const measure = async (application: Application, these: readonly string[], from: number): Promise<Turns> => {
    build(application);
    const server = await start(application);
    try {
      if (application === "next-app") cookie = await sessionCookies(server, hasPeers);
      return await takeTurns(server, these, cookie, EFFORT[effort], (share) =>
        progress((from + share * these.length) / both),
      );
    } finally {
      disconnect();
      await server.stop();
    }
  };
  const turns = await measure("next-app", paths, 0);
  const proxy = await measure("next-proxy", Object.keys(BEFORE), paths.length);
  return [
    ...reportsOf("A built route handler of Next", turns, handlers, handlerGoals(turns)),
    ...reportsOf("A built page of Next", turns, PAGES, []),
    ...reportsOf("Behind middleware.ts, at the edge", turns, BEFORE, edgeGoals(turns)),
    ...reportsOf("Behind proxy.ts, in Node", proxy, BEFORE, [
      atLeast("proxy.ts ÷ an empty one", 0.94, share(proxy, "before/spillway", "before/empty", "rate")),
    ]),
  ];
};

async function takeTurns(
  server: NextServer,
  paths: readonly string[],
  cookie: string,
  { warmUpMs, rounds, sliceMs }: (typeof EFFORT)[keyof typeof EFFORT],
  progress: (share: number) => void,
): Promise<Turns> {
  const turns = new Map(paths.map((path) => [path, [] as Turn[]]));
  const warmUps = warmUpMs / sliceMs;
  for (const [done, path] of paths.entries()) {
    await takeTurn(server, path, cookie, warmUpMs);
    progress(((done + 1) * warmUps) / (paths.length * (warmUps + rounds)));
  }
  for (let round = 0; round < rounds; round++) {
    for (const path of paths) turns.get(path)?.push(await takeTurn(server, path, cookie, sliceMs));
    progress((warmUps + round + 1) / (warmUps + rounds));
  }
  return turns;
}

async function takeTurn(server: NextServer, path: string, cookies: string, sliceMs: number): Promise<Turn> {
  const cookie = cookieFor(path, cookies);
  const before = await server.cpuMicros();
  const { requests, seconds } = await load(`${server.origin}/${path}`, { cookie }, sliceMs);
  return { rate: requests / seconds, cost: ((await server.cpuMicros()) - before) / requests };
}

/** Which cookies go to which path: of the library that it is about, else Spillway's. */
function cookieFor(path: string, cookies: string): string {
  const [, library = "spillway"] = /^(?:page-)?(iron|jose|auth|better)/.exec(path) ?? [];
  return cookies
    .split("; ")
    .filter((pair) => pair.startsWith(library))
    .join("; ");
}

/** The cookies of a browser that has a session of each library. */
async function sessionCookies({ origin }: NextServer, hasPeers: boolean): Promise<string> {
  const libraries = ["spillway", "iron", ...(hasPeers ? ["jose", "auth", "better"] : [])];
  const pairs: string[] = [];
  for (const library of libraries) {
    const response = await fetch(`${origin}/${library}-save`, { method: "POST", body: JSON.stringify(benchSession()) });
    const set = response.headers.getSetCookie().map((cookie) => cookie.split(";")[0] ?? "");
    if (set.length === 0) throw new Error(`${library} began no session.`);
    pairs.push(...set);
  }
  return pairs.join("; ");
}

/** Of two paths, the median of what their turns of one round have to each other. */
function share(turns: Turns, path: string, of: string, figure: keyof Turn): number {
  const others = turns.get(of) ?? [];
  return median((turns.get(path) ?? []).map((turn, round) => turn[figure] / (others[round]?.[figure] ?? Number.NaN)));
}

/** Both tables about some paths. */
function reportsOf(title: string, turns: Turns, paths: Paths, goals: readonly Goal[]): Report[] {
  const [first = ""] = Object.keys(paths);
  const rows = (figure: keyof Turn) =>
    Object.entries(paths).map(([path, name]) => ({
      name,
      value: median((turns.get(path) ?? []).map((turn) => turn[figure])),
      ratio: share(turns, path, first, figure),
    }));
  return [
    { title: `${title}: requests a second`, unit: "/s", rows: rows("rate"), goals },
    { title: `${title}: processor time of one request`, unit: "µs", rows: rows("cost"), goals: [] },
  ];
}

function handlerGoals(turns: Turns): Goal[] {
  const rate = (path: string, of: string) => share(turns, path, of, "rate");
  return [
    atLeast("handler that reads ÷ no session", 0.87, rate("spillway-read", "none")),
    atLeast("handler that saves ÷ no session", 0.68, rate("spillway-scope", "none")),
    atLeast("handler that saves ÷ constant cookie", 0.8, rate("spillway-scope", "constant-long")),
  ];
}

function edgeGoals(turns: Turns): Goal[] {
  const cost = (path: string) => median((turns.get(path) ?? []).map((turn) => turn.cost));
  const beyondEmpty = (path: string) => cost(path) - cost("before/empty");
  return [
    atLeast("edge middleware ÷ an empty one", 0.95, share(turns, "before/spillway", "before/empty", "rate")),
    atMost(
      "edge, never seen: processor time ÷ that with keys imported each time",
      0.75,
      beyondEmpty("before/unseen") / beyondEmpty("before/iron"),
    ),
  ];
}
