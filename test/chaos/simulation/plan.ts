/** Plans: what a simulation is to do and to suffer. A plan less an item is still a plan. */

/** How the application is deployed, and how bad the world is. Durations are milliseconds. */
export interface Setting {
  readonly deployment: "db+kv" | "db" | "kv";
  readonly cookieThreshold: number;
  readonly revocationDelay: number;
  readonly idleTimeout: number;
  readonly rotateEvery: number | undefined;
  readonly onStoreDown: "throw" | "cache";
  /** How many sessions a user may have, and whether one more is refused; undefined: as many as they like. */
  readonly maxPerUser: { readonly limit: number; readonly refuse: boolean } | undefined;
  /** How probable it is that a call to the database goes wrong, and one to the cache. */
  readonly storeTrouble: number;
  readonly cacheTrouble: number;
  /** How long a message takes at most when nothing goes wrong: little enough for nobody to call a tier slow. */
  readonly latency: number;
  /** How far replicas of the cache are behind; 0: there are none. */
  readonly lag: number;
  /** How far the clock of each process is ahead. */
  readonly skews: readonly number[];
}

/** What a request or an administrator wants of the library. */
export type Act =
  | "append"
  | "append twice"
  | "append scoped"
  | "script"
  | "script scoped"
  | "tamper"
  | "read"
  | "prefer"
  | "spill"
  | "shrink"
  | "pop"
  | "quick"
  | "pop quick"
  | "flash"
  | "flashes"
  | "login alice"
  | "login bob"
  | "logout"
  | "logout keep"
  | "destroy"
  | "regenerate"
  | "slide"
  | "steal"
  | "replay"
  | "replay logout"
  | "revoke"
  | "revokeUser alice"
  | "destroyAll"
  | "cleanup";

/** The end of a process, or a long sleep (milliseconds), at an await. */
export interface Blow {
  readonly at: number;
  readonly when: "before" | "after";
  readonly sleeps: number | undefined;
}

/** One request. */
export interface RequestItem {
  readonly type: "request";
  /** Stable through shrinking: its troubles are drawn from it. */
  readonly id: number;
  readonly at: number;
  readonly act: Act;
  readonly browser: number;
  readonly process: number;
  /** How long it takes to reach the process. Its cookies are those of when it was sent. */
  readonly out: number;
  /** How long its response takes to arrive; undefined: it never does. */
  readonly back: number | undefined;
  /** What befalls the process at the call to a tier with this number: before it leaves, or when it was carried out. */
  readonly blow: Blow | undefined;
  /** Nothing goes wrong with its calls. */
  readonly isCalm: boolean;
}

/** Something that befalls the tiers or a process. */
export type Mishap =
  | {
      readonly type: "outage";
      readonly at: number;
      readonly tier: "store" | "cache";
      readonly mode: "refuses" | "hangs" | "mute";
      /** For which process; undefined: for all. */
      readonly process: number | undefined;
      readonly lasts: number;
    }
  | { readonly type: "kill"; readonly at: number; readonly process: number }
  | { readonly type: "freeze"; readonly at: number; readonly process: number; readonly lasts: number }
  | { readonly type: "evict"; readonly at: number; readonly share: number };

export type Item = RequestItem | Mishap;

export interface Plan {
  readonly seed: number;
  readonly setting: Setting;
  readonly items: readonly Item[];
}

/** By how much the clocks of two processes differ at most, or of one and the world. */
export function discrepancy({ skews }: Setting): number {
  return Math.max(0, ...skews) - Math.min(0, ...skews);
}

/** Whether anything goes wrong at all. */
export function hasTrouble({ storeTrouble, cacheTrouble }: Setting): boolean {
  return storeTrouble > 0 || cacheTrouble > 0;
}
