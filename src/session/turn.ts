/** Turns: requests of one process that met at a row commit to it one after the other. */

import { pause } from "./clock.js";

/** The last turn asked for at each row, by its key; gone when nobody waits. */
const last = new Map<string, Promise<void>>();

/** How long a turn is waited for (milliseconds). It saves attempts and decides nothing: the row's version does. */
const PATIENCE = 2000;

/**
 * One request's turn at a row. It is asked for after a conflict: without it, each of n requests that meet in one process
 * would make n attempts, and many would run out of them.
 */
export class Turn {
  #end: (() => void) | undefined;

  /** Waits for those of this process that asked before. */
  async take(key: string): Promise<void> {
    if (this.#end) return;
    const before = last.get(key);
    let end = () => {};
    const mine = new Promise<void>((resolve) => {
      end = resolve;
    });
    const tail = before ? before.then(() => mine) : mine;
    last.set(key, tail);
    this.#end = () => {
      end();
      if (last.get(key) === tail) last.delete(key);
    };
    if (before) await Promise.race([before, pause(PATIENCE)]);
  }

  /** Lets the next one go. */
  end(): void {
    this.#end?.();
  }
}
