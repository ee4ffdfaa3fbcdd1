/** A meeting: two requests with the same cookies, whose calls to the tiers go through in one certain order. */

import { Browser } from "../simulation/browser.js";
import type * as Library from "../simulation/library.js";
import type { Server } from "../simulation/server.js";
import type { HandClock } from "../../support/hand-clock.js";
import { type Act, type Answer, perform } from "./acts.js";
import { type Beginning, serve } from "./beginnings.js";
import type { Choose } from "./explore.js";
import { type Deed, isAboutEpoch, Tiers, type Waiting } from "./tiers.js";
import { Watch } from "./watch.js";

/** What both requests were told, and what was done. */
export interface Met {
  readonly answers: readonly [Answer, Answer];
  readonly deeds: readonly Deed[];
  /** When it was over. */
  readonly time: number;
  /** Whether the end of the session was acknowledged. */
  readonly isEnded: boolean;
}

/** The tags of the two. */
export const TAGS = ["a", "b"] as const;

/** A request that was never made, or of which nothing remains: an error was its answer. */
export interface Absent {
  readonly refusedWith: string;
}

/**
 * Lets two requests meet.
 * @param choose says which of the two begins, and which of the calls that wait goes through next.
 * @param trace is told the calls in the order in which they go through: whose, and which.
 */
export async function meet(
  library: typeof Library,
  beginning: Beginning,
  acts: readonly [Act | Absent, Act | Absent],
  choose: Choose,
  clock: HandClock,
  trace: string[] = [],
): Promise<Met> {
  const { place, definition, cookie, token } = beginning;
  const tiers = await Tiers.after(library, beginning.deeds);
  clock.time = beginning.time;
  const one = serve(library, beginning, tiers);
  if (place.processes === 1) await clock.finished(one.sessions.open(new Headers({ cookie })));
  const servers = place.processes === 1 ? [one, one] : [one, serve(library, beginning, tiers)];
  if (place.isCold) tiers.flush();
  tiers.isOpen = false;

  const isEpochRaised = acts.includes("destroyAll");
  const watch = new Watch(tiers, beginning, isEpochRaised);
  const answers: (Answer | undefined)[] = [];
  let failure: unknown;
  for (const [at, act] of acts.entries()) {
    if (typeof act !== "string") {
      answers[at] = { outcome: act.refusedWith, seen: undefined, taken: undefined, setCookies: [] };
      continue;
    }
    answers[at] = undefined;
    const by = { tag: TAGS[at] as string, process: servers[at] as Server };
    const asked = { ...by, act, cookie, handle: token.reference?.key };
    tiers.hold(by, "begins", () =>
      perform(library, definition, asked).then(
        (answer) => {
          answers[at] = answer;
        },
        (error: unknown) => {
          failure ??= error;
        },
      ),
    );
  }
  for (;;) {
    await clock.settled();
    if (failure) throw failure;
    for (const [at, answer] of answers.entries()) if (answer) await watch.answered(at, acts[at], answer);
    await watch.look();
    const waiting = tiers.waiting.sort((a, b) => tagOf(a).localeCompare(tagOf(b)));
    // Nobody changes the epoch but destroyAll(): when the others read it makes no difference.
    const free = isEpochRaised ? undefined : waiting.find(isAboutEpoch);
    const next = free ?? (waiting.length > 0 ? waiting[waiting.length > 1 ? choose(waiting.length) : 0] : undefined);
    if (!next) {
      if (answers.every((answer) => answer)) break;
      if (!(await clock.wake())) throw new Error("A request waits for nothing.");
      continue;
    }
    tiers.waiting.splice(waiting.indexOf(next), 1);
    if (!free) trace.push(`${tagOf(next)} ${next.what}`);
    if (place.processes === 2 && next.changes) clock.time += 1;
    next.proceed();
  }
  return { answers: answers as [Answer, Answer], deeds: tiers.deeds, time: clock.time, isEnded: watch.isEnded };
}

function tagOf({ by }: Waiting): string {
  return by.tag;
}

/** The cookies of the browser after each order in which the two responses can arrive, one or both of them lost. */
export function deliveries({ cookie }: Beginning, { answers: [a, b] }: Met): Map<string, readonly string[]> {
  const orders = { neither: [], a: [a], b: [b], "a, b": [a, b], "b, a": [b, a] };
  const jars = new Map<string, string[]>();
  for (const [name, arriving] of Object.entries(orders)) {
    const browser = Browser.holding(cookie);
    for (const { setCookies } of arriving) browser.receive(setCookies);
    jars.set(browser.cookieHeader, [...(jars.get(browser.cookieHeader) ?? []), name]);
  }
  return jars;
}
