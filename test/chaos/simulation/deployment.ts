/** A simulated deployment: tiers, server processes, browsers, and what befalls them. */

import type { CacheCommand, SessionCache } from "../../../src/tiers/cache.js";
import type { SessionDefinition } from "../../../src/session/options.js";
import type { Token } from "../../../src/session/token/token.js";
import type { SessionStore } from "../../../src/tiers/store.js";
import { Browser } from "./browser.js";
import { Violation } from "./held.js";
import type * as Library from "./library.js";
import { Model } from "./model.js";
import type { Mishap, Plan } from "./plan.js";
import { mix, seeded } from "./random.js";
import type { Came, Running } from "./running.js";
import { type Data, type Flash, type Listener, Server } from "./server.js";
import { type Executed, Tier } from "./tier.js";
import { World } from "./world.js";

const SECRET = "a secret for simulations, long enough";

/** What was written a moment ago is not evicted (milliseconds): the least recently used goes first. */
const RECENT = 60_000;

/** Methods of a cache that replicas answer. */
const READS: ReadonlySet<string> = new Set(["read", "members"]);

export class Deployment {
  readonly world = new World();
  readonly model: Model;
  readonly browsers = [0, 1, 2].map((number) => new Browser(number));
  readonly definition: SessionDefinition<Data, Flash>;
  /** What went wrong first. */
  violation: Error | undefined;
  readonly #library: typeof Library;
  readonly #plan: Plan;
  readonly #note: (line: string) => void;
  readonly #engines: { readonly store: SessionStore; readonly cache: SessionCache; readonly replica: SessionCache };
  readonly #store: Tier<SessionStore>;
  readonly #cache: Tier<SessionCache>;
  /** When each key of the cache was last written. */
  readonly #cached = new Map<string, number>();
  readonly #servers: Server[];

  constructor(plan: Plan, library: typeof Library, note: (line: string) => void) {
    const { world } = this;
    const { setting, seed } = plan;
    this.#plan = plan;
    this.#library = library;
    this.#note = note;
    this.definition = library.defineSession<Data, Flash>({
      secret: SECRET,
      lifetime: "4h",
      idleTimeout: setting.idleTimeout / 1000,
    });
    const { codec } = library.completeSettingsOf(this.definition);
    const decode = (stored: string) => {
      const unpacked = library.unpack(stored, 1e6);
      const text = "text" in unpacked ? (unpacked.text as string) : "";
      const decoded = codec.decode(text);
      if (!decoded.ok) throw new Violation("I3", "the data of a row cannot be read");
      return Object.fromEntries(decoded.data);
    };
    this.model = new Model(setting, decode, () => world.now);
    this.#engines = { store: library.memoryStore(), cache: library.memoryCache(), replica: library.memoryCache() };
    const noticed = (executed: Executed) => this.#noticed(executed);
    const common = { world, noticed, latency: setting.latency, seed };
    const { storeTrouble, cacheTrouble } = setting;
    this.#store = new Tier({ ...common, name: "store", trouble: storeTrouble, engine: this.#engines.store });
    const replica = setting.lag > 0 ? { engine: this.#engines.replica, lag: setting.lag, reads: READS } : undefined;
    this.#cache = new Tier({ ...common, name: "cache", trouble: cacheTrouble, engine: this.#engines.cache, replica });
    this.#servers = [0, 1, 2].map((number) => this.#start(number));
  }

  /** The process with this number, as it is at the moment. */
  server(number: number): Server {
    return this.#servers[number] as Server;
  }

  /** What a cookie header holds, and the tags in it. */
  open(cookie: string): Pick<Running, "cookie" | "token" | "idleExpiresAt" | "cookieTags" | "beside"> {
    const { token, idleExpiresAt } = this.#read(cookie);
    const cookieTags = this.#tagsIn(token);
    if (token?.userId === undefined) return { cookie, token, idleExpiresAt, cookieTags, beside: undefined };
    // A user's counts, and is taken away here to see what else there is.
    const other = this.#read(withoutUsers(cookie));
    return { cookie, token, idleExpiresAt, cookieTags, beside: { ...other, cookieTags: this.#tagsIn(other.token) } };
  }

  #tagsIn(token: Token | undefined): readonly string[] {
    if (token?.data === undefined) return [];
    const decoded = this.#library.completeSettingsOf(this.definition).codec.decode(token.data);
    return decoded.ok ? ((decoded.data.get("log") as string[] | undefined) ?? []) : [];
  }

  #read(cookie: string): Came {
    const { readSessionCookies, settingsOf } = this.#library;
    const opened = readSessionCookies(settingsOf(this.definition), new Headers({ cookie }));
    return "token" in opened ? opened : { token: undefined, idleExpiresAt: 0 };
  }

  /** Runs a check; what does not hold is remembered, the first time. */
  check(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.violation ??= error as Error;
    }
  }

  /** A process ends without a word, and another takes its place. */
  kill(number: number): void {
    this.server(number).isDead = true;
    this.#servers[number] = this.#start(number);
    this.#note(`process ${number} dies`);
  }

  /** A process dies, or falls asleep for so many milliseconds, in the middle of something. */
  strike(process: Server, sleeps: number | undefined): void {
    if (sleeps === undefined) {
      this.kill(process.number);
      return;
    }
    process.frozenUntil = this.world.now + sleeps;
    this.#note(`process ${process.number} sleeps for ${sleeps} ms`);
  }

