/** What the server holds of one session, as the simulation saw it change, and what must be true of it. */

import { createHash } from "node:crypto";
import type { SessionRecord } from "../../../src/tiers/store.js";
import type { Running } from "./running.js";
import type { Data } from "./server.js";

/** An invariant of security.md that does not hold. */
export class Violation extends Error {
  constructor(invariant: string, text: string) {
    super(`${invariant}: ${text}`);
    this.name = "Violation";
  }
}

/** What a record says, decoded. */
export interface Content {
  readonly version: number;
  readonly userId: string | null;
  readonly idHash: string;
  readonly previousIdHash: string | null;
  readonly presentedAt: number | undefined;
  readonly commitIds: string;
  readonly createdAt: number;
  readonly seenAt: number;
  readonly idleExpiresAt: number;
  readonly expiresAt: number;
  /** Undefined: the cookie holds the data. */
  readonly tags: readonly string[] | undefined;
}

/** How long the previous id of a routine rotation works after its successor was first presented. */
const GRACE = 60_000;

/** One session that the server knows. */
export class Held {
  readonly handle: string;
  readonly browser: number;
  content: Content | undefined;
  changedAt = 0;
  /** The tags at each version. */
  readonly versions = new Map<number, readonly string[]>();
  /** Tags of acknowledged writes that the server holds. */
  readonly guarded = new Set<string>();
  /** Tags of acknowledged writes that wait for the database, and when they were acknowledged. */
  readonly deferred = new Map<string, number>();
  /** What the cache holds beyond the row; what has left it since; and what an event has told of as lost. */
  waiting: readonly string[] = [];
  readonly dropped = new Set<string>();
  readonly told = new Set<string>();
  /** When someone first asked for its end, and when it was first acknowledged. */
  endAskedAt: number | undefined;
  endedAt: number | undefined;
  /** Which request came to end it with an id that is the row's no longer. */
  doubtedBy: number | undefined;
  /** Which request deleted its row, and when. */
  removedBy: number | undefined;
  removedAt: number | undefined;
  /** What it held last. */
  removedContent: Content | undefined;
  /** Which request has signed a user in here, when that was acknowledged, and whether it was a visitor's session before. */
  signedInBy: number | undefined;
  signedInAt: number | undefined;
  wasVisitors = false;
  /** Its row was released because the cookie holds it all. */
  isReleased = false;
  /** Ids (hashes) that were replaced for good, and when that was acknowledged. */
  readonly replaced = new Map<string, number>();
  /** What waited in the cache may have been evicted. */
  isForgotten = false;
  /** Successors of rotations by the hash before them, and when each id was first presented. */
  readonly #successors = new Map<string, string>();
  readonly #presentedAt = new Map<string, number>();
  /** From when on an id (its hash) is the row's no longer. */
  readonly #refusedFrom = new Map<string, number>();

  constructor(handle: string, browser: number) {
    this.handle = handle;
    this.browser = browser;
  }

  /** Follows a change that a request made. @throws {Violation} */
  follow(content: Content | undefined, by: Running, now: number): void {
    const before = this.content;
    this.content = content;
    this.changedAt = now;
    if (!content) {
      this.#followLoss(before, by, now);
      return;
    }
    if (before && content.version < before.version) {
      throw new Violation("I4", `the row went from version ${before.version} back to ${content.version}`);
    }
    if (content.userId !== null && content.idHash !== before?.idHash && by.item.act.startsWith("login")) {
      this.signedInBy = by.id;
      this.wasVisitors = before?.userId === null;
    }
    // What only notes a visit is no commit.
    if (content.commitIds !== before?.commitIds) by.commits += 1;
    this.#followIds(before, content, now);
    if (!content.tags) {
      if (before?.tags) this.#followMove(this.#cameOf(by)?.cookieTags ?? by.cookieTags);
      return;
    }
    this.versions.set(content.version, content.tags);
    // What waited for the database has reached it.
    for (const tag of content.tags) if (this.deferred.delete(tag)) this.guarded.add(tag);
    this.requireGuarded();
  }

  /** What waits in the cache for the row has become this; undefined: it has left the cache. */
  defer(tags: readonly string[] | undefined): void {
    if (!tags) for (const tag of this.waiting) this.dropped.add(tag);
    this.waiting = tags ?? [];
  }

  /** An event tells that what waited, or has just left the cache, is lost against the row. @throws {Violation} */
  lose(): void {
    const tags = [...this.waiting, ...this.dropped];
    if (this.content?.tags && tags.every((tag) => this.content?.tags?.includes(tag))) {
      throw new Violation("I5", `an event tells that a deferred write is lost, and the row holds ${tags.join(" ")}`);
    }
    for (const tag of tags) {
      this.deferred.delete(tag);
      this.told.add(tag);
    }
  }

