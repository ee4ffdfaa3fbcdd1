/** A pair: two requests that meet in every order that their calls to the tiers can take. */

import { Violation } from "../simulation/held.js";
import type * as Library from "../simulation/library.js";
import { fraction, mix, type Random, seeded } from "../simulation/random.js";
import { acting } from "../simulation/world.js";
import type { HandClock } from "../../support/hand-clock.js";
import type { Act } from "./acts.js";
import { follow } from "./after.js";
import type { Beginning } from "./beginnings.js";
import { type Choose, explore, FIRST, LAST } from "./explore.js";
import { isOrdered, isOver, type Laters, likeness, requireSound } from "./judge.js";
import { type Absent, deliveries, type Met, meet } from "./meeting.js";
import type { Caller } from "./tiers.js";

/** What did not hold, how often, and in which order of calls first. */
export interface Failure {
  readonly text: string;
  count: number;
  readonly trace: readonly string[];
}

/** What became of a pair. */
export interface Explored {
  readonly interleavings: number;
  readonly failures: readonly Failure[];
}

/** Lets two requests meet in every order. The library's clock and chance have to be {@link controlled}. */
export async function explorePair(
  library: typeof Library,
  beginning: Beginning,
  acts: readonly [Act, Act],
  clock: HandClock,
): Promise<Explored> {
  const once = async (choose: Choose, which: readonly [Act | Absent, Act | Absent] = acts, trace: string[] = []) => {
    chance.clear();
    const met = await meet(library, beginning, which, choose, clock, trace);
    const jars = deliveries(beginning, met);
    const key = JSON.stringify([met.time, met.deeds.slice(beginning.deeds.length), [...jars]]);
    const laters = known.get(key) ?? (await laterOf(library, beginning, met, jars, clock));
    known.set(key, laters);
    return { met, laters };
  };
  /** What follows depends on nothing but what was done and which cookies arrived: the same need not be made twice. */
  const known = new Map<string, Laters>();
  const allowed = new Map<string, string>();
  const allow = async (name: string, choose: Choose, which?: readonly [Act | Absent, Act | Absent]) => {
    if (allowed.has(name)) return;
    const { met, laters } = await once(choose, which);
    allowed.set(name, likeness(met, laters));
  };
  /** One after the other; or as if one had never been made, if that one was refused. */
  const isAllowed = async ({ answers: [a, b] }: Met, like: string) => {
    await allow("a, b", FIRST);
    await allow("b, a", LAST);
    if (a.outcome !== "done") await allow(`a ${a.outcome}`, FIRST, [{ refusedWith: a.outcome }, acts[1]]);
    if (b.outcome !== "done") await allow(`b ${b.outcome}`, FIRST, [acts[0], { refusedWith: b.outcome }]);
    return [...allowed.values()].includes(like);
  };
  const failures = new Map<string, Failure>();
  const run = async (choose: Choose, trace: string[]) => {
    const { met, laters } = await once(choose, acts, trace);
    requireSound(beginning, acts, met, laters);
    if (!isOrdered(beginning, acts) || isOver(beginning, acts, laters)) return;
    if (!(await isAllowed(met, likeness(met, laters)))) {
      throw new Violation("I5", "it ended as neither order would have");
    }
  };
  const interleavings = await explore((choose) => {
    const trace: string[] = [];
    return run(choose, trace).catch((error: unknown) => {
      if (!(error instanceof Violation)) throw error;
      const failure = failures.get(error.message) ?? { text: error.message, count: 0, trace };
      failure.count += 1;
      failures.set(error.message, failure);
    });
  });
  return { interleavings, failures: [...failures.values()] };
}

async function laterOf(
  library: typeof Library,
  beginning: Beginning,
  met: Met,
  jars: ReturnType<typeof deliveries>,
  clock: HandClock,
): Promise<Laters> {
  const laters = [];
  const settings = library.settingsOf(beginning.definition);
  for (const [cookie, orders] of jars) {
    const opened = library.readSessionCookies(settings, new Headers({ cookie }));
    const token = "token" in opened ? opened.token : undefined;
    const isVisitors = token?.data !== undefined && token.userId === undefined;
    laters.push({ orders, isVisitors, later: await follow(library, beginning, met, cookie, clock) });
  }
  return laters;
}

/** What chance has in store for each caller: the same in every order of their calls. */
const chance = new Map<string, Random>();

/** Runs work while the library goes by this clock, and by chance that is the same in every meeting. */
export async function controlled<T>(library: typeof Library, clock: HandClock, work: () => Promise<T>): Promise<T> {
  const { random } = Math;
  Math.random = () => {
    const tag = (acting.getStore() as Caller | undefined)?.tag ?? "";
    const drawn = chance.get(tag) ?? seeded(mix(tag.length === 0 ? 0 : tag.charCodeAt(0)));
    chance.set(tag, drawn);
    return fraction(drawn);
  };
  library.setClock(clock.clock);
  try {
    return await work();
  } finally {
    Math.random = random;
    library.setClock();
  }
}
