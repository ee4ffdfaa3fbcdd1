/** The row queue: requests of one process that commit to the same row do so one after the other. */

import { within } from "../util/clock.js";
import { KeyedQueue, type Place } from "../util/keyed-queue.js";
import { settle } from "../util/outcome.js";
import type { SessionRecord } from "./store.js";

/** How long a commit waits in the queue (milliseconds). Queueing saves attempts and decides nothing: the version does. */
const LONGEST_WAIT = 2000;

/** The queues at all rows of one process. Each commit leaves the row, as it has written it, to the next one. */
export class RowQueue {
  readonly #queue = new KeyedQueue<SessionRecord>();

  /** A ticket for one commit. It stands in no queue until it waits. */
  ticket(): RowTicket {
    return new RowTicket(this.#queue);
  }
}

/**
 * One commit's ticket for a row. Without it, each of n requests that meet in one process would make n attempts, and many
 * would run out of them. Each hands the row that it wrote to the next one, which then need not read it.
 */
export class RowTicket {
  readonly #queue: KeyedQueue<SessionRecord>;
  #place: Place<SessionRecord> | undefined;
  #isFirst = false;

  constructor(queue: KeyedQueue<SessionRecord>) {
    this.#queue = queue;
  }

  /**
   * Waits for the commits of this process that came before; returns at once when this one is first already. A commit
   * that gave up waiting, and then met others at the row, queues up anew: many may have given up in the same moment.
   * @returns the row as the commit before has written it, a moment ago; undefined when that is not known.
   */
  async wait(key: string): Promise<SessionRecord | undefined> {
    if (this.#isFirst) return undefined;
    this.#place?.leave();
    this.#place = this.#queue.join(key);
    const { before } = this.#place;
    const waited = before && (await settle(within(LONGEST_WAIT, before, () => new Error("The row was not left."))));
    this.#isFirst = waited?.ok !== false;
    return waited?.ok ? waited.value : undefined;
  }

  /** Lets the next one go, with the row as it is now, if that is known. Leaving again does nothing. */
  leave(record?: SessionRecord): void {
    this.#place?.leave(record);
  }
}