  /** Every acknowledged write is there. @throws {Violation} */
  requireGuarded(): void {
    const tags = new Set(this.content?.tags);
    for (const tag of this.guarded) {
      if (!tags.has(tag)) throw new Violation("I1", `the acknowledged write ${tag} is gone from the row`);
    }
  }

  /** Whether an id still has to be let in. */
  isCurrent(id: string, now: number): boolean {
    const hash = hashOf(id);
    if (hash === this.content?.idHash) return true;
    const successor = this.#successors.get(hash);
    if (successor === undefined || !this.content) return false;
    return now < (this.#presentedAt.get(successor) ?? Number.POSITIVE_INFINITY) + GRACE;
  }

  /** Whether the row has known an id no longer, for so many milliseconds. */
  isRefused(id: string, now: number, longer: number): boolean {
    return now > (this.#refusedFrom.get(hashOf(id)) ?? Number.POSITIVE_INFINITY) + longer;
  }

  /** Notes that an id came with a request. */
  present(id: string, now: number): void {
    const hash = hashOf(id);
    if (!this.#presentedAt.has(hash)) this.#presentedAt.set(hash, now);
  }

  #followIds(before: Content | undefined, content: Content, now: number): void {
    const { idHash, previousIdHash, presentedAt } = content;
    if (previousIdHash !== null && presentedAt !== undefined) this.#refuse(previousIdHash, presentedAt + GRACE);
    if (!before || before.idHash === idHash) return;
    if (before.previousIdHash !== null) this.#refuse(before.previousIdHash, now);
    if (previousIdHash === before.idHash) {
      this.#successors.set(before.idHash, idHash);
    } else {
      this.#refuse(before.idHash, now);
      this.#successors.clear();
    }
  }

  #refuse(hash: string, from: number): void {
    this.#refusedFrom.set(hash, Math.min(from, this.#refusedFrom.get(hash) ?? from));
  }

  #followLoss(before: Content | undefined, by: Running, now: number): void {
    if (before) {
      this.removedBy = by.id;
      this.removedAt = now;
      this.removedContent = before;
    }
    if (this.doubtedBy === by.id && by.isTroubled) this.endAskedAt ??= now;
    if (!before || this.endAskedAt !== undefined || before.expiresAt <= now) return;
    // Its data moves into the cookie, which has it already: its own, or one beside a user's that has ended.
    const own = this.#cameOf(by);
    if (own?.token?.data === undefined || before.userId !== null) {
      throw new Violation("I1", "a row went, and nobody had asked for its end");
    }
    this.isReleased = true;
    this.#followMove(own.cookieTags);
  }

  /** What a request brought of this session: its own, or what came beside it. */
  #cameOf(by: Running): Pick<Running, "token" | "cookieTags"> | undefined {
    return [by, by.beside].find((came) => came?.token?.reference?.key === this.handle);
  }

  /** The data moved into the cookie: that of the request, with these tags, holds all of it, should its response be lost. */
  #followMove(cookieTags: readonly string[]): void {
    for (const tag of this.guarded) {
      if (!cookieTags.includes(tag)) {
        throw new Violation(
          "I1",
          `the acknowledged write ${tag} left the row, and the browser's cookie does not hold it`,
        );
      }
    }
    // From now on the browser keeps its last response, of an older cookie too.
    this.guarded.clear();
    this.versions.clear();
  }
}

/** The hash under which the library keeps an id. */
export function hashOf(id: string): string {
  return createHash("sha256").update(id).digest("base64url");
}

/** Checks the data of a session, wherever it was read, and returns its tags. @throws {Violation} */
export function tagsOf(data: Data): readonly string[] {
  const { log = [], n = 0, last } = data;
  if (new Set(log).size !== log.length) throw new Violation("I5", `a write was done twice: ${log.join(" ")}`);
  if (n !== log.length || last !== log.at(-1)) {
    throw new Violation("I5", `a commit was done in part: ${log.join(" ")}, counted ${n}, last ${last}`);
  }
  return log;
}

/** What a record says. */
export function contentOf(record: SessionRecord, decode: (data: string) => Data): Content {
  const { version, userId, idHash, previousIdHash, commitIds, data } = record;
  const presentedAt = record.presentedAt?.getTime();
  const [createdAt, seenAt, idleExpiresAt, expiresAt] = [
    record.createdAt.getTime(),
    record.seenAt.getTime(),
    record.idleExpiresAt.getTime(),
    record.expiresAt.getTime(),
  ];
  const tags = data === null ? undefined : tagsOf(decode(data));
  return {
    version,
    userId,
    idHash,
    previousIdHash,
    presentedAt,
    commitIds,
    createdAt,
    seenAt,
    idleExpiresAt,
    expiresAt,
    tags,
  };
}
