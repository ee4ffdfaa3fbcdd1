/** Turns: requests of one process that commit to the same row do so one after the other. */

import { within } from "../util/clock.js";
import { settle } from "../util/outcome.js";
import type { SessionRecord } from "./store.js";

/** How long a turn is waited for (milliseconds). It saves attempts and decides nothing: the row's version does. */
const PATIENCE = 2000;

/** Who of one process is at work on which row. */
export class Turns {
  /** The last turn asked for at each row, by its key; gone when nobody waits. */
  readonly #last = new Map<string, Promise<SessionRecord | undefined>>();

  /** Asks for a turn at a row. @returns what to wait for, and what ends the turn: with the row as it then is, if known. */
  ask(key: string): readonly [Promise<SessionRecord | undefined> | undefined, (record?: SessionRecord) => void] {
    const before = this.#last.get(key);
    let pass = (_?: SessionRecord) => {};
    const mine = new Promise<SessionRecord | undefined>((resolve) => {
      pass = resolve;
    });
    const tail = before ? before.then(() => mine) : mine;
    this.#last.set(key, tail);
    const end = (record?: SessionRecord) => {
      pass(record);
      if (this.#last.get(key) === tail) this.#last.delete(key);
    };
    return [before, end];
  }
}

/**
 * One commit's turn at a row. Without it, each of n requests that meet in one process would make n attempts, and many
 * would run out of them. Each hands the row that it wrote to the next, who then need not read it.
 */
export class Turn {
  readonly #turns: Turns;
  #end: ((record?: SessionRecord) => void) | undefined;
  #isMine = false;

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  /**
   * Waits for those of this process that asked before; not again once it is its turn. Who waited in vain, and then met
   * others at the row, lines up anew: many may have lost patience in the same moment.
   * @returns the row as the one before has written it, a moment ago; undefined when that is not known.
   */
  async take(key: string): Promise<SessionRecord | undefined> {
    if (this.#isMine) return undefined;
    this.#end?.();
    const [before, end] = this.#turns.ask(key);
    this.#end = end;
    const waited = before && (await settle(within(PATIENCE, before, () => new Error("The turn did not come."))));
    this.#isMine = waited?.ok !== false;
    return waited?.ok ? waited.value : undefined;
  }

  /** Lets the next one go, with the row as it is now, if that is known. */
  end(record?: SessionRecord): void {
    this.#end?.(record);
  }
}