  /** Lets a mishap happen. */
  suffer(mishap: Mishap): void {
    const { world } = this;
    this.#note(`${mishap.type} ${JSON.stringify(mishap)}`);
    switch (mishap.type) {
      case "kill":
        this.kill(mishap.process);
        return;
      case "freeze":
        this.strike(this.server(mishap.process), mishap.lasts);
        return;
      case "outage": {
        const tier = mishap.tier === "store" ? this.#store : this.#cache;
        tier.outage = mishap;
        world.after(mishap.lasts, undefined, () => {
          // Another outage may have begun meanwhile.
          if (tier.outage !== mishap) return;
          tier.outage = undefined;
          this.#note(`the ${mishap.tier} is well again`);
        });
        return;
      }
      case "evict":
        this.#evict(mishap.share);
    }
  }

  #start(number: number): Server {
    const { deployment } = this.#plan.setting;
    const tiers = {
      store: deployment === "kv" ? undefined : this.#store.connect(),
      cache: deployment === "db" ? undefined : this.#cache.connect(),
    };
    const listener: Listener = (name, event) => this.check(() => this.#heard(name, event));
    return new Server(number, this.#library, this.definition, this.#plan.setting, tiers, listener);
  }

  #heard(...[name, event]: Parameters<Listener>): void {
    if (name !== "unavailable") this.#note(`event ${name} ${JSON.stringify(event)}`);
    if (name === "corrupt") throw new Violation("I3", "an entry could not be read");
    if (name === "repaired" && "lost" in event) this.model.repaired(event.handle, event.lost);
  }

  #evict(share: number): void {
    const random = seeded(mix(this.#plan.seed, this.world.steps));
    const isOld = (at: number) => this.world.now - at > RECENT;
    const keys = [...this.#cached].flatMap(([key, at]) => (isOld(at) && random.below(100) < share * 100 ? [key] : []));
    const commands = keys.map((key): CacheCommand => ({ type: "remove", key }));
    void this.#engines.cache.write(commands);
    void this.#engines.replica.write(commands);
    for (const key of keys) this.model.evicted(key);
  }

  /** After each call that a tier has carried out: what the arbiter holds may have changed. */
  #noticed({ tier, method, args, result, caller, call }: Executed): void {
    const told = result === undefined ? "" : ` → ${describe(result)}`;
    this.#note(`${caller.id} ${tier}.${method} ${describe(args[0])}${told}`);
    const [first] = args;
    const isArbiter = tier === (this.#plan.setting.deployment === "kv" ? "cache" : "store");
    if (typeof first === "string" && first.startsWith("~user:")) this.#followCutoff(call, caller as Running);
    if (tier === "cache" && method === "write") {
      const commands = args[0] as readonly CacheCommand[];
      this.#followTombstones(commands, caller as Running);
      this.#followDeferred(commands, result);
    }
    for (const key of writtenKeys(method, args)) {
      if (tier === "cache") this.#cached.set(key, this.world.now);
      if (isArbiter) this.#follow(key, caller as Running);
    }
    if (method === "deleteBatch") for (const key of this.model.held.keys()) this.#follow(key, caller as Running);
  }

  #followCutoff(call: number, by: Running): void {
    // The first may have got no answer: what the login goes by was read before it has registered.
    if (by.commits === 0 || (by.cutoffRead?.call ?? call) === call) by.cutoffRead = { call, at: this.world.now };
  }

  /** A tombstone ends a session before its row goes, where the database did not delete it. */
  #followTombstones(commands: readonly CacheCommand[], by: Running): void {
    for (const command of commands) {
      if (command.type !== "put" || command.version !== this.#library.TOMBSTONE_VERSION) continue;
      this.check(() => this.model.bury(command.key, by, this.world.now));
    }
  }

  /** What waits in the cache for a row comes and goes by one key. */
  #followDeferred(commands: readonly CacheCommand[], result: unknown): void {
    commands.forEach((command, at) => {
      const [buffer, handle] = command.key.split(":");
      if (buffer !== "deferred" || handle === undefined || command.type !== "put" || !(result as boolean[])[at]) return;
      const write = this.#library.parseDeferred(handle, command.version, command.value);
      this.check(() => this.model.defer(handle, write?.data));
    });
  }

  async #follow(key: string, by: Running): Promise<void> {
    if (!key.startsWith("~epoch") && !isRecord(key)) return;
    const { store, cache } = this.#engines;
    const cached = async () => {
      const found = this.#library.readEntry(key, (await cache.read(key)).entry);
      return found.state === "found" ? found.record : undefined;
    };
    const record = await (this.#plan.setting.deployment === "kv" ? cached() : store.get(key));
    this.check(() => this.model.follow(key, record, by, this.world.now));
  }
}

/** The cookies of a header but for those of a user's session. */
export function withoutUsers(cookie: string): string {
  const pairs = cookie.split("; ").filter((pair) => !pair.startsWith("__Host-session-user"));
  return pairs.join("; ");
}

/** Whether a session's record lies under a key: not a counter, nor what waits for the database. */
function isRecord(key: string): boolean {
  return /^[\w-]{28}$/.test(key);
}

/** The keys that a call may have changed. */
function writtenKeys(method: string, args: readonly unknown[]): string[] {
  const [first] = args as [unknown];
  if (method === "write") return (first as readonly CacheCommand[]).map(({ key }) => key);
  if (method === "insert" || method === "update") return [(first as { key: string }).key];
  return method === "delete" ? [first as string] : [];
}

/** A value in few words, for the trace. */
function describe(value: unknown): string {
  if (Array.isArray(value)) return value.map(describe).join(", ");
  if (typeof value !== "object" || value === null) return String(value).slice(0, 24);
  const { type, key, version, entry, expect } = value as Record<string, unknown>;
  if (entry !== undefined) return describe(entry);
  const over = expect === undefined ? "" : ` over ${expect}`;
  return [type, String(key ?? "nothing").slice(0, 12), version === undefined ? "" : `v${version}${over}`]
    .join(" ")
    .trim();
}
