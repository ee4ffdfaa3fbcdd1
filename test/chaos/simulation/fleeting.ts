/** What does not last: quick values and messages, by the tag of who left them, and who may be shown them. */

import type { Token } from "../../../src/session/token/token.js";
import { Violation } from "./held.js";
import type { Setting } from "./plan.js";
import type { Running } from "./running.js";

/** A quick value or a message. */
interface Left {
  readonly by: Running;
  /** The user for whom it was left. */
  readonly userId: string | undefined;
  /** When a response that had shown it arrived. */
  goneAt: number | undefined;
}

/** The session that somebody is shown something of. */
export interface Shown {
  readonly userId: string | undefined;
  readonly handle: string | undefined;
}

export class Fleeting {
  readonly #left = new Map<string, Left>();
  /** For how long a process believes that a session lives (milliseconds). */
  readonly #believed: number;
  /** How late replicas of the cache are (milliseconds). */
  readonly #lag: number;
  /** The quick value that the server has for a lineage, where nobody else was about when it was set. */
  readonly #standing = new Map<string, string>();
  /** When sessions ended, by their lineage, and when users signed in, by their handle; as it was acknowledged. */
  readonly #endedAt = new Map<string, number>();
  readonly #signedInAt = new Map<string, number>();
  /** What each request was shown, and takes away when its response arrives. */
  readonly #taken = new Map<number, Left[]>();

  constructor({ revocationDelay, lag }: Setting) {
    this.#believed = revocationDelay + lag;
    this.#lag = lag;
  }

  /** A request has set a quick value, or taken it (`tag` undefined). */
  settle({ token, isOverlapped }: Running, tag: string | undefined): void {
    if (!token) return;
    if (tag === undefined || isOverlapped) this.#standing.delete(token.lineage);
    else this.#standing.set(token.lineage, tag);
  }

  /** A session is read while nothing goes wrong, by a cookie that says that it has quick values. @throws {Violation} */
  requireStanding({ token }: Running, quick: string | undefined): void {
    const standing = token?.quick ? this.#standing.get(token.lineage) : undefined;
    if (standing !== undefined && quick !== standing) {
      throw new Violation("I5", `the quick value is ${quick}, and ${standing} was set`);
    }
  }

  /** A request leaves something for its session, of which this is the user. */
  leave(tag: string, by: Running, userId: string | undefined): void {
    this.#left.set(tag, { by, userId, goneAt: undefined });
  }

  /** A session was ended by whoever has it. */
  end({ lineage }: Token, now: number): void {
    this.#endedAt.set(lineage, now);
  }

  /** A user has signed in. */
  signIn(handle: string, now: number): void {
    if (!this.#signedInAt.has(handle)) this.#signedInAt.set(handle, now);
  }

  /** A request is shown a quick value. @throws {Violation} */
  show(tag: string, by: Running, shown: Shown): void {
    const left = this.#ownOf(tag, by, shown);
    const { token } = left.by;
    const endedAt = token && this.#endedAt.get(token.lineage);
    // What the cookie holds is believed for as long as the session is.
    const allowance = by.token?.data === undefined ? this.#lag : this.#believed;
    if (endedAt !== undefined && by.startedAt > endedAt + allowance && left.userId !== undefined) {
      throw new Violation("I2", `the quick value ${tag} has outlived its session`);
    }
    const signedInAt = shown.handle === undefined ? undefined : this.#signedInAt.get(shown.handle);
    if (signedInAt !== undefined && left.userId === undefined && left.by.startedAt > signedInAt) {
      throw new Violation("I3", `the quick value ${tag} is a visitor's, who came after ${shown.userId} had signed in`);
    }
  }

  /** A request is shown a message, and takes it away. @throws {Violation} */
  take(tag: string, by: Running, shown: Shown): void {
    const left = this.#ownOf(tag, by, shown);
    if (left.goneAt !== undefined && by.sentAt > left.goneAt && !by.item.act.startsWith("replay")) {
      throw new Violation("I5", `the message ${tag} was shown twice`);
    }
    this.#taken.set(by.id, [...(this.#taken.get(by.id) ?? []), left]);
  }

  /** The response of a request has arrived. */
  arrive(by: Running, now: number): void {
    for (const left of this.#taken.get(by.id) ?? []) left.goneAt ??= now;
  }

  /** What was left under a tag: by this browser, for this user or for nobody. @throws {Violation} */
  #ownOf(tag: string, by: Running, { userId }: Shown): Left {
    const left = this.#left.get(tag);
    if (left?.by.browser !== by.browser) throw new Violation("I3", `${tag} is another browser's`);
    if (left.userId !== undefined && left.userId !== userId) {
      throw new Violation("I3", `${tag} is ${left.userId}'s, and is shown to ${userId ?? "nobody"}`);
    }
    return left;
  }
}
