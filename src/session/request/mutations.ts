/** How the mutations of one session are run: refused where a page renders, recorded or committed, and watched. */

import { assertKey } from "../../codec/codec.js";
import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import { apply, type KeyedOperation, type Operation } from "../operations.js";
import type { Written } from "../session.js";
import type { Committed, Intent } from "../state.js";
import { naming, readOnly, refusePrefetch } from "./refusals.js";
import { watch } from "./unawaited.js";
import type { UnitOfWork } from "./unit-of-work.js";

/** What a write answers while it is only recorded. */
export const RECORDED: Written = Object.freeze({ durable: true });

/** Runs the mutations of a unit of work. Each is told by its call, `set("cart")` for example, which errors name. */
export class Mutations {
  /** Where the response can carry no cookie, as while a page renders, every mutation is refused. */
  readonly areAllowed: boolean;
  readonly #unit: UnitOfWork;

  constructor(unit: UnitOfWork) {
    this.#unit = unit;
    this.areAllowed = unit.outgoing.canSend;
  }

  /** Records operations; resolves when they are committed, or inside `withSession` at once. */
  write(call: string, operations: () => readonly Operation[]): Promise<Written> {
    return this.run(call, () => {
      for (const operation of operations()) this.#unit.log.record(operation);
      return this.#unit.log.isScoped ? RECORDED : chain(this.#unit.schedule(), written);
    });
  }

  /** Records an operation that has an answer: that of its commit, or inside `withSession` a provisional one. */
  answer(call: string, operation: () => KeyedOperation): Promise<unknown> {
    return this.run(call, () => {
      const recorded = operation();
      if (!this.#unit.log.isScoped) {
        const place = this.#unit.log.record(recorded);
        return this.#unit.schedule().then(({ results }) => this.#mayChange(recorded.key, results[place]));
      }
      return chain(this.#unit.view(), (values) => {
        const answer = apply(new Map(values), recorded);
        this.#unit.log.record(recorded);
        return this.#mayChange(recorded.key, answer);
      });
    });
  }

  /** Records an operation and commits it at once, with all that was recorded before. */
  take(call: string, operationOf: () => KeyedOperation): Promise<unknown> {
    return this.run(call, () => {
      const operation = operationOf();
      const place = this.#unit.log.record(operation);
      const committed = this.#unit.commit({ type: "write" });
      return chain(committed, ({ results }) => this.#mayChange(operation.key, results[place]));
    });
  }

  /** Commits what is recorded, for a purpose. */
  commit(intent: Intent): MaybePromise<Written> {
    return chain(this.#unit.commit(intent), written);
  }

  /** Runs a mutation, and in development tells who forgets to wait for one that takes I/O. */
  run<T>(call: string, work: () => MaybePromise<T>): Promise<T> {
    try {
      if (!this.areAllowed) throw readOnly(call);
      refusePrefetch(this.#unit, call);
      this.#unit.accessed = true;
      const outcome = work();
      if (!(outcome instanceof Promise)) return Promise.resolve(outcome);
      if (this.#unit.log.isScoped) this.#unit.log.follow(outcome);
      if (this.#unit.outgoing.isOpen) {
        const { settings, emit } = this.#unit.context;
        return settings.development ? watch(outcome, call, () => emit("unawaited", { call })) : outcome;
      }
      return outcome.catch((error) => Promise.reject(naming(call, error)));
    } catch (error) {
      return Promise.reject(naming(call, error));
    }
  }

  /** A copy of a value that is to be kept: its owner may change the original at any time. */
  copy(key: string, value: unknown): unknown {
    assertKey(key);
    return this.#unit.context.settings.codec.snapshot(value, key);
  }

  /** A value that whoever gets it may change in place: a copy of one that is shared, which is frozen. */
  #mayChange(key: string, value: unknown): unknown {
    return isObject(value) && Object.isFrozen(value) ? this.#unit.context.settings.codec.snapshot(value, key) : value;
  }
}

/** Whether a value can be changed in place. */
export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** What a write answers once it is committed. */
export function written({ durable }: Committed): Written {
  return { durable };
}
