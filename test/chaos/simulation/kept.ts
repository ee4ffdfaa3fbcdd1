/** What outlives a sign-out when that is asked for (`logout({ keep })`), by the tag of who set it. */

import { Violation } from "./held.js";
import type { Running } from "./running.js";

/** A value, and for which user it was set; undefined: for whoever has the browser. */
interface Value {
  readonly by: Running;
  userId: string | undefined;
}

export class Kept {
  readonly #values = new Map<string, Value>();

  /** A request sets a value in a session of this user, or of nobody. */
  set(tag: string, by: Running, userId: string | undefined): void {
    this.#values.set(tag, { by, userId });
  }

  /** A value is to be there after the sign-out. */
  keep(tag: string): void {
    const value = this.#values.get(tag);
    if (value) value.userId = undefined;
  }

  /** A request is shown a value in a session of this user, or of nobody. @throws {Violation} */
  show(tag: string, by: Running, userId: string | undefined): void {
    const value = this.#values.get(tag);
    if (value?.by.browser !== by.browser) throw new Violation("I3", `${tag} is another browser's`);
    if (value.userId !== undefined && value.userId !== userId) {
      throw new Violation("I3", `${tag} was not to be kept of ${value.userId}, and is shown to ${userId ?? "nobody"}`);
    }
  }
}
