/** Calls to a tier, each within its time; and a tier that is slow or down is left out before it costs anything. */

import { SessionStoreError, type Tier } from "../errors.js";
import { now, within } from "../util/clock.js";
import type { Emit } from "../events.js";
import { redact, redactStoreError } from "../util/redact.js";

/** How a {@link CircuitBreaker} judges its tier. Times are milliseconds. */
export interface CircuitBreakerSettings {
  /** A call that takes longer has failed. */
  readonly timeout: number;
  /** So many failures in a row open the breaker. */
  readonly failures: number;
  /** How long an open breaker lets no call through. */
  readonly pause: number;
  /** Whether it refuses calls at all. The only tier that knows is asked in any case, and its breaker merely tells. */
  readonly refuses: boolean;
  /** Where it refuses calls: a request that has waited so long for one goes on without it. */
  readonly patience: number;
}

/** So many sluggish answers in a row are no coincidence. */
const ENOUGH = 2;

/** Who insists waits so many times longer: a revocation that rejects too early alarms people for nothing. */
const INSISTENCE = 4;

/**
 * A time budget and a circuit breaker around one tier.
 *
 * After the first call that failed or tried a request's patience, no request waits for the tier: they are refused at
 * once, but for one at a time that is made in the background to see whether the tier is back. One quick answer, and all
 * is as before. After more failures (slow answers are none) the breaker opens, and for a while not even that is tried.
 *
 * A request makes up to three calls, one after the other, and may wait for each as long as `patience`; so the answers
 * that take more than half of it count, too. A slow tier then costs a request its patience once, and the next nothing.
 */
export class CircuitBreaker {
  readonly #tier: Tier;
  readonly #settings: CircuitBreakerSettings;
  readonly #emit: Emit;
  #failed = 0;
  #sluggish = 0;
  #isAvoided = false;
  #isProbing = false;
  #openUntil = 0;

  constructor(tier: Tier, settings: CircuitBreakerSettings, emit: Emit) {
    this.#tier = tier;
    this.#settings = settings;
    this.#emit = emit;
  }

  /**
   * Runs a call.
   * @param insist makes the call whatever happened before, and waits four times as long: a revocation has to be tried.
   * @throws {SessionStoreError} when it failed, was too slow, or was refused. The outcome of a write is then unknown: it
   *   may yet happen.
   */
  async run<T>(call: () => Promise<T>, insist = false): Promise<T> {
    const { refuses, patience } = this.#settings;
    if (!refuses) return this.#call(call);
    if (insist) return this.#call(call, INSISTENCE);
    if (!this.#isAvoided) {
      return within(patience, this.#call(call), () => {
        const error = this.#late(patience);
        this.#avoid(error);
        return error;
      });
    }
    if (!this.isDown && !this.#isProbing) this.#probe(call);
    throw new SessionStoreError(this.#tier, `${this.#name} is slow or has failed, and is left alone for a moment.`);
  }

  /** Whether the breaker is open: the tier has failed repeatedly, a moment ago. */
  get isDown(): boolean {
    return now() < this.#openUntil;
  }

  /** Whether the tier is left out though it answers: it is only slow, and to be had by insisting. */
  get isSlow(): boolean {
    return this.#isAvoided && this.#failed === 0;
  }

  #probe(call: () => Promise<unknown>): void {
    this.#isProbing = true;
    const settled = () => {
      this.#isProbing = false;
    };
    this.#call(call).then(settled, settled);
  }

  async #call<T>(call: () => Promise<T>, times = 1): Promise<T> {
    const timeout = this.#settings.timeout * times;
    const started = now();
    let result: T;
    try {
      result = await within(timeout, call(), () => this.#late(timeout));
    } catch (cause) {
      const error = this.#wrap(cause);
      this.#setBack(error);
      throw error;
    }
    this.#answered(now() - started);
    return result;
  }

  #answered(took: number): void {
    const { refuses, patience } = this.#settings;
    const isQuick = !refuses || took <= patience / 2;
    this.#failed = 0;
    this.#openUntil = 0;
    this.#sluggish = isQuick ? 0 : this.#sluggish + 1;
    if (isQuick) this.#isAvoided = false;
    else if (this.#sluggish >= ENOUGH) this.#avoid(this.#late(patience / 2));
  }

  #avoid(error: SessionStoreError): void {
    if (this.#isAvoided) return;
    this.#isAvoided = true;
    this.#emit("unavailable", { tier: this.#tier, error });
  }

  #setBack(error: SessionStoreError): void {
    const { failures, pause } = this.#settings;
    this.#failed += 1;
    this.#isAvoided = true;
    if (this.#failed >= failures) this.#openUntil = now() + pause;
    this.#emit("unavailable", { tier: this.#tier, error });
  }

  get #name(): string {
    return this.#tier === "cache" ? "The session cache" : "The session store";
  }

  #late(milliseconds: number): SessionStoreError {
    return new SessionStoreError(
      this.#tier,
      `${this.#name} did not answer within ${milliseconds} ms (\`${this.#tier}Timeout\` is ${this.#settings.timeout} ms).`,
      "unknown",
    );
  }

  /** What a client threw quotes statements and values: only what may be told of it goes on. */
  #wrap(thrown: unknown): SessionStoreError {
    if (thrown instanceof SessionStoreError) return redactStoreError(thrown);
    const cause = redact(thrown);
    // rule: what may have happened is not denied (one call)
    return new SessionStoreError(this.#tier, `${this.#name} failed. Its client threw ${cause}.`, "unknown", { cause });
  }
}
