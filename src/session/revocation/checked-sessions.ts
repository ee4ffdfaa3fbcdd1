/** Which sessions with a row this process has lately seen alive, and which it has ended or given another id. Bounded. */

import { Stopwatch } from "../../util/clock.js";
import type { Loaded } from "../state.js";
import type { Token } from "../token/token.js";

/** What is known of one row. */
interface Checked {
  /** The id under which the row was seen, by {@link nameOf}; empty when this process has ended it. */
  readonly name: string;
  /** Since the row was last seen. */
  readonly since: Stopwatch | undefined;
  /** Since the row was ended, or given its id: what was seen before, under any other, tells nothing. */
  readonly changed: Stopwatch | undefined;
  /** Since the browser itself ended it in this process, by signing out for example: its response says so. */
  readonly leftByBrowser?: Stopwatch | undefined;
  /** Since this process first knew that the row has ended. */
  readonly ended?: Stopwatch | undefined;
}

/** How late a request or a response may come, after others have given its browser other cookies (milliseconds). */
export const MAX_LATENESS = 10_000;

/** How many rows are remembered; forgetting one only means another check. One takes some 200 bytes. */
const REMEMBERED = 10_000;

/** The memory of one process and application. */
export class CheckedSessions {
  /** By the key of the row, the one noted longest ago first. */
  readonly #rows = new Map<string, Checked>();

  /** Since the row of a token was last seen alive under its id; undefined: never. */
  since({ id, reference }: Token): Stopwatch | undefined {
    const known = reference && this.#rows.get(reference.key);
    return known?.name === nameOf(id) ? known.since : undefined;
  }

  /** Notes that the row of a token was seen alive under its id. @param since started before it was read. */
  note({ id, reference }: Token, since: Stopwatch): void {
    if (!reference) return;
    const known = this.#rows.get(reference.key);
    const name = nameOf(id);
    if (known?.changed && known.name !== name && since.elapsed >= known.changed.elapsed) return;
    this.#set(reference.key, { name, since, changed: known?.changed });
  }

  /** Forgets when the row of a token was seen: it is checked at once. */
  forget({ reference }: Token): void {
    const known = reference && this.#rows.get(reference.key);
    if (known) this.#set(reference.key, { ...known, since: undefined });
  }

  /**
   * Notes what this process has written itself: the row was alive then, under the id that it has now. Where
   * that is a new one, the earlier ids are checked at once.
   * @param since started before it was written.
   */
  noteWritten(before: Loaded, { token, record }: Loaded, since: Stopwatch): void {
    if (!token?.reference || !record || record === before.record) return;
    if (token.id === before.token?.id) this.note(token, since);
    else this.#set(token.reference.key, { name: nameOf(token.id), since, changed: new Stopwatch() });
  }

  /**
   * Notes that this process has ended a row, or found it ended: whoever comes with it is checked at once.
   * @param isByBrowser whether the session's own browser has ended it, and so learns of it by the response.
   */
  noteEnded(key: string, isByBrowser = false): void {
    const known = this.#rows.get(key);
    const leftByBrowser = isByBrowser ? new Stopwatch() : known?.leftByBrowser;
    const ended = known?.ended ?? new Stopwatch();
    this.#set(key, { name: "", since: undefined, changed: new Stopwatch(), leftByBrowser, ended });
  }

  /** Since the session's own browser ended the row in this process; undefined: not that this process knows. */
  leftByBrowser(key: string): Stopwatch | undefined {
    return this.#rows.get(key)?.leftByBrowser;
  }

  /** Since this process first knew that the row of a token has ended; undefined: it does not know of it. */
  ended({ reference }: Token): Stopwatch | undefined {
    return reference && this.#rows.get(reference.key)?.ended;
  }

  /** Whether this process has ended the row of a token, or given it another id than the token's. */
  isKnownChanged({ id, reference }: Token): boolean {
    const known = reference && this.#rows.get(reference.key);
    return known?.changed !== undefined && known.name !== nameOf(id);
  }

  #set(key: string, checked: Checked): void {
    this.#rows.delete(key);
    this.#rows.set(key, checked);
    if (this.#rows.size > REMEMBERED) this.#rows.delete(this.#rows.keys().next().value as string);
  }
}

/** What an id is remembered by: half of it, 128 bits that no other shares. The other half, which nobody guesses, stays out. */
function nameOf(id: string): string {
  return id.slice(0, Math.ceil(128 / 6));
}
