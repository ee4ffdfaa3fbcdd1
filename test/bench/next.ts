/** Part "next": built route handlers that read and save a session, against one that touches no cookie. */

import { disconnect, load } from "./load.js";
import { median } from "./measure.js";
import { build, middlewareSize, type NextServer, start } from "./next-server.js";
import { benchSession } from "./payload.js";
import type { Goal, Part, Report } from "./report.js";

/** The handlers by their paths, the one first with which the others are compared. */
const HANDLERS = {
  none: "touches no cookie",
  "constant-short": "sets a constant cookie of 5 bytes",
  "constant-long": "sets a constant cookie of 1.7 KB",
  "floor-read": "floor: opens 1 KB with node:crypto",
  "floor-save": "floor: opens, changes, seals, sets",
  "spillway-read": "Spillway: reads 1 KB",
  "spillway-save": "Spillway: reads and saves",
  "iron-read": "iron-session 9: reads",
  "iron-save": "iron-session 9: reads and saves",
  middleware: "no cookie, behind the middleware",
} as const;

type Path = keyof typeof HANDLERS;
const PATHS = Object.keys(HANDLERS) as Path[];

/**
 * Every handler serves some thousands of requests before anything counts: what all of them share is compiled long before
 * what only one of them calls. Then they take turns, so that a slow moment of the machine hits all of them alike.
 */
const EFFORT = {
  full: { warmUpMs: 4000, rounds: 24, sliceMs: 250 },
  quick: { warmUpMs: 20, rounds: 1, sliceMs: 20 },
} as const;

/** What one turn of one handler showed: requests a second, and microseconds of processor time for each. */
interface Turn {
  readonly rate: number;
  readonly cost: number;
}

/** Measures requests a second and processor time, and states the size of the middleware's bundle. */
export const benchNext: Part = async (effort, progress) => {
  build();
  const server = await start();
  try {
    const { warmUpMs, rounds, sliceMs } = EFFORT[effort];
    const cookies = await sessionCookies(server);
    const turn = (path: Path, ms: number) =>
      takeTurn(server, path, cookies[path.startsWith("iron") ? "iron" : "spillway"], ms);
    const warmUps = warmUpMs / sliceMs;
    for (const [done, path] of PATHS.entries()) {
      await turn(path, warmUpMs);
      progress(((done + 1) * warmUps) / (PATHS.length * (warmUps + rounds)));
    }
    const turns = new Map(PATHS.map((path) => [path, [] as Turn[]]));
    for (let round = 0; round < rounds; round++) {
      for (const path of PATHS) turns.get(path)?.push(await turn(path, sliceMs));
      progress((warmUps + round + 1) / (warmUps + rounds));
    }
    return [rateReport(turns), costReport(turns), sizeReport()];
  } finally {
    disconnect();
    await server.stop();
  }
};

async function takeTurn(server: NextServer, path: Path, cookie: string, sliceMs: number): Promise<Turn> {
  const before = await server.cpuMicros();
  const { requests, seconds } = await load(`${server.origin}/${path}`, { cookie }, sliceMs);
  return { rate: requests / seconds, cost: ((await server.cpuMicros()) - before) / requests };
}

/** The cookies of a browser that has a session of each library. */
async function sessionCookies({ origin }: NextServer) {
  const begin = async (path: Path) => {
    const response = await fetch(`${origin}/${path}`, { method: "POST", body: JSON.stringify(benchSession()) });
    const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
    if (cookies.length === 0) throw new Error(`${path} began no session.`);
    return cookies.join("; ");
  };
  return { spillway: await begin("spillway-save"), iron: await begin("iron-save") };
}

type Turns = ReadonlyMap<Path, readonly Turn[]>;

/** Of two handlers, the median of what their turns of one round have to each other. */
function share(turns: Turns, path: Path, of: Path, figure: keyof Turn): number {
  const others = turns.get(of) ?? [];
  return median((turns.get(path) ?? []).map((turn, round) => turn[figure] / (others[round]?.[figure] ?? Number.NaN)));
}

function rowsOf(turns: Turns, figure: keyof Turn) {
  return PATHS.map((path) => ({
    name: HANDLERS[path],
    value: median((turns.get(path) ?? []).map((turn) => turn[figure])),
    ratio: share(turns, path, "none", figure),
  }));
}

function rateReport(turns: Turns): Report {
  const goal = (text: string, path: Path, of: Path, least: number): Goal => {
    const figure = share(turns, path, of, "rate");
    return { text: `${text} at least ${least}`, figure, met: figure >= least };
  };
  return {
    title: "A built route handler of Next: requests a second",
    unit: "/s",
    rows: rowsOf(turns, "rate"),
    goals: [
      goal("reading keeps of the requests of one without a cookie", "spillway-read", "none", 0.88),
      goal(
        "saving keeps of those of one that sets a constant cookie of the same size",
        "spillway-save",
        "constant-long",
        0.85,
      ),
    ],
  };
}

function costReport(turns: Turns): Report {
  return {
    title: "The same: processor time of one request",
    unit: "µs",
    rows: rowsOf(turns, "cost"),
    goals: [],
  };
}

function sizeReport(): Report {
  const { bytes, compressed } = middlewareSize();
  return {
    title: "The built middleware, Next's own part included",
    unit: "KB",
    rows: [
      { name: "as it is", value: bytes / 1000 },
      { name: "compressed", value: compressed / 1000 },
    ],
    goals: [],
  };
}
