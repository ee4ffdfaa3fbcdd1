/** The model: what the simulation knows of all sessions, and the invariants I1 to I5 of security.md over it. */

import type { SessionError, SessionStoreError } from "../../../src/errors.js";
import type { SessionRecord } from "../../../src/tiers/store.js";
import { Ends } from "./ends.js";
import { Fleeting } from "./fleeting.js";
import { contentOf, Held, tagsOf, Violation } from "./held.js";
import { Idling } from "./idling.js";
import { Kept } from "./kept.js";
import { discrepancy, hasTrouble, type Setting } from "./plan.js";
import type { Came, Running } from "./running.js";
import type { Data } from "./server.js";
import { isInCookie, Writes } from "./writes.js";

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

export class Model {
  readonly held = new Map<string, Held>();
  readonly writes = new Writes(this.held);
  readonly ends: Ends;
  readonly idling: Idling;
  readonly fleeting: Fleeting;
  readonly kept = new Kept();
  readonly #setting: Setting;
  readonly #decode: (data: string) => Data;
  readonly #now: () => number;
  readonly #lastRead = new Map<number, { at: number; handle: string; tags: readonly string[] }>();
  readonly #owners = new Map<string, number>();

  constructor(setting: Setting, decode: (data: string) => Data, now: () => number) {
    this.#setting = setting;
    this.#decode = decode;
    this.#now = now;
    this.ends = new Ends(setting, this.held);
    this.idling = new Idling(setting);
    this.fleeting = new Fleeting(setting);
  }

