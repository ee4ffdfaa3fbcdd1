/** Calls to a tier, each within its time, and none at all for a while after too many have failed. */

import { SessionStoreError, type Tier } from "../errors.js";
import { now, within } from "./clock.js";
import type { Emit } from "./events.js";

/** How a {@link Guard} judges its tier. Times are milliseconds. */
export interface GuardSettings {
  /** A call that takes longer has failed. */
  readonly timeout: number;
  /** So many failures in a row open the breaker. Infinity: never. */
  readonly failures: number;
  /** How long an open breaker refuses calls before it lets one through to try. */
  readonly pause: number;
}

/** A time budget and a circuit breaker around one tier. */
export class Guard {
  readonly #tier: Tier;
  readonly #settings: GuardSettings;
  readonly #emit: Emit;
  #failed = 0;
  #openUntil = 0;

  constructor(tier: Tier, settings: GuardSettings, emit: Emit) {
    this.#tier = tier;
    this.#settings = settings;
    this.#emit = emit;
  }

  /**
   * Runs a call.
   * @param insist calls even while the breaker is open: a revocation has to be tried.
   * @throws {SessionStoreError} when it failed, was too slow, or the breaker is open. The outcome of a write is then
   *   unknown: it may yet happen.
   */
  async run<T>(call: () => Promise<T>, insist = false): Promise<T> {
    if (!insist && now() < this.#openUntil) {
      throw new SessionStoreError(this.#tier, `${this.#name} has failed repeatedly and is left alone for a moment.`);
    }
    try {
      const result = await within(this.#settings.timeout, call(), () => this.#late());
      this.#failed = 0;
      this.#openUntil = 0;
      return result;
    } catch (cause) {
      const error = this.#wrap(cause);
      this.#failed += 1;
      if (this.#failed >= this.#settings.failures) this.#openUntil = now() + this.#settings.pause;
      this.#emit("unavailable", { tier: this.#tier, error });
      throw error;
    }
  }

  get #name(): string {
    return this.#tier === "cache" ? "The session cache" : "The session store";
  }

  #late(): Error {
    return new SessionStoreError(
      this.#tier,
      `${this.#name} did not answer within ${this.#settings.timeout} ms (\`${this.#tier}Timeout\`).`,
      "unknown",
    );
  }

  #wrap(cause: unknown): SessionStoreError {
    if (cause instanceof SessionStoreError) return cause;
    return new SessionStoreError(this.#tier, `${this.#name} failed.`, "unknown", { cause });
  }
}
