/** Drawing plans from seeds. */

import { type Blow, hasTrouble, type Item, type Mishap, type Plan, type RequestItem, type Setting } from "./plan.js";
import { between, fraction, happens, mix, pick, type Random, seeded } from "./random.js";
import type { Theme } from "./theme.js";
import { THEMES } from "./themes.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Outages are of the database more often than of the cache. */
const STORE = ["store", "store"] as const;
const CACHE = ["cache"] as const;

/** Draws the plan of a seed. */
export function drawPlan(seed: number): Plan {
  const random = seeded(mix(seed, 1));
  const theme = pick(random, THEMES);
  const setting = { ...drawSetting(random, theme.setting.deployment), ...theme.setting };
  const items: Item[] = [];
  const count = between(random, 8, 36);
  const pace = pick(random, theme.paces);
  let at = 0;
  for (let id = 0; id < count; id++) {
    at += happens(random, theme.pausing) ? pick(random, theme.pauses) : random.below(pace);
    items.push(drawRequest(random, id, at, setting, theme));
  }
  if (hasTrouble(setting)) items.push(...drawMishaps(random, at, setting, theme));
  return { seed, setting, items: items.sort((a, b) => a.at - b.at) };
}

function drawSetting(random: Random, fixed: Setting["deployment"] | undefined): Setting {
  const deployment = fixed ?? pick(random, ["db+kv", "db+kv", "db", "kv"] as const);
  const lag = deployment !== "db" && happens(random, 0.25) ? pick(random, [20, 500, 5 * SECOND]) : 0;
  // A cache alone tells lag from absence by the time since a cookie was sealed.
  const isSkewed = happens(random, 0.2) && (deployment !== "kv" || lag === 0);
  const trouble = pick(random, [0, 0.02, 0.08, 0.25]);
  const troubled = pick(random, ["both", "both", "store", "cache"]);
  return {
    deployment,
    cookieThreshold: pick(random, [0, 0, 1200]),
    revocationDelay: pick(random, [0, 10 * SECOND]),
    idleTimeout: pick(random, [4 * HOUR, 4 * HOUR, 4 * HOUR, 20 * MINUTE]),
    // The grace of a previous id is for clocks that differ by less.
    rotateEvery: isSkewed ? undefined : pick(random, [undefined, 30 * SECOND]),
    maxPerUser: undefined,
    onStoreDown: deployment === "db+kv" && happens(random, 0.3) ? "cache" : "throw",
    storeTrouble: deployment === "kv" || troubled === "cache" ? 0 : trouble,
    cacheTrouble: deployment === "db" || troubled === "store" ? 0 : trouble,
    latency: pick(random, [3, 3, 20]),
    lag,
    skews: [0, 1, 2].map(() => (isSkewed ? between(random, -5 * MINUTE, 5 * MINUTE) : 0)),
  };
}

function drawRequest(random: Random, id: number, at: number, setting: Setting, theme: Theme): RequestItem {
  const trouble = Math.max(setting.storeTrouble, setting.cacheTrouble);
  const blow: Blow | undefined =
    trouble > 0 && happens(random, theme.blows)
      ? { at: pick(random, theme.strikes), when: pick(random, theme.whens), sleeps: pick(random, theme.sleeps) }
      : undefined;
  const isLost = happens(random, Math.max(trouble, theme.lost));
  return {
    type: "request",
    id,
    at,
    act: pick(random, theme.acts),
    browser: pick(random, [0, 0, 0, 1, 2]),
    process: random.below(3),
    out: happens(random, theme.late) ? pick(random, [200, 2 * SECOND, 20 * SECOND]) : 1,
    back: isLost ? pick(random, [undefined, 2 * SECOND, 25 * SECOND]) : 1 + random.below(60),
    blow,
    isCalm: happens(random, 0.3),
  };
}

function drawMishaps(
  random: Random,
  end: number,
  { deployment, storeTrouble, cacheTrouble }: Setting,
  theme: Theme,
): Mishap[] {
  const moment = () => Math.floor(fraction(random) * (end + 1));
  const tiers = [...(storeTrouble > 0 ? STORE : []), ...(cacheTrouble > 0 ? CACHE : [])] as const;
  const outage = (): Mishap => ({
    type: "outage",
    at: moment(),
    tier: pick(random, tiers),
    mode: pick(random, ["refuses", "hangs", "mute"]),
    process: pick(random, [undefined, 0, 1]),
    lasts: pick(random, [100, 2 * SECOND, 30 * SECOND]),
  });
  const kinds = [
    outage,
    outage,
    (): Mishap => ({ type: "kill", at: moment(), process: random.below(3) }),
    (): Mishap => ({
      type: "freeze",
      at: moment(),
      process: random.below(3),
      lasts: pick(random, [SECOND, 20 * SECOND, 80 * MINUTE]),
    }),
    (): Mishap => ({ type: "evict", at: moment(), share: pick(random, [0.3, 1]) }),
  ];
  const absence = (): Mishap => ({
    type: "outage",
    at: moment(),
    tier: "store",
    mode: pick(random, ["refuses", "refuses", "refuses", "hangs", "mute"]),
    process: pick(random, [undefined, 0, 1]),
    lasts: pick(random, [2 * SECOND, 10 * SECOND, 30 * SECOND]),
  });
  const fading = (): Mishap[] => {
    const common = { type: "outage", tier: "store", process: undefined } as const;
    const at = moment();
    const hangs = pick(random, [SECOND, 3 * SECOND]);
    return [
      { ...common, at, mode: "hangs", lasts: hangs },
      { ...common, at: at + hangs, mode: "mute", lasts: 15 * SECOND },
    ];
  };
  // A cache alone that evicts has lost its sessions: docs/consistency.md asks for one that does not.
  const possible = deployment === "kv" ? kinds.slice(0, -1) : kinds;
  return [
    ...Array.from({ length: random.below(theme.mishaps + 1) }, () => pick(random, possible)()),
    ...Array.from({ length: theme.absences }, absence),
    ...Array.from({ length: theme.fadings }, fading).flat(),
  ];
}
