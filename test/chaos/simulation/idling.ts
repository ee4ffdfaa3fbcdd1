/** Idling: whoever has been away for too long is let in no longer, and whoever has not been goes on. */

import type { Token } from "../../../src/session/token/token.js";
import type { Browser } from "./browser.js";
import { type Held, Violation } from "./held.js";
import { discrepancy, type Setting } from "./plan.js";
import type { Running } from "./running.js";

/** What a browser has had since its last response, and until when that is a session at least. */
interface Good {
  readonly cookie: string;
  readonly lineage: string;
  readonly until: number;
}

/** How rarely a deadline is extended, and a row told of a visit: at most every tenth of `idleTimeout`. */
const SHARE = 1 / 10;

/** How long it takes to note a visit, when nothing goes wrong (milliseconds). */
const NOTING = 1000;

export class Idling {
  readonly #setting: Setting;
  /** When each session was visited last, by its lineage. */
  readonly #visits = new Map<string, number>();
  readonly #good = new Map<Browser, Good>();

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  /** A request comes with a session. Returns when that was visited before, or its cookie was sealed. */
  visit({ token, beside, startedAt }: Running): number {
    // Where the user's has ended, the visitor's beside it is what is visited.
    if (beside?.token) this.#visits.set(beside.token.lineage, startedAt);
    if (!token) return startedAt;
    const before = Math.max(this.#visits.get(token.lineage) ?? 0, token.sealedAt);
    this.#visits.set(token.lineage, startedAt);
    return before;
  }

  /** Who was let in has been there within `idleTimeout`. @throws {Violation} */
  requireVisited({ startedAt, visitedAt }: Running): void {
    if (startedAt > visitedAt + this.#setting.idleTimeout + discrepancy(this.#setting)) {
      throw new Violation("I2", "a session was let in that had idled out");
    }
  }

  /** A request was answered: a process that slept over it extends the deadline from then on. */
  answer({ token, beside }: Running, now: number): void {
    for (const one of [token, beside?.token]) if (one) this.#visits.set(one.lineage, now);
  }

  /** A response has arrived. `cookie` is what the browser had when it did, and `token` what it has now. */
  arrive(by: Running, cookie: string, token: Token | undefined): void {
    const { browser, startedAt } = by;
    // Where another response came in between, nobody knows which deadline the browser has kept.
    if (!by.isLetIn || cookie !== by.cookie || !token || token.lineage !== by.token?.lineage) return;
    // It may have idled out on its way.
    if (by.idleExpiresAt <= startedAt + discrepancy(this.#setting)) return;
    const { idleTimeout } = this.#setting;
    const idle = startedAt + idleTimeout * (1 - SHARE);
    const until = Math.min(idle, token.expiresAt) - discrepancy(this.#setting);
    this.#good.set(browser, { cookie: browser.cookieHeader, lineage: token.lineage, until });
  }

  /** A request leaves the browser: the session that it has been using is one still. @throws {Violation} */
  requireGood(browser: Browser, { token, beside }: Pick<Running, "token" | "beside">, now: number): void {
    const good = this.#good.get(browser);
    if (!good || good.cookie !== browser.cookieHeader || now >= good.until) return;
    // A server whose clock is behind may find a user's beside it, which has idled out for the others.
    if (good.lineage !== token?.lineage && good.lineage !== beside?.token?.lineage)
      throw new Violation("I1", "a session has idled out that was in use");
  }

  /** A request has read a user's row, while nothing went wrong: it knows of a visit not long ago. @throws {Violation} */
  requireNoted({ content }: Held, { startedAt }: Running): void {
    const { idleTimeout, revocationDelay } = this.#setting;
    if (content?.userId == null) return;
    const late = startedAt - content.seenAt - discrepancy(this.#setting) - revocationDelay - NOTING;
    if (late > idleTimeout * SHARE) throw new Violation("I5", "the row of a user's session does not know of a visit");
  }
}
