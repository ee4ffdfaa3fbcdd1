/** A circuit breaker with a time budget around one tier: a tier that is slow or down is left out before it costs anything. */

import { SessionStoreError, type Tier } from "../errors.js";
import type { Emit } from "../events.js";
import { Stopwatch, within } from "../util/clock.js";
import { redact, redactStoreError } from "../util/redact.js";
import { CacheRefusalError } from "./cache.js";

/** How a {@link CircuitBreaker} judges its tier. Times are milliseconds. */
export interface CircuitBreakerSettings {
  /** A call that takes longer has failed. */
  readonly timeout: number;
  /** Where calls are refused: a request that has waited this long for an answer goes on without it. */
  readonly softTimeout: number;
  /** After this many failures in a row the breaker opens. */
  readonly failures: number;
  /** How long an open breaker lets no call through. */
  readonly pause: number;
  /** Whether calls are refused at all. The arbiter is always asked; its breaker only tells in which state it is. */
  readonly refuses: boolean;
}

/**
 * Whether calls are let through. `closed`: all are. `avoided`: the last call failed, or answers are slow; calls are
 * refused, but one at a time is made in the background, as a probe. `open`: the tier has failed repeatedly, and for a
 * while not even probes are made. `half-open`: that time is over, and probes are made again.
 */
export type CircuitState = "closed" | "avoided" | "open" | "half-open";

/** This many slow answers in a row make a tier avoided: a single one may be chance. */
const SLOW_ANSWERS = 2;

/** A forced call may take this many timeouts: a revocation that rejects too early alarms people for nothing. */
const FORCED_TIMEOUTS = 4;

/**
 * A circuit breaker with a time budget around one tier.
 *
 * After the first call that failed or took longer than `softTimeout`, no request waits for the tier: calls are refused
 * at once, and one at a time is made in the background to see whether the tier is back. One quick answer closes the
 * breaker. After more failures (slow answers are none) it opens, and for a while no probe is made either.
 *
 * A request makes up to three calls, one after the other, and may wait `softTimeout` for each; therefore an answer counts
 * as slow when it takes more than half of that. A slow tier then costs a request its `softTimeout` once, and the next
 * request nothing.
 */
export class CircuitBreaker {
  readonly #tier: Tier;
  readonly #settings: CircuitBreakerSettings;
  readonly #emit: Emit;
  /** Failures in a row. */
  #failures = 0;
  /** Slow answers in a row. */
  #slowAnswers = 0;
  #isAvoided = false;
  #isProbing = false;
  /** Started when it opened; undefined while it is not open. */
  #opened: Stopwatch | undefined;

  constructor(tier: Tier, settings: CircuitBreakerSettings, emit: Emit) {
    this.#tier = tier;
    this.#settings = settings;
    this.#emit = emit;
  }

  /** The state of the breaker now. */
  get state(): CircuitState {
    const { failures, pause } = this.#settings;
    if (this.#opened && this.#opened.elapsed < pause) return "open";
    if (this.#failures >= failures) return "half-open";
    return this.#isAvoided ? "avoided" : "closed";
  }

  /** Whether the tier answers and is avoided only because it is slow: a forced call would reach it. */
  get isSlow(): boolean {
    return this.#isAvoided && this.#failures === 0;
  }

  /**
   * Runs a call.
   * @param force makes the call in every state, and waits for four timeouts: for what has to be tried, such as a
   *   revocation.
   * @throws {SessionStoreError} when the call failed, took too long, or was refused. The outcome of a write that failed
   *   or took too long is unknown: it may yet take effect.
   */
  async run<T>(call: () => Promise<T>, force = false): Promise<T> {
    const { refuses, softTimeout } = this.#settings;
    if (!refuses) return this.#call(call);
    if (force) return this.#call(call, FORCED_TIMEOUTS);
    const state = this.state;
    if (state === "closed") {
      return within(softTimeout, this.#call(call), () => {
        const error = this.#late(softTimeout);
        this.#avoid(error);
        return error;
      });
    }
    if (state !== "open") this.#probe(call);
    throw new SessionStoreError(this.#tier, `${this.#name} is slow or has failed, and is not asked for a moment.`);
  }

  /** Makes a call in the background, unless one is under way. */
  #probe(call: () => Promise<unknown>): void {
    if (this.#isProbing) return;
    this.#isProbing = true;
    const ended = () => {
      this.#isProbing = false;
    };
    this.#call(call).then(ended, ended);
  }

  async #call<T>(call: () => Promise<T>, timeouts = 1): Promise<T> {
    const timeout = this.#settings.timeout * timeouts;
    const watch = new Stopwatch();
    let result: T;
    try {
      result = await within(timeout, call(), () => this.#late(timeout));
    } catch (cause) {
      const error = this.#wrap(cause);
      if (cause instanceof CacheRefusalError) this.#noteRefusal(error, watch.elapsed);
      else this.#noteFailure(error);
      throw error;
    }
    this.#noteAnswer(watch.elapsed);
    return result;
  }

  #noteAnswer(took: number): void {
    const { refuses, softTimeout } = this.#settings;
    const isQuick = !refuses || took <= softTimeout / 2;
    this.#failures = 0;
    this.#opened = undefined;
    this.#slowAnswers = isQuick ? 0 : this.#slowAnswers + 1;
    if (isQuick) this.#isAvoided = false;
    else if (this.#slowAnswers >= SLOW_ANSWERS) this.#avoid(this.#late(softTimeout / 2));
  }

  /** One call was refused: the tier has answered, and is as well as before. */
  #noteRefusal(error: SessionStoreError, took: number): void {
    this.#noteAnswer(took);
    this.#emit("unavailable", { tier: this.#tier, error });
  }

  #noteFailure(error: SessionStoreError): void {
    this.#failures += 1;
    this.#isAvoided = true;
    if (this.#failures >= this.#settings.failures) this.#opened = new Stopwatch();
    this.#emit("unavailable", { tier: this.#tier, error });
  }

  #avoid(error: SessionStoreError): void {
    if (this.#isAvoided) return;
    this.#isAvoided = true;
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
