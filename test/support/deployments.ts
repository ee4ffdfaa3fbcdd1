/** Whole deployments for tests: an application's sessions over the tiers that it has, watched from outside. */

import { randomBytes } from "node:crypto";
import { defineSession, type SessionCache, type SessionEvents, type SessionRecord, type SessionStore } from "spillway";
import { memoryCache, memoryStore } from "spillway/stores/memory";
import { createSessions, type WebSessions } from "spillway/web";
import { expect, onTestFinished } from "vitest";
import type { SessionOptions } from "../../src/session/options.js";
import type { ServerOptions } from "../../src/session/settings/server-options.js";
import { readEntry } from "../../src/tiers/cache-entry.js";
import { FakeBrowser } from "./fake-browser.js";
import { Wire } from "./wire.js";

/** The data of the tests' sessions: any. */
export type AnyData = Record<string, unknown>;

/** Which tiers a deployment has beside the cookie. */
export type Tiers = "cookie" | "cookie+db" | "cookie+kv" | "cookie+kv+db";

/** The four kinds of deployment. */
export const DEPLOYMENTS: readonly Tiers[] = ["cookie", "cookie+db", "cookie+kv", "cookie+kv+db"];

/** Those that keep sessions on the server. */
export const WITH_SERVER: readonly Tiers[] = ["cookie+db", "cookie+kv", "cookie+kv+db"];

/** One of the configurations under which gae-sessions tested everything, database on and off × cookie threshold. */
export interface Configuration {
  readonly tiers: Tiers;
  readonly cookieThreshold: number;
}

/** The six of them: no cookie ever, one cookie, and all that cookies may take. */
export const CONFIGURATIONS: readonly Configuration[] = [0, 4096, 6144].flatMap((cookieThreshold) => [
  { tiers: "cookie+kv+db" as const, cookieThreshold },
  { tiers: "cookie+kv" as const, cookieThreshold },
]);

/** What {@link deploy} takes: the options of `defineSession` and `createSessions`, and tiers of one's own. */
export interface Deploy {
  readonly tiers?: Tiers;
  readonly define?: Partial<SessionOptions<AnyData>>;
  readonly server?: Omit<ServerOptions, "store" | "cache" | "on">;
  /** The database, where the tiers have one. Default: in memory. */
  readonly store?: SessionStore;
  /** Makes an empty cache, where the tiers have one. Default: in memory. */
  readonly newCache?: () => SessionCache;
}

/** An event with its name. */
export type Heard = { [Name in keyof SessionEvents]: readonly [Name, SessionEvents[Name]] }[keyof SessionEvents];

/** So that no test depends on how busy the machine is; those that are about time give their own. */
const PATIENT = { cacheTimeout: "20s", storeTimeout: "20s" } as const;

/** A deployment of sessions. */
export class Deployment {
  readonly wire = new Wire();
  readonly events: Heard[] = [];
  /** Called with each event's name, after it was taken down. */
  onEvent: ((name: string) => unknown) | undefined;
  readonly definition;
  readonly sessions: WebSessions<AnyData, AnyData>;
  /** The tiers behind the wire, to look into or to spoil. */
  readonly store: SessionStore | undefined;
  cache: SessionCache | undefined;
  readonly #newCache: () => SessionCache;

  constructor({ tiers = "cookie+kv+db", define, server, store, newCache = memoryCache }: Deploy = {}) {
    this.definition = defineSession<AnyData, AnyData>({ secret: newSecret(), ...define });
    this.#newCache = newCache;
    this.store = tiers.endsWith("db") ? (store ?? memoryStore()) : undefined;
    this.cache = tiers.includes("kv") ? newCache() : undefined;
    this.sessions = createSessions(this.definition, {
      ...PATIENT,
      ...server,
      ...(this.store && { store: this.wire.connect("store", () => this.store as SessionStore) }),
      ...(this.cache && { cache: this.wire.connect("cache", () => this.cache as SessionCache) }),
      on: this.#listeners(),
    });
  }

  /** A browser for it. Whatever cookie it refuses fails the test. */
  browser(headers: Record<string, string> = {}): FakeBrowser {
    const browser = new FakeBrowser({ headers });
    onTestFinished(() => expect(browser.refused, "cookies that the browser refused").toEqual([]));
    return browser;
  }

  /** What the server holds: the rows of the database, or with a cache alone its entries. Counters left out. */
  async records(): Promise<SessionRecord[]> {
    const keys = new Set(this.wire.calls.flatMap(writtenKeys));
    const found = await Promise.all([...keys].map((key) => this.#record(key)));
    return found.filter((record) => record !== undefined);
  }

  /** The reasons for which cookies were rejected so far. */
  get rejected(): string[] {
    return this.events.flatMap((event) => (event[0] === "rejected" ? [event[1].reason] : []));
  }

  /** The names of the events so far. */
  get heard(): string[] {
    return this.events.map(([name]) => name);
  }

  /** The cache loses one entry. */
  async evict(key: string): Promise<void> {
    await this.cache?.write([{ type: "remove", key }]);
  }

  /** The cache loses everything. */
  flushCache(): void {
    if (this.cache) this.cache = this.#newCache();
  }

  async #record(key: string): Promise<SessionRecord | undefined> {
    if (this.store) return this.store.get(key);
    const cached = readEntry(key, (await this.cache?.read(key))?.entry);
    return cached.state === "found" ? cached.record : undefined;
  }

  #listeners(): NonNullable<ServerOptions["on"]> {
    const on: Record<string, (event: unknown) => void> = {};
    const listeners = new Proxy(on, {
      get: (_, name) => (event: unknown) => {
        this.events.push([name, event] as unknown as Heard);
        this.onEvent?.(String(name));
      },
    });
    return listeners;
  }
}

/** Deploys an application's sessions, with a secret of its own. */
export function deploy(options: Deploy = {}): Deployment {
  return new Deployment(options);
}

/** A secret that no other test has: what a process remembers of revocations goes by it. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** A text that no cookie holds, and that does not compress. */
export function bulk(bytes = 8000): string {
  return randomBytes(Math.ceil((bytes * 3) / 4))
    .toString("base64url")
    .slice(0, bytes);
}

/** The keys of sessions that a call may have brought into being. */
function writtenKeys({ method, args: [first] }: Wire["calls"][number]): string[] {
  const records = method === "insert" ? [first] : method === "write" ? (first as { type: string }[]) : [];
  return records
    .filter((one) => !("type" in (one as object)) || (one as { type: string }).type === "put")
    .map((one) => (one as { key: string }).key)
    .filter((key) => /^[\w-]{28}$/.test(key) && !key.startsWith("~"));
}
