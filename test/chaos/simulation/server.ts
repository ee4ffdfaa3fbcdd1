/** A server process of a simulation: the library, with a memory of its own, which dies with the process. */

import type { SessionCache } from "../../../src/tiers/cache.js";
import type { SessionEvents } from "../../../src/events.js";
import type { SessionDefinition } from "../../../src/session/options.js";
import type { SessionStore } from "../../../src/tiers/store.js";
import type { WebSessions } from "../../../src/web/index.js";
import type * as Library from "./library.js";
import type { Setting } from "./plan.js";
import type { Host } from "./world.js";

/** What the sessions of a simulation hold. */
export interface Data {
  /** Every write adds its tag, once. */
  log?: string[];
  /** Counts the tags. */
  n?: number;
  /** The newest tag. */
  last?: string;
  /** Makes the session too large for the cookie. */
  big?: string;
  /** Outlives a sign-out when that is asked for: the tag of who set it. */
  kept?: string;
  /** To be taken once. */
  ticket?: string;
  /** What scripts change. */
  a?: unknown;
  b?: unknown;
  c?: unknown;
  /** The tag of who left it. */
  quick?: string;
}

/** The messages of a simulation: the tag of who left them. */
export interface Flash {
  note: string;
}

/** What a process has to know of a setting. */
export type ServerSetting = Pick<
  Setting,
  "cookieThreshold" | "revocationDelay" | "rotateEvery" | "onStoreDown" | "maxPerUser" | "skews"
>;

/** Tells of an event, by its name. */
export type Listener = <Name extends keyof SessionEvents>(name: Name, event: SessionEvents[Name]) => void;

const EVENTS = ["deferred", "repaired", "corrupt", "rejected", "unavailable", "conflict"] as const;

/** What processes of one machine share. Each process of a simulation gets one of its own. */
const MEMORY = Symbol.for("spillway.revocation");

export class Server implements Host {
  readonly number: number;
  readonly skew: number;
  readonly sessions: WebSessions<Data, Flash>;
  isDead = false;
  frozenUntil = 0;

  constructor(
    number: number,
    library: typeof Library,
    definition: SessionDefinition<Data, Flash>,
    setting: ServerSetting,
    tiers: { readonly store: SessionStore | undefined; readonly cache: SessionCache | undefined },
    listener: Listener,
  ) {
    this.number = number;
    this.skew = setting.skews[number] ?? 0;
    forgetMemory();
    this.sessions = library.createSessions(definition, {
      ...(tiers.store && { store: tiers.store }),
      ...(tiers.cache && { cache: tiers.cache }),
      ...(setting.rotateEvery !== undefined && { rotateEvery: setting.rotateEvery / 1000 }),
      cookieThreshold: setting.cookieThreshold,
      revocationDelay: setting.revocationDelay / 1000,
      onStoreDown: setting.onStoreDown,
      ...(setting.maxPerUser && { maxPerUser: setting.maxPerUser }),
      on: Object.fromEntries(EVENTS.map((name) => [name, (event: never) => listener(name, event)])),
    });
    forgetMemory();
  }
}

/** Makes the next sessions begin with no memory of revocations, as in a process of their own. */
function forgetMemory(): void {
  delete (globalThis as { [MEMORY]?: unknown })[MEMORY];
}
