/** The model: what the simulation knows of all sessions, and the invariants I1 to I5 of security.md over it. */

import type { SessionError, SessionStoreError } from "../../src/errors.js";
import type { SessionRecord } from "../../src/session/store.js";
import { contentOf, Held, hashOf, tagsOf, Violation } from "./held.js";
import { hasTrouble, type Setting } from "./plan.js";
import type { Running } from "./running.js";
import type { Data } from "./server.js";
import { Users } from "./users.js";

/** One write, by its tag. */
interface Attempt {
  readonly browser: number;
  /** The user for whom it was made, once that is known. */
  userId: string | undefined;
  /** The row under which it was acknowledged. */
  home: string | undefined;
  state: "open" | "done" | "failed";
  /** Made while the cookie held the data: the browser keeps its last response. */
  isLoose: boolean;
}

/** What a request saw of its session once it was loaded. */
export interface Sight {
  readonly id: string | undefined;
  readonly active: boolean;
  readonly userId: string | undefined;
  readonly handle: string | undefined;
  readonly data: Data | undefined;
}

/** What a write says when it is acknowledged. */
export interface Acknowledged {
  readonly durable: boolean;
  readonly placement: "cookie" | "server" | undefined;
  readonly handle: string | undefined;
  readonly userId: string | undefined;
}

/** So far ahead of the world is the clock of a process at most, which may find a session expired. */
const SKEW = 10 * 60_000;

/** How long it takes the cache to learn what the database knows, when nothing goes wrong (milliseconds). */
const PUBLISHING = 1000;

export class Model {
  readonly held = new Map<string, Held>();
  readonly #setting: Setting;
  readonly #decode: (data: string) => Data;
  readonly #now: () => number;
  readonly #attempts = new Map<string, Attempt>();
  readonly #seen = new Set<string>();
  readonly #tickets = new Set<string>();
  readonly #users: Users;
  readonly #lastRead = new Map<number, { at: number; handle: string; tags: readonly string[] }>();
  /** The epoch as it was raised, and when each was acknowledged. */
  #epoch = 0;
  #ended: { epoch: number; at: number } = { epoch: 0, at: 0 };
  constructor(setting: Setting, decode: (data: string) => Data, now: () => number) {
    this.#setting = setting;
    this.#decode = decode;
    this.#now = now;
    this.#users = new Users(setting.deployment !== "kv" || setting.lag === 0);
  }

