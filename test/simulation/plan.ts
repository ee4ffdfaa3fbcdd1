/** Plans: what a simulation is to do and to suffer, drawn from a seed. A plan less an item is still a plan. */

import { between, fraction, happens, mix, pick, type Random, seeded } from "./random.js";

/** How the application is deployed, and how bad the world is. Durations are milliseconds. */
export interface Setting {
  readonly deployment: "db+kv" | "db" | "kv";
  readonly cookieThreshold: number;
  readonly revocationDelay: number;
  readonly rotateEvery: number | undefined;
  readonly onStoreDown: "throw" | "cache";
  /** How probable it is that a call to a tier goes wrong. */
  readonly trouble: number;
  /** How far replicas of the cache are behind; 0: there are none. */
  readonly lag: number;
  /** How far the clock of each process is ahead. */
  readonly skews: readonly number[];
}

/** What a request or an administrator wants of the library. */
export type Act =
  | "append"
  | "append scoped"
  | "read"
  | "spill"
  | "shrink"
  | "pop"
  | "quick"
  | "login alice"
  | "login bob"
  | "logout"
  | "destroy"
  | "regenerate"
  | "slide"
  | "steal"
  | "replay"
  | "revoke"
  | "revokeUser alice"
  | "destroyAll"
  | "cleanup";

/** The end of a process, or a long sleep (milliseconds), at an await. */
export interface Blow {
  readonly at: number;
  readonly when: "before" | "after";
  readonly sleeps: number | undefined;
}

/** One request. */
export interface RequestItem {
  readonly type: "request";
  /** Stable through shrinking: its troubles are drawn from it. */
  readonly id: number;
  readonly at: number;
  readonly act: Act;
  readonly browser: number;
  readonly process: number;
  /** How long its response takes to arrive; undefined: it never does. */
  readonly back: number | undefined;
  /** What befalls the process at the call to a tier with this number: before it leaves, or when it was carried out. */
  readonly blow: Blow | undefined;
  /** Nothing goes wrong with its calls. */
  readonly isCalm: boolean;
}

/** Something that befalls the tiers or a process. */
export type Mishap =
  | {
      readonly type: "outage";
      readonly at: number;
      readonly tier: "store" | "cache";
      readonly mode: "refuses" | "hangs" | "mute";
      readonly lasts: number;
    }
  | { readonly type: "kill"; readonly at: number; readonly process: number }
  | { readonly type: "freeze"; readonly at: number; readonly process: number; readonly lasts: number }
  | { readonly type: "evict"; readonly at: number; readonly share: number };

export type Item = RequestItem | Mishap;

export interface Plan {
  readonly seed: number;
  readonly setting: Setting;
  readonly items: readonly Item[];
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;

const WEIGHTS: readonly (readonly [Act, number])[] = [
  ["append", 30],
  ["append scoped", 6],
  ["read", 12],
  ["spill", 6],
  ["shrink", 6],
  ["pop", 6],
  ["quick", 2],
  ["login alice", 7],
  ["login bob", 3],
  ["logout", 4],
  ["destroy", 2],
  ["regenerate", 4],
  ["slide", 5],
  ["steal", 4],
  ["replay", 6],
  ["revoke", 2],
  ["revokeUser alice", 3],
  ["destroyAll", 1],
  ["cleanup", 3],
];

const ACTS: readonly Act[] = WEIGHTS.flatMap(([act, weight]) => Array.from({ length: weight }, () => act));

/** Draws a plan. */
export function drawPlan(seed: number): Plan {
  const random = seeded(mix(seed, 1));
  const setting = drawSetting(random);
  const items: Item[] = [];
  const count = between(random, 8, 36);
  const pace = pick(random, [20, 200, 2 * SECOND]);
  let at = 0;
  for (let id = 0; id < count; id++) {
    at += happens(random, 0.08)
      ? pick(random, [15 * SECOND, 70 * SECOND, 5 * MINUTE, 80 * MINUTE])
      : random.below(pace);
    items.push(drawRequest(random, id, at, setting));
  }
  if (setting.trouble > 0) items.push(...drawMishaps(random, at, setting));
  return { seed, setting, items: items.sort((a, b) => a.at - b.at) };
}

function drawSetting(random: Random): Setting {
  const deployment = pick(random, ["db+kv", "db+kv", "db", "kv"] as const);
  const hasBoth = deployment === "db+kv";
  const lag = deployment !== "db" && happens(random, 0.25) ? pick(random, [20, 500, 5 * SECOND]) : 0;
  // A cache alone tells lag from absence by the time since a cookie was sealed.
  const isSkewed = happens(random, 0.2) && (deployment !== "kv" || lag === 0);
  return {
    deployment,
    cookieThreshold: pick(random, [0, 0, 1200]),
    revocationDelay: pick(random, [0, 10 * SECOND]),
    // The grace of a previous id is for clocks that differ by less.
    rotateEvery: isSkewed ? undefined : pick(random, [undefined, 30 * SECOND]),
    onStoreDown: hasBoth && happens(random, 0.3) ? "cache" : "throw",
    trouble: pick(random, [0, 0.02, 0.08, 0.25]),
    lag,
    skews: [0, 1, 2].map(() => (isSkewed ? between(random, -5 * MINUTE, 5 * MINUTE) : 0)),
  };
}

function drawRequest(random: Random, id: number, at: number, { trouble }: Setting): RequestItem {
  const blow: Blow | undefined = happens(random, trouble / 4)
    ? {
        at: random.below(6),
        when: pick(random, ["before", "after"]),
        sleeps: pick(random, [undefined, undefined, 6 * SECOND, 80 * MINUTE]),
      }
    : undefined;
  return {
    type: "request",
    id,
    at,
    act: pick(random, ACTS),
    browser: pick(random, [0, 0, 0, 1, 2]),
    process: random.below(3),
    back: happens(random, trouble) ? pick(random, [undefined, 2 * SECOND, 25 * SECOND]) : 1 + random.below(60),
    blow,
    isCalm: happens(random, 0.3),
  };
}

function drawMishaps(random: Random, end: number, { deployment }: Setting): Mishap[] {
  const moment = () => Math.floor(fraction(random) * (end + 1));
  const tiers = { "db+kv": ["store", "cache"], db: ["store"], kv: ["cache"] } as const;
  const kinds = [
    (): Mishap => ({
      type: "outage",
      at: moment(),
      tier: pick(random, tiers[deployment]),
      mode: pick(random, ["refuses", "hangs", "mute"]),
      lasts: pick(random, [100, 2 * SECOND, 30 * SECOND]),
    }),
    (): Mishap => ({ type: "kill", at: moment(), process: random.below(3) }),
    (): Mishap => ({
      type: "freeze",
      at: moment(),
      process: random.below(3),
      lasts: pick(random, [SECOND, 20 * SECOND, 80 * MINUTE]),
    }),
    (): Mishap => ({ type: "evict", at: moment(), share: pick(random, [0.3, 1]) }),
  ];
  // A cache alone that evicts has lost its sessions, and says so in docs/consistency.md.
  const possible = deployment === "kv" ? kinds.slice(0, 3) : kinds;
  return Array.from({ length: random.below(4) }, () => pick(random, possible)());
}
