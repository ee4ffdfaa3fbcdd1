/** What this process knows of revocations: the application's epoch, and which sessions it has checked lately. */

import type { Tiers } from "../../tiers/tiers.js";
import { pause, Stopwatch } from "../../util/clock.js";
import { visitInterval } from "../../util/expiry.js";
import { settle, unwrap } from "../../util/outcome.js";
import type { ServerSettings } from "../settings/server-settings.js";
import type { Settings } from "../settings/settings.js";
import type { Token } from "../token/token.js";
import { CheckedSessions } from "./checked-sessions.js";
import { EPOCH, raiseCounter, readCounter } from "./counter.js";

/** What all bundles of one process share: Next evaluates a module once for each of them. */
interface ProcessMemory {
  epoch: number;
  /** Since the epoch was last read, and since that was last tried; undefined: never. */
  read: Stopwatch | undefined;
  tried: Stopwatch | undefined;
  /** The reading under way, and since when. */
  asking: Promise<void> | undefined;
  asked: Stopwatch | undefined;
  readonly checked: CheckedSessions;
}

/** How long an anonymous session waits for the epoch (milliseconds); then the last known one stands. */
const EPOCH_WAIT = 250;

/** What a check is good for in any case, within one request (milliseconds). */
const MIN_REQUEST = 1_000;

const MEMORIES = Symbol.for("spillway.revocation");

/** Epoch and checks of one application, over its tiers. Without tiers nothing is ever revoked. */
export class Revocation {
  readonly #tiers: Tiers | undefined;
  readonly #delay: number;
  readonly #checkDelay: number;
  readonly #memory: ProcessMemory;

  constructor(settings: Settings, server: ServerSettings, tiers: Tiers | undefined) {
    this.#tiers = tiers;
    this.#delay = server.revocationDelay;
    // Whoever comes often must not be taken for idle because the row is hardly ever looked at.
    this.#checkDelay = Math.min(server.revocationDelay, visitInterval(settings.idleTimeout));
    this.#memory = memoryOf(settings);
  }

  /** The epoch as last read: what a new session is sealed under. */
  get epoch(): number {
    return this.#memory.epoch;
  }

  /** Whether the epoch is to be read again. Where it could not be read, this is left until later. */
  get isStale(): boolean {
    return this.#tiers !== undefined && isDue(this.#memory.tried, this.#delay);
  }

  /** Whether the epoch has to be read again before it decides about a token. For a user's, a failed read does not count. */
  isUnsure(token: Token): boolean {
    if (token.userId === undefined) return this.isStale;
    return this.#tiers !== undefined && isDue(this.#memory.read, this.#delay);
  }

  /**
   * Whether the session of a token was ended by `destroyAll`. Reads the epoch when that is due; if it cannot be read, an
   * anonymous session keeps the last known one.
   * @throws {SessionStoreError} for a user's session, when the epoch cannot be read.
   */
  async isOutdated(token: Token): Promise<boolean> {
    if (this.isUnsure(token)) await (token.userId === undefined ? this.refreshGently() : this.#refresh());
    return token.epoch < this.epoch;
  }

  /** Reads the epoch, waiting at most {@link EPOCH_WAIT}, which requests that ask meanwhile share. Never rejects. */
  async refreshGently(): Promise<void> {
    const reading = this.#refresh().catch(() => undefined);
    await Promise.race([reading, pause(EPOCH_WAIT - (this.#memory.asked?.elapsed ?? 0))]);
  }

  /** Whether the row of a user's session has to be seen again. */
  isCheckDue(token: Token): boolean {
    return isDue(this.#memory.checked.since(token), this.#checkDelay);
  }

  /**
   * Whether the row of a user's session, seen when the request began, has to be seen again before its cookie is written: it was
   * changed since by this process, or the request has taken longer than a check is good for.
   */
  isInDoubt(token: Token): boolean {
    const { checked } = this.#memory;
    const since = checked.since(token);
    return checked.isKnownChanged(token) || (since !== undefined && isDue(since, Math.max(this.#delay, MIN_REQUEST)));
  }

  /** What this process has seen of users' sessions, and which of them it has ended. */
  get checked(): CheckedSessions {
    return this.#memory.checked;
  }

  /** Ends every session of the application: cookies too, since they are sealed under a lower epoch. */
  async raiseEpoch(): Promise<void> {
    if (!this.#tiers) return;
    // rule: destroyAll() raises the epoch
    const raised = await settle(raiseCounter(this.#tiers, EPOCH));
    // Raised in the store and not published: this process at least goes by it.
    this.#memory.epoch = raised.ok ? raised.value : await readCounter(this.#tiers, EPOCH, true);
    this.#memory.read = this.#memory.tried = new Stopwatch();
    unwrap(raised);
  }

  async #refresh(): Promise<void> {
    const memory = this.#memory;
    memory.asking ??= this.#read().finally(() => {
      memory.asking = undefined;
    });
    await memory.asking;
  }

  async #read(): Promise<void> {
    const memory = this.#memory;
    const since = new Stopwatch();
    memory.asked = since;
    try {
      const epoch = await readCounter(this.#tiers as Tiers, EPOCH, false);
      memory.epoch = Math.max(memory.epoch, epoch);
      memory.read = since;
    } finally {
      memory.tried = since;
    }
  }
}

function isDue(since: Stopwatch | undefined, delay: number): boolean {
  // rule: what was checked is checked again
  return since === undefined || since.elapsed >= delay;
}

/**
 * One memory for each application, on `globalThis` for all bundles of the process. What is there is a function: whoever
 * prints it sees neither the secrets by which applications are told apart, nor anything of their sessions.
 */
function memoryOf(settings: Settings): ProcessMemory {
  const holder = globalThis as { [MEMORIES]?: (scope: string) => ProcessMemory };
  holder[MEMORIES] ??= memories();
  return holder[MEMORIES](settings.scope());
}

function memories(): (scope: string) => ProcessMemory {
  const known = new Map<string, ProcessMemory>();
  return (scope) => {
    const memory = known.get(scope) ?? {
      epoch: 0,
      read: undefined,
      tried: undefined,
      asking: undefined,
      asked: undefined,
      checked: new CheckedSessions(),
    };
    known.set(scope, memory);
    return memory;
  };
}
