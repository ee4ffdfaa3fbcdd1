/** What lies between the library and its tiers in tests: it takes down every call, and breaks or delays what it is told to. */

import { gate } from "./gate.js";

/** One call to a tier, by its method, with what it was given. */
export interface Call {
  readonly tier: "store" | "cache";
  readonly method: string;
  readonly args: readonly unknown[];
}

/**
 * What becomes of a call: it fails before it reaches the tier; it is carried out and its answer is lost; or it waits.
 * Undefined: nothing out of the ordinary.
 */
export type Trouble = "fails" | "loses its answer" | Promise<unknown> | undefined;

/** A call that is held. */
export interface Held {
  /** Resolves when the call has come. */
  readonly reached: Promise<void>;
  /** Lets it go on. */
  release(): void;
}

/** The reserved key under which the application's epoch lies: read now and then, whatever a request does. */
const EPOCH = "~epoch";

export class Wire {
  /** Every call from the beginning. */
  readonly calls: Call[] = [];
  #taken = 0;
  /** Decides what becomes of a call. Default: nothing out of the ordinary. */
  trouble: (call: Call) => Trouble = () => undefined;

  /** The calls since this was last asked, as `store.update`; those that only read the epoch are left out. */
  take(): string[] {
    const taken = this.calls.slice(this.#taken).filter((call) => !isAboutEpoch(call));
    this.#taken = this.calls.length;
    return taken.map(({ tier, method }) => `${tier}.${method}`);
  }

  /** Makes a tier, or one of its methods, fail until further notice: `"cache"`, `"store.update"`. */
  cut(what: string): void {
    this.trouble = ({ tier, method }) => (what === tier || what === `${tier}.${method}` ? "fails" : undefined);
  }

  /** Holds the next call of this kind until it is released; those after it go through. */
  hold(what: string): Held {
    const reached = gate();
    const released = gate();
    this.trouble = (call) => {
      if (what !== `${call.tier}.${call.method}` || isAboutEpoch(call)) return undefined;
      this.mend();
      reached.open();
      return released.opened;
    };
    return { reached: reached.opened, release: released.open };
  }

  /** Everything works again. */
  mend(): void {
    this.trouble = () => undefined;
  }

  /** A tier at the other end. `target` gives the real one, which may be another later. */
  connect<Tier extends object>(tier: Call["tier"], target: () => Tier): Tier {
    return new Proxy({} as Tier, {
      get:
        (_, method: string) =>
        async (...args: unknown[]) => {
          const call = { tier, method, args };
          this.calls.push(call);
          const trouble = this.trouble(call);
          if (trouble === "fails") throw new Error(`The ${tier} is down.`);
          await trouble;
          const answer = await (target() as Record<string, (...args: unknown[]) => unknown>)[method]?.(...args);
          if (trouble === "loses its answer") throw new Error(`The answer of the ${tier} was lost.`);
          return answer;
        },
    });
  }
}

function isAboutEpoch({ args: [first] }: Call): boolean {
  const keys = Array.isArray(first) ? first : [first];
  return keys.every(
    (one) => (typeof one === "string" ? one : (one as { key?: string }).key)?.startsWith(EPOCH) === true,
  );
}
