/** What does not last: quick values and messages, by the tag of who left them, and who may be shown them. */

import { Violation } from "./held.js";
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
  /** When users signed in, by their handle, as it was acknowledged. */
  readonly #signedInAt = new Map<string, number>();
  /** What each request was shown, and takes away when its response arrives. */
  readonly #taken = new Map<number, Left[]>();

  /** A request leaves something for its session, of which this is the user. */
  leave(tag: string, by: Running, userId: string | undefined): void {
    this.#left.set(tag, { by, userId, goneAt: undefined });
  }

  /** A user has signed in. */
  signIn(handle: string, now: number): void {
    if (!this.#signedInAt.has(handle)) this.#signedInAt.set(handle, now);
  }

  /** A request is shown a quick value. @throws {Violation} */
  show(tag: string, by: Running, shown: Shown): void {
    const left = this.#ownOf(tag, by);
    const signedInAt = shown.handle === undefined ? undefined : this.#signedInAt.get(shown.handle);
    if (signedInAt !== undefined && left.userId === undefined && left.by.startedAt > signedInAt) {
      throw new Violation("I3", `the quick value ${tag} is a visitor's, who came after ${shown.userId} had signed in`);
    }
  }

  /** A request is shown a message, and takes it away. @throws {Violation} */
  take(tag: string, by: Running): void {
    const left = this.#ownOf(tag, by);
    if (left.goneAt !== undefined && by.sentAt > left.goneAt && !by.item.act.startsWith("replay")) {
      throw new Violation("I5", `the message ${tag} was shown twice`);
    }
    this.#taken.set(by.id, [...(this.#taken.get(by.id) ?? []), left]);
  }

  /** The response of a request has arrived. */
  arrive(by: Running, now: number): void {
    for (const left of this.#taken.get(by.id) ?? []) left.goneAt ??= now;
  }

  /** What was left under a tag by this browser. @throws {Violation} */
  #ownOf(tag: string, by: Running): Left {
    const left = this.#left.get(tag);
    if (left?.by.browser !== by.browser) throw new Violation("I3", `${tag} is another browser's`);
    return left;
  }
}
