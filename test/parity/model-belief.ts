/** What the model believes of one session: one state, or after an outage several of which nobody knows the true one. */

import { isDeepStrictEqual } from "node:util";
import { GONE, type State } from "./model.js";

export class Belief {
  #states: readonly State[] = [GONE];
  /** Whether an outage makes it unknowable where the session is held. */
  isVague = false;

  /** All that the session may be. */
  get states(): readonly State[] {
    return this.#states;
  }

  /** What it is, where that is certain. */
  get state(): State {
    return this.#states[0] as State;
  }

  get isCertain(): boolean {
    return this.#states.length === 1 && !this.isVague;
  }

  get mayBeGone(): boolean {
    return this.#states.some(({ active }) => !active);
  }

  become(states: readonly State[]): void {
    this.#states = states.filter((state, at) => states.findIndex((other) => isDeepStrictEqual(other, state)) === at);
  }

  /** A call may have taken place, or not. */
  mayBecome(states: readonly State[]): void {
    this.become([...this.#states, ...states]);
  }

  /**
   * A call has succeeded. Only what changed something was compared with the arbiter: what did not may have looked at an
   * older state, and a session that the cookie holds may be over on the server without having noticed.
   */
  settle(after: readonly State[]): void {
    const before = this.#states;
    const isCompared = after.every((state) => !before.some((one) => isDeepStrictEqual(one, state)));
    const doubts = before.length === 1 ? [] : isCompared ? before.filter(({ active }) => !active) : before;
    this.become([...after, ...doubts]);
  }

  /** The session was found to be over. A cache that has missed how it ended may answer once more, or forget that it did. */
  end(hasCache: boolean): void {
    this.become(this.isVague && hasCache ? [GONE, ...this.#states] : [GONE]);
  }

  /** The states that what was seen may be. */
  fitting(active: boolean, all: object): State[] {
    return this.#states.filter(
      (state) => state.active === active && isDeepStrictEqual(Object.fromEntries(state.values), all),
    );
  }
}
