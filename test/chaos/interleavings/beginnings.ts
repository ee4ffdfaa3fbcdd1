/** Beginnings: the sessions at which two requests meet, and how each came to be. */

import type { SessionCache } from "../../../src/tiers/cache.js";
import type { SessionDefinition } from "../../../src/session/options.js";
import type { SessionStore } from "../../../src/tiers/store.js";
import type { Token } from "../../../src/session/token/token.js";
import { Browser } from "../simulation/browser.js";
import type * as Library from "../simulation/library.js";
import { type Data, type Flash, Server, type ServerSetting } from "../simulation/server.js";
import type { HandClock } from "../../support/hand-clock.js";
import { type Act, perform } from "./acts.js";
import { type Deed, Tiers } from "./tiers.js";

export type Definition = SessionDefinition<Data, Flash>;

export const DEPLOYMENTS = ["db+kv", "db", "kv"] as const;

export type Deployment = (typeof DEPLOYMENTS)[number];

const SECOND = 1000;

/** How a session comes to be: what its browser does, one request after the other, and how long it then rests. */
interface Recipe {
  readonly cookieThreshold: number;
  readonly acts: readonly (Act | "wait")[];
  readonly rest: number;
  readonly rotates?: boolean;
  /** The response to its last request is lost. */
  readonly isLastLost?: boolean;
}

const SERVER = { cookieThreshold: 0, rest: 2 * SECOND };
const COOKIE = { cookieThreshold: 1200, rest: 2 * SECOND };

/** How often ids rotate, where they do. */
const ROTATION = 30 * SECOND;

export const BEGINNINGS = {
  "on the server": { ...SERVER, acts: ["begin"] },
  "on the server, signed in": { ...SERVER, acts: ["begin", "login ada"] },
  "on the server, rotation due": { ...SERVER, acts: ["begin", "login ada", "wait"], rotates: true },
  "on the server, rotated, response lost": {
    ...SERVER,
    acts: ["begin", "login ada", "wait", "read"],
    rotates: true,
    isLastLost: true,
  },
  "too large": { ...COOKIE, acts: ["begin", "spill"] },
  "too large, signed in": { ...COOKIE, acts: ["begin", "login ada", "spill"] },
  shrinking: { ...COOKIE, acts: ["begin", "spill", "shrink"] },
  "shrinking, about to leave the server": { ...COOKIE, acts: ["begin", "spill", "shrink"], rest: 61 * SECOND },
  "in the cookie, signed in": { ...COOKIE, acts: ["begin", "login ada"] },
  "in the cookie": { ...COOKIE, acts: ["begin"] },
} as const satisfies Record<string, Recipe>;

export type BeginningName = keyof typeof BEGINNINGS;

/** Where two requests meet. */
export interface Place {
  readonly deployment: Deployment;
  readonly beginning: BeginningName;
  /** The cache has just lost everything. */
  readonly isCold: boolean;
  /** One process handles both requests, and has handled the one before; or each has its own, which has handled none. */
  readonly processes: 1 | 2;
}

/** A beginning, ready to be taken up as often as is needed. */
export interface Beginning {
  readonly place: Place;
  readonly definition: Definition;
  readonly setting: ServerSetting;
  /** What was done to the tiers. */
  readonly deeds: readonly Deed[];
  readonly time: number;
  /** The cookies of the browser, and what the one of the session says. */
  readonly cookie: string;
  readonly token: Token;
}

/** How long sessions live: the later the idle deadline, the more there is to slide. */
const DEFINITION = {
  secret: "a secret for meetings, long enough for all",
  lifetime: "4h",
  idleTimeout: "1h",
  slideEvery: 1,
} as const;

/** Lets a session begin. The library's clock is set by whoever calls. */
export async function begin(library: typeof Library, place: Place, clock: HandClock): Promise<Beginning> {
  const recipe: Recipe = BEGINNINGS[place.beginning];
  const definition = library.defineSession<Data, Flash>(DEFINITION);
  const setting: ServerSetting = {
    maxPerUser: undefined,
    cookieThreshold: recipe.cookieThreshold,
    revocationDelay: place.processes === 1 ? 10 * SECOND : 0,
    rotateEvery: recipe.rotates ? ROTATION : undefined,
    onStoreDown: "throw",
    skews: [],
  };
  const tiers = new Tiers(library);
  const process = serve(library, { place, definition, setting }, tiers);
  const browser = new Browser(0);
  for (const [at, act] of recipe.acts.entries()) {
    clock.time += act === "wait" ? ROTATION : SECOND;
    if (act === "wait") continue;
    const cookie = browser.cookieHeader;
    const { outcome, setCookies } = await clock.finished(
      perform(library, definition, { act, tag: "0", process, cookie, handle: "" }),
    );
    if (outcome !== "done") throw new Error(`"${place.beginning}" does not begin: ${outcome}.`);
    if (!recipe.isLastLost || at < recipe.acts.length - 1) browser.receive(setCookies);
  }
  clock.time += recipe.rest;
  const opened = library.readSessionCookies(
    library.settingsOf(definition),
    new Headers({ cookie: browser.cookieHeader }),
  );
  const token = "token" in opened ? opened.token : undefined;
  if (!token) throw new Error(`"${place.beginning}" is no session.`);
  return { place, definition, setting, deeds: tiers.deeds, time: clock.time, cookie: browser.cookieHeader, token };
}

/** A process with a memory of its own, on these tiers. */
export function serve(
  library: typeof Library,
  { place, definition, setting }: Pick<Beginning, "place" | "definition" | "setting">,
  tiers: Tiers,
): Server {
  const connected = {
    store: place.deployment === "kv" ? undefined : tiers.connect<SessionStore>("store"),
    cache: place.deployment === "db" ? undefined : tiers.connect<SessionCache>("cache"),
  };
  return new Server(0, library, definition, setting, connected, () => undefined);
}
