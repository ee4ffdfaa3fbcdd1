/** The world of a simulation: virtual time, and what happens in it, one event after the other. */

import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate } from "node:timers";

/** Whose work it is that runs: a request in a process. */
export interface Actor {
  readonly process: Host;
}

/** What runs work, and can stop: events of a dead host never happen, those of a frozen one wait. */
export interface Host {
  readonly number: number;
  /** How far its clock is ahead (milliseconds). */
  readonly skew: number;
  isDead: boolean;
  frozenUntil: number;
}

interface Happening {
  at: number;
  readonly order: number;
  readonly actor: Actor | undefined;
  readonly happen: () => void;
  isCancelled: boolean;
}

/** When simulations begin: any moment will do. */
const BEGINNING = Date.UTC(2026, 0, 1);

/** The actor on whose behalf the code runs that is running. */
export const acting = new AsyncLocalStorage<Actor>();

/** Virtual time. Between two events all promises settle that can. */
export class World {
  now = BEGINNING;
  /** How many events there were. */
  steps = 0;
  readonly #queue: Happening[] = [];
  #order = 0;

  /** Lets something happen after so many milliseconds, on behalf of an actor or of nobody. Returns what prevents it. */
  after(milliseconds: number, actor: Actor | undefined, happen: () => void): () => void {
    const happening: Happening = {
      at: this.now + Math.max(milliseconds, 0),
      order: this.#order++,
      actor,
      happen,
      isCancelled: false,
    };
    this.#push(happening);
    return () => {
      happening.isCancelled = true;
    };
  }

  /** Runs until nothing is left to happen. `check` looks at the world after each event. */
  async run(check: () => void): Promise<void> {
    await settled();
    for (let next = this.#pop(); next; next = this.#pop()) {
      const { actor, happen } = next;
      if (next.isCancelled || actor?.process.isDead) continue;
      if (actor && actor.process.frozenUntil > next.at) {
        next.at = actor.process.frozenUntil;
        this.#push(next);
        continue;
      }
      this.now = Math.max(this.now, next.at);
      this.steps += 1;
      if (actor) acting.run(actor, happen);
      else happen();
      await settled();
      check();
    }
  }

  /** The clock that the library goes by: each process has its own. */
  readonly clock = {
    now: () => Math.trunc(this.now + (acting.getStore()?.process.skew ?? 0)),
    after: (milliseconds: number, then: () => void) => this.after(milliseconds, acting.getStore(), then),
  };

  #push(happening: Happening): void {
    const queue = this.#queue;
    let at = queue.push(happening) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(happening, queue[parent] as Happening)) break;
      queue[at] = queue[parent] as Happening;
      at = parent;
    }
    queue[at] = happening;
  }

  #pop(): Happening | undefined {
    const queue = this.#queue;
    const first = queue[0];
    const last = queue.pop();
    if (!first || !last || first === last) return first;
    let at = 0;
    for (let child = 1; child < queue.length; child = 2 * at + 1) {
      const right = child + 1;
      if (right < queue.length && isBefore(queue[right] as Happening, queue[child] as Happening)) child = right;
      if (!isBefore(queue[child] as Happening, last)) break;
      queue[at] = queue[child] as Happening;
      at = child;
    }
    queue[at] = last;
    return first;
  }
}

function isBefore(one: Happening, other: Happening): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

/** Waits until no promise can go on by itself. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