  /** Follows a change of what the arbiter holds under a key. @throws {Violation} */
  follow(key: string, record: SessionRecord | undefined, by: Running, now: number): void {
    if (key === "~epoch") this.#epoch = record?.version ?? this.#epoch;
    if (key.startsWith("~")) return;
    const held = this.held.get(key) ?? new Held(key, by.browser.number);
    this.held.set(key, held);
    const isRevoked = this.#users.isRevoked(held.content?.userId, now);
    // A login undoes itself when it met a revocation; it is not acknowledged then.
    const isUndone = by.item.act.startsWith("login") && held.content?.userId !== null;
    if (!record && (isRevoked || isUndone || by.item.act === "destroyAll")) held.endAskedAt ??= now;
    const content = record && contentOf(record, this.#decode);
    held.follow(content, by, now);
    // A row that was added twice, under two keys, has one that nobody refers to: it is no session.
    if (content?.tags) this.#requireOwn(content.tags, held.browser, content.userId ?? undefined, undefined);
  }

  /** A request begins to write. */
  begin(tag: string, by: Running): void {
    this.#attempts.set(tag, {
      browser: by.browser.number,
      userId: undefined,
      home: undefined,
      state: "open",
      isLoose: isInCookie(by),
    });
  }

  /** A write was acknowledged. @throws {Violation} */
  acknowledge(tag: string, by: Running, { durable, placement, handle, userId }: Acknowledged): void {
    const attempt = this.#attempts.get(tag) as Attempt;
    attempt.state = "done";
    attempt.home = handle;
    // Where the row is a new one, the browser may yet hear of an earlier commit that left the data in the cookie.
    if (by.token?.data !== undefined && handle !== by.token.reference?.key) attempt.isLoose = true;
    attempt.userId = userId;
    if (placement !== "server" || handle === undefined) return;
    const held = this.held.get(handle);
    if (!held) throw new Violation("I1", `the write ${tag} was acknowledged, and the row was never there`);
    if (held.endAskedAt !== undefined || held.isReleased) return;
    // While the cookie holds the data, the browser keeps its last response: also over one that tells of the row.
    if ((held.content && !held.content.tags) || attempt.isLoose) return;
    if (!durable && !held.content?.tags?.includes(tag)) {
      if (!held.told.has(tag)) held.deferred.set(tag, this.#now());
    } else {
      held.guarded.add(tag);
      held.requireGuarded();
    }
    this.#requireSame(by, handle);
  }

  /** A write was refused. @throws {Violation} when it took place all the same */
  refuse(tag: string, by: Running, error: unknown): void {
    const { code } = error as SessionError;
    this.requireAlive(by, code);
    const isOpen = code === "store" && (error as SessionStoreError).outcome === "unknown";
    const attempt = this.#attempts.get(tag);
    if (!attempt || isOpen) return;
    attempt.state = "failed";
    const isHeld = [...this.held.values()].some(({ content }) => content?.tags?.includes(tag));
    // Others may have seen what a session held before it ended; what has gone with it was not kept.
    const wasSeen = code !== "session-ended" && this.#seen.has(tag);
    if (isHeld || wasSeen) throw new Violation("I5", `the write ${tag} was refused (${code}) and is there`);
  }

  /** A ticket was taken. @throws {Violation} */
  take(ticket: string): void {
    // A cookie has no arbiter, and a deferred write may lose against the database: neither is promised.
    if (this.#setting.cookieThreshold > 0 || this.#setting.onStoreDown === "cache") return;
    if (this.#tickets.has(ticket)) throw new Violation("I5", `the ticket ${ticket} was taken twice`);
    this.#tickets.add(ticket);
  }

  /** A request has loaded its session. @throws {Violation} */
  see(by: Running, sight: Sight, now: number): void {
    const { active, id, userId, handle, data } = sight;
    const isSame = id === by.token?.id || (handle !== undefined && handle === by.token?.reference?.key);
    if (!active) this.requireAlive(by, "inactive");
    else if (isSame) this.#requireAllowed(by);
    if (active && by.token && isSame && !by.item.act.startsWith("login") && userId !== by.token.userId)
      throw new Violation("I3", `signed in as another user`);
    if (!data) return;
    const tags = tagsOf(data);
    for (const tag of tags) this.#seen.add(tag);
    this.#requireOwn(tags, by.browser.number, userId, handle);
    this.#requireForward(by, handle, tags, now);
    const held = handle === undefined ? undefined : this.held.get(handle);
    if (held) this.#requireDeferred(held, by, tags);
  }

  /** A session that nobody ended has to be there. `how` it was missed. @throws {Violation} */
  requireAlive(by: Running, how: string): void {
    const now = this.#now();
    const { token } = by;
    if (!token || !["inactive", "session-ended", "unreadable"].includes(how) || token.epoch < this.#epoch) return;
    if (token.expiresAt <= now + SKEW) return;
    if (!token.reference) {
      // A commit may find that another tab has made a row of it, and has passed that to another id.
      if (how === "session-ended") return;
      throw new Violation("I1", `a session in the cookie was lost (${how})`);
    }
    const held = this.held.get(token.reference.key);
    if (!held || held.endAskedAt !== undefined || !held.isCurrent(token.id, now)) return;
    // The data moved into a cookie that this request was too late to bring.
    if (how === "unreadable" && held.content && !held.content.tags) return;
    throw new Violation("I1", `a session was lost that nobody had ended (${how})`);
  }

  /** Someone asks for the end of sessions. Returns what tells that it was acknowledged. */
  end(handles: readonly string[], now: number): (now: number) => void {
    const ended = handles.flatMap((handle) => this.held.get(handle) ?? []);
    for (const held of ended) held.endAskedAt ??= now;
    return (at) => {
      for (const held of ended) held.endedAt ??= at;
    };
  }

  /** Someone ends all sessions of a user. Returns what tells that it was acknowledged, or not. */
  endUser(userId: string, by: Running, now: number): { acknowledged(now: number): void; failed(now: number): void } {
    const revocation = this.#users.end(userId, now);
    const known = [...this.held.values()].filter(({ content }) => content?.userId === userId);
    for (const held of known) held.endAskedAt ??= now;
    return {
      acknowledged: (at) => {
        revocation.acknowledged(at);
        // Replicas of a cache alone may lack a sign-in of a moment ago: docs/consistency.md asks for none there.
        if (this.#setting.deployment === "kv" && this.#setting.lag > 0) return;
        // A row that someone else has deleted meanwhile is theirs to acknowledge, or to say what they could not do.
        for (const held of known) if (held.content || held.removedBy === by.id) held.endedAt ??= at;
      },
      failed: (at) => revocation.failed(at),
    };
  }

  /** A login was acknowledged. One that a revocation of its user met halfway may have ended again. @throws {Violation} */
  signedIn(handle: string, userId: string, by: Running, now: number): void {
    const held = this.held.get(handle);
    if (held && this.#users.isRevoked(userId, by.startedAt)) held.endAskedAt ??= now;
    if (!held?.content && held?.endAskedAt === undefined) {
      throw new Violation("I1", "login() resolved, and its row is not there");
    }
    this.#users.signedIn(held, userId, by);
  }

  /** Whether the id of a request was replaced, and everybody may know: it is another's session that it names. */
  isReplaced({ token, startedAt }: Running): boolean {
    const held = token?.reference && this.held.get(token.reference.key);
    return (
      held?.isRefused(token?.id ?? "", startedAt, PUBLISHING) === true && this.#isCertain && !hasTrouble(this.#setting)
    );
  }

  /** Someone ends all sessions of the application. Returns what tells that it was acknowledged. @throws {Violation} */
  endAll(now: number): (now: number) => void {
    this.end([...this.held.keys()], now);
    const before = this.#epoch;
    return (at) => {
      if (this.#epoch === before) throw new Violation("I2", "destroyAll() resolved, and the epoch is what it was");
      this.#ended = { epoch: this.#epoch, at };
    };
  }

  /** The id of a request was replaced for good. */
  replace(by: Running, now: number): void {
    const { token } = by;
    if (token?.reference) this.held.get(token.reference.key)?.replaced.set(hashOf(token.id), now);
  }

  /** The cache has lost what lies under a key. */
  evicted(key: string): void {
    for (const held of this.held.values()) {
      // Without the set of all that waits, cleanups do not find what nobody asks for.
      if (key === "dirty" || key === `dirty:${held.handle}`) held.isForgotten ||= held.shelved.length > 0;
    }
  }

  /** What waits in the cache for the row of a session has become this; undefined: it has left the cache. */
  shelve(handle: string, data: string | undefined): void {
    this.held.get(handle)?.shelve(data === undefined ? undefined : tagsOf(this.#decode(data)));
  }

  /** An event tells that what waited in the cache was repaired, and which keys lost against the row. @throws {Violation} */
  repaired(handle: string, lost: readonly string[]): void {
    if (lost.includes("log")) this.held.get(handle)?.lose();
  }

  /** A cleanup leaves no deferred write waiting, and at the end nothing is missing. @throws {Violation} */
  requireRepaired(): void {
    for (const held of this.held.values()) {
      if (held.endAskedAt !== undefined || held.isReleased || !held.content?.tags) continue;
      held.requireGuarded();
      const [lost] = held.deferred.keys();
      if (lost !== undefined && !held.isForgotten) {
        throw new Violation("I1", `the deferred write ${lost} is gone, and no event told`);
      }
    }
  }

  /** Whether nobody can have an older copy of a row: there is none, or nothing goes wrong. */
  get #isCertain(): boolean {
    const { deployment, lag } = this.#setting;
    return lag === 0 && (deployment !== "db+kv" || !hasTrouble(this.#setting));
  }

  /** I2: who was let in may be. */
  #requireAllowed({ token, startedAt }: Running): void {
    if (!token) return;
    const allowance = this.#setting.revocationDelay + this.#setting.lag;
    // An anonymous session keeps the last known epoch when it cannot be read.
    const mustKnow = token.userId !== undefined || !hasTrouble(this.#setting);
    if (token.epoch < this.#ended.epoch && startedAt > this.#ended.at + allowance && mustKnow) {
      throw new Violation("I2", "a session was let in after destroyAll()");
    }
    const held = token.reference && this.held.get(token.reference.key);
    // A visitor's cookie that holds all of the session can be replayed once its row is gone, as any visitor's can.
    if (!held || (token.userId === undefined && token.data !== undefined)) return;
    if (held.endedAt !== undefined && startedAt > held.endedAt + allowance) {
      throw new Violation("I2", `a session was let in after its end was acknowledged`);
    }
    const replacedAt = held.replaced.get(hashOf(token.id));
    if (replacedAt !== undefined && startedAt > replacedAt + allowance) {
      throw new Violation("I2", `an id was let in after it was replaced`);
    }
    if (this.#isCertain && held.isRefused(token.id, startedAt, allowance + PUBLISHING)) {
      throw new Violation("I2", "an id was let in that the row knows no longer");
    }
  }

  /** I3: every tag is this browser's, of this user or of nobody, of this session, and of a write that was not refused. */
  #requireOwn(tags: readonly string[], browser: number, userId: string | undefined, handle: string | undefined): void {
    for (const tag of tags) {
      const attempt = this.#attempts.get(tag);
      if (!attempt || attempt.browser !== browser) throw new Violation("I3", `${tag} is another browser's`);
      if (attempt.userId !== undefined && attempt.userId !== userId) {
        throw new Violation("I3", `${tag} is ${attempt.userId}'s, and is shown to ${userId ?? "nobody"}`);
      }
      if (attempt.state === "failed") throw new Violation("I5", `the refused write ${tag} is there`);
      const home = attempt.home === undefined ? undefined : this.held.get(attempt.home);
      if (home && handle !== undefined && home.handle !== handle && !home.isReleased && home.content?.tags) {
        throw new Violation("I3", `${tag} is another session's`);
      }
    }
  }

  /** I4: what the browser was told of is there, and while nothing goes wrong, what it has seen. */
  #requireForward(by: Running, handle: string | undefined, tags: readonly string[], now: number): void {
    const reference = by.token?.reference;
    const shown = new Set(tags);
    if (reference && handle === reference.key && !isInCookie(by)) {
      const held = this.held.get(handle);
      // A copied cookie may speak of a time before the data moved into another.
      const told = (held?.content?.tags && held.versions.get(reference.version)) ?? [];
      const missing = told.find((tag) => !shown.has(tag) && !this.#attempts.get(tag)?.isLoose);
      if (missing !== undefined) throw new Violation("I4", `${missing} was there at version ${reference.version}`);
    }
    const { lag, cookieThreshold } = this.#setting;
    const isForgiven = cookieThreshold > 0 || lag > 0 || hasTrouble(this.#setting);
    if (handle === undefined || by.item.act.startsWith("replay") || isForgiven) return;
    const last = this.#lastRead.get(by.browser.number);
    if (last && last.at < by.startedAt && last.handle === handle) {
      const missing = last.tags.find((tag) => !shown.has(tag));
      if (missing !== undefined) throw new Violation("I4", `${missing} was seen before`);
    }
    this.#lastRead.set(by.browser.number, { at: now, handle, tags });
  }

  /** What waits for the database is shown to whoever reaches the cache. */
  #requireDeferred(held: Held, by: Running, tags: readonly string[]): void {
    if (by.isTroubled || !by.copies.has(held.handle) || this.#setting.lag > 0) return;
    if (held.isForgotten || held.endAskedAt !== undefined) return;
    for (const [tag, at] of held.deferred) {
      if (held.dropped.has(tag)) continue;
      if (at < by.startedAt && !tags.includes(tag)) throw new Violation("I1", `the deferred write ${tag} is not shown`);
    }
  }

  /** A write to a session that nobody ended stays in that session. */
  #requireSame({ token }: Running, handle: string): void {
    const before = token?.reference?.key;
    if (!token || before === undefined || before === handle || token.epoch < this.#epoch) return;
    if (token.expiresAt <= this.#now() + SKEW) return;
    const held = this.held.get(before);
    if (held && held.endAskedAt === undefined && !held.isReleased && held.isCurrent(token.id, this.#now())) {
      throw new Violation("I1", "a write went to a new session while the old one lives");
    }
  }
}

/** Whether a request came with a cookie that holds the data alone. */
function isInCookie({ token }: Running): boolean {
  return token?.data !== undefined && token.shrunkAt === undefined;
}
