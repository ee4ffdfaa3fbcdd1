/** The tiers of a simulated deployment, and the network between them and the processes. */

import { between, happens, mix, pick, type Random, seeded } from "./random.js";
import { type Actor, acting, type World } from "./world.js";

/** A request as the network sees it. */
export interface Caller extends Actor {
  readonly id: number;
  readonly isCalm: boolean;
  /** How many calls it has made. */
  calls: number;
  /** The keys that it has read from the cache, and was answered. */
  readonly copies: Set<string>;
  /** Whether anything has gone wrong with its calls. */
  isTroubled: boolean;
  /** Called before each call with its number, and when it has been carried out: the process may die of it. */
  reached(call: number, when: "before" | "after"): void;
}

/** A call that a tier has carried out. */
export interface Executed {
  readonly tier: "store" | "cache";
  readonly method: string;
  readonly args: readonly unknown[];
  readonly result: unknown;
  readonly caller: Caller;
  /** Which of the caller's calls it is. */
  readonly call: number;
}

/** How a tier behaves at the moment, towards one process or all. */
export interface Outage {
  readonly mode: "refuses" | "hangs" | "mute";
  readonly process: number | undefined;
}

/** What becomes of one call. Delays are milliseconds; undefined: never. */
interface Fate {
  readonly out: number | undefined;
  readonly again: number | undefined;
  readonly back: number | undefined;
  /** The answer is an error, though the call may have been carried out. */
  readonly fails: boolean;
}

/** One tier: the real thing, behind a network that has its days. */
export class Tier<Contract extends object> {
  /** Undefined when it is well. */
  outage: Outage | undefined;
  readonly #name: "store" | "cache";
  readonly #world: World;
  readonly #engine: Contract;
  /** Answers calls that read, when there are replicas. */
  readonly #replica:
    | { readonly engine: Contract; readonly lag: number; readonly reads: ReadonlySet<string> }
    | undefined;
  readonly #trouble: number;
  readonly #latency: number;
  readonly #seed: number;
  readonly #noticed: (executed: Executed) => void;

  constructor(options: {
    name: "store" | "cache";
    world: World;
    engine: Contract;
    replica?: { readonly engine: Contract; readonly lag: number; readonly reads: ReadonlySet<string> } | undefined;
    trouble: number;
    latency: number;
    seed: number;
    noticed: (executed: Executed) => void;
  }) {
    this.#name = options.name;
    this.#world = options.world;
    this.#engine = options.engine;
    this.#replica = options.replica;
    this.#trouble = options.trouble;
    this.#latency = options.latency;
    this.#seed = options.seed;
    this.#noticed = options.noticed;
  }

  /** What a process is given to reach it. */
  connect(): Contract {
    return new Proxy({} as Contract, {
      get:
        (_, method: string) =>
        (...args: unknown[]) =>
          this.#call(method, args),
    });
  }

  #call(method: string, args: readonly unknown[]): Promise<unknown> {
    const caller = acting.getStore() as Caller;
    const number = caller.calls++;
    caller.reached(number, "before");
    if (caller.process.isDead) return new Promise(() => {});
    const random = seeded(mix(this.#seed, caller.id, number, this.#name.length));
    const fate = this.#fate(random, caller, method);
    return new Promise((resolve, reject) => {
      if (fate.out === undefined) {
        if (fate.back !== undefined)
          this.#world.after(fate.back, caller, () => reject(new Error("connection refused")));
        return;
      }
      const answer = (result: unknown) => {
        caller.reached(number, "after");
        if (fate.back === undefined) return;
        const reply = () => {
          if (fate.fails) reject(new Error("connection reset"));
          else resolve(result);
          if (!fate.fails && method === "read") caller.copies.add(args[0] as string);
        };
        this.#world.after(fate.back, caller, reply);
      };
      const execute = (then: (result: unknown) => void) => {
        const mode = this.#modeFor(caller);
        caller.isTroubled ||= mode !== undefined;
        if (mode === "refuses") {
          this.#world.after(1, caller, () => reject(new Error("connection refused")));
        } else if (mode !== "hangs") {
          const isMute = mode === "mute";
          this.#execute(method, args, caller, number, random, (result) => (isMute ? undefined : then(result)));
        }
      };
      const { again } = fate;
      this.#world.after(fate.out, undefined, () => execute(again === undefined ? answer : () => undefined));
      if (again !== undefined) this.#world.after(fate.out + again, undefined, () => execute(answer));
    });
  }

  #modeFor({ process }: Caller): Outage["mode"] | undefined {
    const { outage } = this;
    return outage && (outage.process ?? process.number) === process.number ? outage.mode : undefined;
  }

  #execute(
    method: string,
    args: readonly unknown[],
    caller: Caller,
    call: number,
    random: Random,
    then: (result: unknown) => void,
  ): void {
    const replica = this.#replica;
    const source = replica?.reads.has(method) && happens(random, 0.5) ? replica.engine : this.#engine;
    run(source, method, args).then((result) => {
      this.#noticed({ tier: this.#name, method, args, result, caller, call });
      then(result);
    });
    if (!replica || replica.reads.has(method)) return;
    this.#world.after(replica.lag, undefined, () => void run(replica.engine, method, args));
  }

  #fate(random: Random, caller: Caller, method: string): Fate {
    const out = between(random, 1, 4 * this.#latency) / 4;
    const back = between(random, 1, 4 * this.#latency) / 4;
    const well = { out, back, again: undefined, fails: false };
    if (caller.isCalm || !happens(random, this.#trouble)) return well;
    caller.isTroubled = true;
    const late = pick(random, [40, 200, 2000, 9000]);
    // Clients of KV replay a command whose reply was lost; a statement does not reach a database twice, long after, and
    // one that adds a row not at all.
    const again = this.#name === "cache" ? late : method === "insert" ? undefined : Math.min(late, 200);
    return pick<Fate>(random, [
      { ...well, out: undefined },
      { ...well, out: undefined, back: undefined },
      { ...well, back: undefined },
      { ...well, fails: true },
      { ...well, out: late },
      { ...well, back: late },
      { ...well, again },
    ]);
  }
}

function run(engine: object, method: string, args: readonly unknown[]): Promise<unknown> {
  return (engine as Record<string, (...args: unknown[]) => Promise<unknown>>)[method]?.(...args) as Promise<unknown>;
}