  /** Whether nothing goes wrong in the whole run. */
  get isCalm(): boolean {
    return !hasTrouble(this.#setting) && this.#setting.lag === 0;
  }

  /** Whether ids change by themselves. */
  get rotates(): boolean {
    return this.#setting.rotateEvery !== undefined;
  }

  /** Follows a change of what the arbiter holds under a key. @throws {Violation} */
  follow(key: string, record: SessionRecord | undefined, by: Running, now: number): void {
    if (key.startsWith("~epoch") && record) this.ends.raise(record.version, by);
    if (key.startsWith("~")) return;
    const held = this.held.get(key) ?? new Held(key, by.browser.number);
    this.held.set(key, held);
    if (!record && this.ends.mayEnd(held, by, now)) held.endAskedAt ??= now;
    const content = record && contentOf(record, this.#decode);
    held.follow(content, by, now);
    // A row that was added twice, under two keys, has one that nobody refers to: it is no session.
    if (content?.tags) this.writes.requireOwn(content.tags, held.browser, content.userId ?? undefined, undefined);
  }

  /**
   * A request has put a tombstone in the cache in front of a database. Should it not have reached the row, whoever meets the
   * tombstone deletes that.
   * @throws {Violation} when the session was not to end.
   */
  bury(key: string, by: Running, now: number): void {
    const held = this.held.get(key);
    // A row that has gone was judged when it went.
    if (!held?.content || held.endAskedAt !== undefined) return;
    if (!this.ends.mayEnd(held, by, now))
      throw new Violation("I1", "a tombstone was put, and nobody had asked for the end");
    held.endAskedAt = now;
  }

  /** A write was acknowledged. @throws {Violation} */
  acknowledge(tag: string, by: Running, { durable, placement, handle, userId }: Acknowledged): void {
    this.writes.acknowledge(tag, by, handle, userId);
    if (placement !== "server" || handle === undefined) return;
    const held = this.held.get(handle);
    if (!held) throw new Violation("I1", `the write ${tag} was acknowledged, and the row was never there`);
    if (held.endAskedAt !== undefined || held.isReleased) return;
    // While the cookie holds the data, the browser keeps its last response: also over one that tells of the row.
    if ((held.content && !held.content.tags) || this.writes.isLoose(tag)) return;
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
    if (!isOpen) this.writes.refuse(tag, code);
  }

  /** A ticket was taken. @throws {Violation} */
  take(ticket: string): void {
    // A cookie has no arbiter, and a deferred write may lose against the database: neither is promised.
    if (this.#setting.cookieThreshold === 0 && this.#setting.onStoreDown === "throw") this.writes.take(ticket);
  }

  /** A request has come to a process, which may learn of each id that it comes with. */
  present(by: Running): void {
    by.visitedAt = this.idling.visit(by);
    for (const token of [by.token, by.beside?.token]) {
      if (token?.reference) this.held.get(token.reference.key)?.present(token.id, by.startedAt);
    }
  }

  /** A request has loaded its session. @throws {Violation} */
  see(by: Running, sight: Sight, now: number): void {
    const { active, id, userId, handle, data } = sight;
    if (id !== undefined) this.#requireOwnId(id, by);
    const isSame = id === by.token?.id || (handle !== undefined && handle === by.token?.reference?.key);
    // A visitor's session that came beside a user's is there only once that has ended.
    const isBeside = !isSame && userId === undefined && by.token?.userId !== undefined;
    if (!active || isBeside) this.requireAlive(by, "inactive");
    // It is left over where the user's was let in, and what was written has gone there.
    if (!active && by.commits === 0) this.requireAlive(by, "inactive", by.beside);
    if (active && isSame) {
      by.isLetIn = true;
      this.ends.requireAllowed(by);
      this.idling.requireVisited(by);
    }
    if (active && by.token && isSame && !by.item.act.startsWith("login") && userId !== by.token.userId)
      throw new Violation("I3", `signed in as another user`);
    if (!data) return;
    if (data.quick !== undefined) this.fleeting.show(data.quick, by, { userId, handle });
    // An old cookie does not know what has become of a value since.
    const isNewest = !by.isOverlapped && by.cookie === by.browser.cookieHeader;
    if (active && isSame && this.isCalm && isNewest) this.fleeting.requireStanding(by, data.quick);
    if (data.kept !== undefined) this.kept.show(data.kept, by, userId);
    const tags = tagsOf(data);
    this.writes.see(tags);
    this.writes.requireOwn(tags, by.browser.number, userId, handle);
    this.#requireForward(by, handle, tags, now);
    const held = handle === undefined ? undefined : this.held.get(handle);
    if (!held) return;
    this.#requireDeferred(held, by, tags);
    if (this.isCalm && !by.isOverlapped) this.idling.requireNoted(held, by);
  }

  /** An id is given out once: whoever has it has always had it. @throws {Violation} */
  #requireOwnId(id: string, by: Running): void {
    const owner = this.#owners.get(id) ?? by.browser.number;
    this.#owners.set(id, owner);
    if (owner !== by.browser.number) throw new Violation("I3", "two browsers have one id");
  }

  /** A session that nobody ended has to be there: that of a token that a request came with. `how` it was missed. @throws {Violation} */
  requireAlive(by: Running, how: string, { token, idleExpiresAt }: Came = by): void {
    const now = this.#now();
    if (!token || !["inactive", "session-ended", "unreadable"].includes(how) || token.epoch < this.ends.epoch) return;
    if (Math.min(token.expiresAt, idleExpiresAt) <= now + discrepancy(this.#setting)) return;
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

  /** The cache has lost what lies under a key. */
  evicted(key: string): void {
    for (const held of this.held.values()) {
      // Without the set of all that waits, cleanups do not find what nobody asks for.
      if (key === "deferred" || key === `deferred:${held.handle}`) held.isForgotten ||= held.waiting.length > 0;
    }
  }

  /** What waits in the cache for the row of a session has become this; undefined: it has left the cache. */
  defer(handle: string, data: string | undefined): void {
    this.held.get(handle)?.defer(data === undefined ? undefined : tagsOf(this.#decode(data)));
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

  /** I4: what the browser was told of is there, and while nothing goes wrong, what it has seen. */
  #requireForward(by: Running, handle: string | undefined, tags: readonly string[], now: number): void {
    const reference = by.token?.reference;
    const shown = new Set(tags);
    if (reference && handle === reference.key && !isInCookie(by)) {
      const held = this.held.get(handle);
      // A copied cookie may speak of a time before the data moved into another.
      const told = (held?.content?.tags && held.versions.get(reference.version)) ?? [];
      const missing = told.find((tag) => !shown.has(tag) && !this.writes.isLoose(tag));
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
    // What the row alone holds has won against all that waits; an event is about to tell.
    if (held.content?.tags?.some((tag) => !held.waiting.includes(tag))) return;
    for (const [tag, at] of held.deferred) {
      if (held.dropped.has(tag)) continue;
      if (at < by.startedAt && !tags.includes(tag)) throw new Violation("I1", `the deferred write ${tag} is not shown`);
    }
  }

  /** A write to a session that nobody ended stays in that session. */
  #requireSame({ token, idleExpiresAt }: Running, handle: string): void {
    const before = token?.reference?.key;
    if (!token || before === undefined || before === handle || token.epoch < this.ends.epoch) return;
    if (Math.min(token.expiresAt, idleExpiresAt) <= this.#now() + discrepancy(this.#setting)) return;
    const held = this.held.get(before);
    if (held && held.endAskedAt === undefined && !held.isReleased && held.isCurrent(token.id, this.#now())) {
      throw new Violation("I1", "a write went to a new session while the old one lives");
    }
  }
}
