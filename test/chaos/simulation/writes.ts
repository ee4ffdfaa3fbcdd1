/** Writes: what became of each, by its tag, and who may see it. */

import { type Held, Violation } from "./held.js";
import type { Running } from "./running.js";

/** One write. */
interface Attempt {
  readonly browser: number;
  /** The user for whom it was made, once that is known. */
  userId: string | undefined;
  /** The row under which it was acknowledged. */
  home: string | undefined;
  state: "open" | "done" | "failed";
  /** Made while the cookie held the data: the browser keeps its last response. */
  isLoose: boolean;
}

export class Writes {
  readonly #attempts = new Map<string, Attempt>();
  readonly #seen = new Set<string>();
  readonly #tickets = new Set<string>();
  readonly #held: ReadonlyMap<string, Held>;

  constructor(held: ReadonlyMap<string, Held>) {
    this.#held = held;
  }

  /** A request begins to write. */
  begin(tag: string, by: Running): void {
    const isLoose = isInCookie(by);
    const browser = by.browser.number;
    this.#attempts.set(tag, { browser, userId: undefined, home: undefined, state: "open", isLoose });
  }

  /** A write was acknowledged. */
  acknowledge(tag: string, by: Running, handle: string | undefined, userId: string | undefined): void {
    const attempt = this.#attempts.get(tag) as Attempt;
    attempt.state = "done";
    attempt.home = handle;
    attempt.userId = userId;
    // Where the row is a new one, the browser may yet hear of an earlier commit that left the data in the cookie.
    if (by.token?.data !== undefined && handle !== by.token.reference?.key) attempt.isLoose = true;
  }

  /** A write was refused. @throws {Violation} when it took place all the same */
  refuse(tag: string, code: string): void {
    const attempt = this.#attempts.get(tag);
    if (!attempt) return;
    attempt.state = "failed";
    const isHeld = [...this.#held.values()].some(({ content }) => content?.tags?.includes(tag));
    // Others may have seen what a session held before it ended; what has gone with it was not kept.
    const wasSeen = code !== "session-ended" && this.#seen.has(tag);
    if (isHeld || wasSeen) throw new Violation("I5", `the write ${tag} was refused (${code}) and is there`);
  }

  /** Whether a write was made while the cookie held the data. */
  isLoose(tag: string): boolean {
    return this.#attempts.get(tag)?.isLoose === true;
  }

  /** Somebody was shown these. */
  see(tags: readonly string[]): void {
    for (const tag of tags) this.#seen.add(tag);
  }

  /** A ticket was taken. @throws {Violation} */
  take(ticket: string): void {
    if (this.#tickets.has(ticket)) throw new Violation("I5", `the ticket ${ticket} was taken twice`);
    this.#tickets.add(ticket);
  }

  /**
   * I3: every tag is this browser's, of this user or of nobody, of this session, and of a write that was not refused.
   * @throws {Violation}
   */
  requireOwn(tags: readonly string[], browser: number, userId: string | undefined, handle: string | undefined): void {
    for (const tag of tags) {
      const attempt = this.#attempts.get(tag);
      if (!attempt || attempt.browser !== browser) throw new Violation("I3", `${tag} is another browser's`);
      if (attempt.userId !== undefined && attempt.userId !== userId) {
        throw new Violation("I3", `${tag} is ${attempt.userId}'s, and is shown to ${userId ?? "nobody"}`);
      }
      if (attempt.state === "failed") throw new Violation("I5", `the refused write ${tag} is there`);
      const home = attempt.home === undefined ? undefined : this.#held.get(attempt.home);
      if (home && handle !== undefined && home.handle !== handle && !home.isReleased && home.content?.tags) {
        throw new Violation("I3", `${tag} is another session's`);
      }
    }
  }
}

/** Whether a request came with a cookie that holds the data alone. */
export function isInCookie({ token }: Running): boolean {
  return token?.data !== undefined && token.shrunkAt === undefined;
}
