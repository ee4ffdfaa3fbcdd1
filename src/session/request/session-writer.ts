/** The session object in whole: reading, and writing where a response can carry cookies. */

import { assertKey } from "../../codec/codec.js";
import { SessionError } from "../../errors.js";
import type { FlashMessage } from "../../flash/flash.js";
import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import { apply, type KeyedOperation, type Operation } from "../operations.js";
import type { Session, Written } from "../session.js";
import type { Committed, Intent } from "../state.js";
import { deadlineOf, entriesOf, named, namesOf, optionalBoolean } from "./arguments.js";
import { endKeeping, endNow, endSession } from "./end-session.js";
import { SessionReader } from "./session-reader.js";
import { watch } from "./unawaited.js";
import type { UnitOfWork } from "./unit-of-work.js";

/** What a write answers while it is only recorded. */
const RECORDED: Written = Object.freeze({ durable: true });

/** The session of a unit of work as its user sees it, with the types of the application's data. */
export function sessionOf<Data extends object, Flash extends object>(unit: UnitOfWork): Session<Data, Flash> {
  return new SessionWriter(unit) as unknown as Session<Data, Flash>;
}

/** Implements `Session` over a unit of work; the public interface has the documentation. */
class SessionWriter extends SessionReader {
  readonly #isWritable: boolean;

  /** Where the response can carry no cookie, as while a page renders, every write is refused. */
  constructor(unit: UnitOfWork) {
    super(unit);
    this.#isWritable = unit.outgoing.canSend;
  }

  set(...args: [key: string, value: unknown] | [values: Record<string, unknown>]): Promise<Written> {
    const call = `set(${namesOf(args[0])})`;
    return this.#write(call, () =>
      entriesOf(args).map(([name, one]) => ({ type: "set", key: name, value: this.#copy(name, one) })),
    );
  }

  setDefault(key: string, value: unknown): Promise<unknown> {
    return this.#answer(`setDefault(${named(key)})`, () => ({ type: "default", key, value: this.#copy(key, value) }));
  }

  update(key: string, change: (value: unknown) => unknown): Promise<unknown> {
    const copied = (value: unknown) => {
      // A copy, which the function may change in place: others read the value, and the function may run again.
      const changed = change(isObject(value) ? this.#copy(key, value) : value);
      return changed === undefined || changed instanceof Promise ? changed : this.#copy(key, changed);
    };
    return this.#answer(`update(${named(key)})`, () => {
      assertKey(key);
      return { type: "update", key, change: copied };
    });
  }

  delete(key: string): Promise<unknown> {
    return this.#answer(`delete(${named(key)})`, () => ({ type: "delete", key: this.#checked(key) }));
  }

  clear(): Promise<Written> {
    return this.#write("clear()", () => [{ type: "clear" }]);
  }

  pop(key: string, fallback?: unknown): Promise<unknown> {
    return this.#take(`pop(${named(key)})`, () => ({ type: "pop", key: this.#checked(key), fallback }));
  }

  setQuick(key: string, value: unknown): Promise<Written> {
    return this.#write(`setQuick(${named(key)})`, () => [
      { type: "set", key, value: this.#copy(key, value), quick: true },
    ]);
  }

  popQuick(key: string, fallback?: unknown): Promise<unknown> {
    const call = `popQuick(${named(key)})`;
    return this.#take(call, () => ({ type: "pop", key: this.#checked(key), fallback, quick: true }));
  }

