/** What comes after a meeting: the browser, with whatever cookies it has by then, reads, writes and reads again. */

import { Browser } from "../simulation/browser.js";
import type * as Library from "../simulation/library.js";
import { acting } from "../simulation/world.js";
import type { HandClock } from "../../support/hand-clock.js";
import { type Answer, perform } from "./acts.js";
import { type Beginning, serve } from "./beginnings.js";
import type { Met } from "./meeting.js";
import { type Caller, Tiers } from "./tiers.js";

/** What later requests were told: a reader, a writer, and a reader with what the writer was given. */
export type Later = readonly [read: Answer, written: Answer, again: Answer];

/** Later than replicas lag, and than what a process remembers of a check (milliseconds). */
const LATER = 11_000;

/** Makes the later requests with these cookies, in a process that knows nothing of the earlier ones. */
export async function follow(
  library: typeof Library,
  beginning: Beginning,
  { deeds, time }: Met,
  cookie: string,
  clock: HandClock,
): Promise<Later> {
  const tiers = await Tiers.after(library, deeds);
  clock.time = time + LATER;
  const process = serve(library, beginning, tiers);
  const by: Caller = { tag: "later", process };
  const browser = Browser.holding(cookie);
  const answers: Answer[] = [];
  for (const act of ["read", "append", "read"] as const) {
    const asked = { act, tag: "later", process, cookie: browser.cookieHeader, handle: undefined };
    const answer = await clock.finished(acting.run(by, () => perform(library, beginning.definition, asked)));
    browser.receive(answer.setCookies);
    answers.push(answer);
  }
  return answers as unknown as Later;
}
