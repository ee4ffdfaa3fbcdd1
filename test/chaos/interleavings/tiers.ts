/** The tiers of a meeting: in memory, made again from what was done to them, and every call to them held. */

import type { CacheCommand, SessionCache } from "../../../src/tiers/cache.js";
import type { SessionRecord, SessionStore } from "../../../src/tiers/store.js";
import type * as Library from "../simulation/library.js";
import { type Actor, acting } from "../simulation/world.js";

export type TierName = "store" | "cache";

/** A call that changed a tier; or the moment at which the cache lost everything. */
export type Deed = { readonly tier: TierName; readonly method: string; readonly args: readonly unknown[] } | "flush";

/** Who calls. */
export interface Caller extends Actor {
  readonly tag: string;
}

/** What a call reaches: the keys that it names, and whether it may change anything. */
type Reach = Pick<Waiting, "keys" | "changes">;

/** Something that waits to be let through: a call to a tier. */
export interface Waiting {
  readonly by: Caller;
  readonly what: string;
  readonly keys: readonly string[];
  /** Whether it may change the tier. */
  readonly changes: boolean;
  /** Carries it out, and answers. */
  proceed(): void;
}

const WRITES: ReadonlySet<string> = new Set(["insert", "update", "delete", "deleteBatch", "write"]);

export class Tiers {
  /** All that was done to them, in order. */
  readonly deeds: Deed[] = [];
  /** The calls that wait, those of one request in their order. */
  readonly waiting: Waiting[] = [];
  /** Whether calls are let through at once. */
  isOpen = true;
  readonly #library: typeof Library;
  readonly #store: SessionStore;
  #cache: SessionCache;

  constructor(library: typeof Library) {
    this.#library = library;
    this.#store = library.memoryStore();
    this.#cache = library.memoryCache();
  }

  /** Tiers to which all this was done. */
  static async after(library: typeof Library, deeds: readonly Deed[]): Promise<Tiers> {
    const tiers = new Tiers(library);
    for (const deed of deeds) {
      if (deed === "flush") tiers.flush();
      else await tiers.#carryOut(deed.tier, deed.method, deed.args);
    }
    return tiers;
  }

  /** What a process is given to reach a tier. */
  connect<Contract extends object>(tier: TierName): Contract {
    return new Proxy({} as Contract, {
      get:
        (_, method: string) =>
        (...args: unknown[]) =>
          this.#call(tier, method, args),
    });
  }

  /** The cache loses everything. */
  flush(): void {
    this.deeds.push("flush");
    this.#cache = this.#library.memoryCache();
  }

  /** The row under a key. */
  row(key: string): Promise<SessionRecord | undefined> {
    return this.#store.get(key);
  }

  /** The record that the cache would answer with. */
  async copy(key: string): Promise<SessionRecord | undefined> {
    const found = this.#library.readEntry(key, (await this.#cache.read(key)).entry);
    return found.state === "found" ? found.record : undefined;
  }

  /** Holds something until it is let through; it then goes on as this caller's. */
  hold(by: Caller, what: string, proceed: () => unknown, { keys, changes }: Reach = { keys: [], changes: true }): void {
    this.waiting.push({ by, what, keys, changes, proceed: () => void acting.run(by, proceed) });
  }

  #call(tier: TierName, method: string, args: readonly unknown[]): Promise<unknown> {
    const by = acting.getStore() as Caller | undefined;
    if (this.isOpen || !by) return this.#carryOut(tier, method, args);
    return new Promise((resolve, reject) => {
      const proceed = () => this.#carryOut(tier, method, args).then(resolve, reject);
      this.hold(by, `${tier}.${method}`, proceed, { keys: keysOf(method, args), changes: WRITES.has(method) });
    });
  }

  async #carryOut(tier: TierName, method: string, args: readonly unknown[]): Promise<unknown> {
    if (WRITES.has(method)) this.deeds.push({ tier, method, args });
    const engine = (tier === "store" ? this.#store : this.#cache) as unknown as Record<
      string,
      (...args: readonly unknown[]) => Promise<unknown>
    >;
    return engine[method]?.(...args);
  }
}

/** Whether a call is about the epoch and nothing else. */
export function isAboutEpoch({ keys }: Waiting): boolean {
  return keys.length > 0 && keys.every((key) => key?.startsWith("~epoch"));
}

/** The keys that a call names. */
function keysOf(method: string, [first]: readonly unknown[]): readonly string[] {
  if (method === "write") return (first as readonly CacheCommand[]).map(({ key }) => key);
  if (method === "insert" || method === "update") return [(first as SessionRecord).key];
  return typeof first === "string" ? [first] : [];
}