  flash(key: string, message: unknown): Promise<Written> {
    return this.#mutate(`flash(${named(key)})`, () => {
      assertKey(key);
      this.unit.flash.add(key, message);
      return this.unit.log.isScoped ? RECORDED : chain(this.unit.flash.send(), () => RECORDED);
    });
  }

  override async flashes(): Promise<readonly FlashMessage[]> {
    return this.#isWritable ? this.unit.flash.take() : this.unit.flash.messages();
  }

  start(options: { expiresAt?: Date; secure?: boolean } = {}): Promise<Written> {
    return this.#mutate("start()", () => {
      const secure = optionalBoolean("start", "secure", options.secure);
      const { expiresAt, isPast } = deadlineOf("start", options.expiresAt);
      return chain(this.unit.load(), () => {
        if (this.active) {
          throw new SessionError("conflict", "start() was called in a session that is active: it cannot be converted.");
        }
        return isPast ? endNow(this.unit) : this.#commit({ type: "start", expiresAt, secure });
      });
    });
  }

  regenerateId(options: { expiresAt?: Date } = {}): Promise<Written> {
    return this.#mutate("regenerateId()", () => {
      const { expiresAt, isPast } = deadlineOf("regenerateId", options.expiresAt);
      // Not loaded before: a session whose values cannot be read can be ended.
      if (isPast) return endNow(this.unit);
      return chain(this.unit.load(), () =>
        this.#commit(this.active ? { type: "regenerate", expiresAt } : { type: "write" }),
      );
    });
  }

  login(userId: string, options: { remember?: boolean } = {}): Promise<Written> {
    if (typeof userId !== "string" || userId === "") {
      return Promise.reject(new TypeError("login() needs the user's id, as a string that is not empty."));
    }
    return this.#mutate("login()", () => {
      const persistent = optionalBoolean("login", "remember", options.remember);
      const { token, flash, outgoing } = this.unit;
      const isOther = token?.userId !== undefined && token.userId !== userId;
      return chain(this.unit.commit({ type: "login", userId, persistent }), (committed) =>
        chain(isOther && outgoing.isOpen ? flash.dropCame() : undefined, () => written(committed)),
      );
    });
  }

  logout(options: { keep?: readonly string[] } = {}): Promise<void> {
    return this.#mutate("logout()", async () => {
      const { keep = [] } = options;
      if (!Array.isArray(keep)) throw new TypeError("logout() needs `keep` as a list of keys.");
      const kept = await endKeeping(this.unit, keep);
      if (kept.length === 0) return;
      for (const [key, value] of kept) this.unit.log.record({ type: "set", key, value });
      await this.#commit({ type: "write" });
    });
  }

  destroy(): Promise<void> {
    return this.#mutate("destroy()", () => endSession(this.unit, "destroy"));
  }

  commit(options: { placement?: "server" } = {}): Promise<Written> {
    if (options.placement !== undefined && options.placement !== "server") {
      return Promise.reject(new TypeError('commit() needs `placement` as "server", or none.'));
    }
    return this.#lifecycle("commit()", { type: options.placement === "server" ? "pin" : "write" });
  }

  /** Records operations; resolves when they are committed, or inside `withSession` at once. */
  #write(call: string, operations: () => readonly Operation[]): Promise<Written> {
    return this.#mutate(call, () => {
      for (const operation of operations()) this.unit.log.record(operation);
      return this.unit.log.isScoped ? RECORDED : chain(this.unit.schedule(), written);
    });
  }

  /** Records an operation that has an answer: that of its commit, or inside `withSession` a provisional one. */
  #answer(call: string, operation: () => KeyedOperation): Promise<unknown> {
    return this.#mutate(call, () => {
      const recorded = operation();
      if (!this.unit.log.isScoped) {
        const place = this.unit.log.record(recorded);
        return this.unit.schedule().then(({ results }) => this.#mayChange(recorded.key, results[place]));
      }
      return chain(this.unit.view(), (values) => {
        const answer = apply(new Map(values), recorded);
        this.unit.log.record(recorded);
        return this.#mayChange(recorded.key, answer);
      });
    });
  }

  /** Records an operation and commits it at once, with all that was recorded before. */
  #take(call: string, operationOf: () => KeyedOperation): Promise<unknown> {
    return this.#mutate(call, () => {
      const operation = operationOf();
      const place = this.unit.log.record(operation);
      const committed = this.unit.commit({ type: "write" });
      return chain(committed, ({ results }) => this.#mayChange(operation.key, results[place]));
    });
  }

  #lifecycle(call: string, intent: Intent): Promise<Written> {
    return this.#mutate(call, () => this.#commit(intent));
  }

  #commit(intent: Intent): MaybePromise<Written> {
    return chain(this.unit.commit(intent), written);
  }

  /** Runs a mutation, and in development tells who forgets to wait for one that takes I/O. */
  #mutate<T>(call: string, work: () => MaybePromise<T>): Promise<T> {
    try {
      this.#refuseReadOnly(call);
      this.unit.accessed = true;
      const outcome = work();
      if (!(outcome instanceof Promise)) return Promise.resolve(outcome);
      if (this.unit.log.isScoped) this.unit.log.follow(outcome);
      if (this.unit.outgoing.isOpen) {
        return this.unit.context.settings.development ? watch(outcome, call) : outcome;
      }
      return outcome.catch((error) => Promise.reject(naming(call, error)));
    } catch (error) {
      return Promise.reject(naming(call, error));
    }
  }

  #checked(key: string): string {
    assertKey(key);
    return key;
  }

  #copy(key: string, value: unknown): unknown {
    assertKey(key);
    return this.unit.context.settings.codec.snapshot(value, key);
  }

  /** A value that whoever gets it may change in place: a copy of one that is shared, which is frozen. */
  #mayChange(key: string, value: unknown): unknown {
    return isObject(value) && Object.isFrozen(value) ? this.unit.context.settings.codec.snapshot(value, key) : value;
  }

  #refuseReadOnly(call: string): void {
    if (this.#isWritable) return;
    throw new SessionError(
      "read-only",
      `session.${call} was called while a page renders, where no cookie can be set. Write to the session in a server action or a route handler.`,
    );
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** The error of a call that came too late says which call that was. */
function naming(call: string, error: unknown): unknown {
  if (!(error instanceof SessionError) || error.code !== "read-only" || error.message.startsWith("session."))
    return error;
  return new SessionError("read-only", `session.${call} came too late. ${error.message}`, { cause: error });
}

function written({ durable }: Committed): Written {
  return { durable };
}
