/** The session object in whole: reading, and writing where a response can carry cookies. */

import { assertKey } from "../../codec/codec.js";
import { SessionConfigError, SessionError } from "../../errors.js";
import type { FlashMessage } from "../../flash/batch.js";
import { chain } from "../../util/maybe-promise.js";
import type { Session, Written } from "../session.js";
import {
  checkChange,
  checkCount,
  checkGiven,
  checkOptions,
  checkUserId,
  deadlineOf,
  entriesOf,
  named,
  namesOf,
} from "./arguments.js";
import { endKeeping, endNow, endSession } from "./end-session.js";
import { isObject, Mutations, RECORDED, written } from "./mutations.js";
import { SessionReader } from "./session-reader.js";
import type { UnitOfWork } from "./unit-of-work.js";

/** The session of a unit of work as its user sees it, with the types of the application's data. */
export function sessionOf<Data extends object, Flash extends object>(unit: UnitOfWork): Session<Data, Flash> {
  return new SessionWriter(unit) as unknown as Session<Data, Flash>;
}

/** Implements `Session` over a unit of work; the public interface has the documentation. */
class SessionWriter extends SessionReader {
  readonly #mutations: Mutations;

  constructor(unit: UnitOfWork) {
    super(unit);
    this.#mutations = new Mutations(unit);
  }

  set(...args: [key: string, value: unknown] | [values: Record<string, unknown>]): Promise<Written> {
    const call = `set(${namesOf(args[0])})`;
    return this.#mutations.write(call, () =>
      entriesOf(args).map(([name, one]) => ({ type: "set", key: name, value: this.#mutations.copy(name, one) })),
    );
  }

  setDefault(...args: [key: string, value: unknown]): Promise<unknown> {
    const [key, value] = args;
    return this.#mutations.answer(`setDefault(${named(key)})`, () => {
      checkGiven("setDefault", args);
      return { type: "default", key, value: this.#mutations.copy(key, value) };
    });
  }

  update(key: string, change: (value: unknown) => unknown): Promise<unknown> {
    const copied = (value: unknown) => {
      // A copy, which the function may change in place: others read the value, and the function may run again.
      const changed = change(isObject(value) ? this.#mutations.copy(key, value) : value);
      return changed === undefined || changed instanceof Promise ? changed : this.#mutations.copy(key, changed);
    };
    return this.#mutations.answer(`update(${named(key)})`, () => {
      assertKey(key);
      checkChange(key, change);
      return { type: "update", key, change: copied };
    });
  }

  delete(...args: [key: string]): Promise<unknown> {
    const [key] = args;
    return this.#mutations.answer(`delete(${named(key)})`, () => {
      checkCount("delete", args, 1);
      return { type: "delete", key: this.#checked(key) };
    });
  }

  clear(...args: []): Promise<Written> {
    return this.#mutations.write("clear()", () => {
      checkCount("clear", args, 0);
      return [{ type: "clear" }];
    });
  }

  pop(key: string, fallback?: unknown): Promise<unknown> {
    return this.#mutations.take(`pop(${named(key)})`, () => ({ type: "pop", key: this.#checked(key), fallback }));
  }

  setQuick(...args: [key: string, value: unknown]): Promise<Written> {
    const [key, value] = args;
    return this.#mutations.write(`setQuick(${named(key)})`, () => {
      checkGiven("setQuick", args);
      return [{ type: "set", key, value: this.#mutations.copy(key, value), quick: true }];
    });
  }

  popQuick(key: string, fallback?: unknown): Promise<unknown> {
    const call = `popQuick(${named(key)})`;
    return this.#mutations.take(call, () => ({ type: "pop", key: this.#checked(key), fallback, quick: true }));
  }

  flash(...args: [key: string, message: unknown]): Promise<Written> {
    const [key, message] = args;
    return this.#mutations.run(`flash(${named(key)})`, () => {
      checkGiven("flash", args);
      this.unit.flash.add(key, message);
      return this.unit.log.isScoped ? RECORDED : chain(this.unit.flash.send(), () => RECORDED);
    });
  }

  override async flashes(): Promise<readonly FlashMessage[]> {
    return this.#mutations.areAllowed ? this.unit.flash.take() : this.unit.flash.show();
  }

  start(options: { expiresAt?: Date; secure?: boolean } = {}): Promise<Written> {
    return this.#mutations.run("start()", () => {
      checkOptions("start", options);
      const { secure } = options;
      const { expiresAt, isPast } = deadlineOf("start", options.expiresAt);
      return chain(this.unit.load(), () => {
        if (this.active) {
          throw new SessionError("conflict", "start() was called in a session that is active: it cannot be converted.");
        }
        return isPast ? endNow(this.unit) : this.#mutations.commit({ type: "start", expiresAt, secure });
      });
    });
  }

  regenerateId(options: { expiresAt?: Date } = {}): Promise<Written> {
    return this.#mutations.run("regenerateId()", () => {
      checkOptions("regenerateId", options);
      const { expiresAt, isPast } = deadlineOf("regenerateId", options.expiresAt);
      // Not loaded before: a session whose values cannot be read can be ended.
      if (isPast) return endNow(this.unit);
      return chain(this.unit.load(), () =>
        this.#mutations.commit(this.active ? { type: "regenerate", expiresAt } : { type: "write" }),
      );
    });
  }

  login(userId: string, options: { remember?: boolean } = {}): Promise<Written> {
    return this.#mutations.run("login()", () => {
      checkUserId(userId);
      checkOptions("login", options);
      const persistent = options.remember;
      const { token, flash, outgoing } = this.unit;
      const isOther = token?.userId !== undefined && token.userId !== userId;
      return chain(this.unit.commit({ type: "login", userId, persistent }), (committed) =>
        chain(outgoing.isOpen ? flash.signedIn(isOther) : undefined, () => written(committed)),
      );
    });
  }

  logout(options: { keep?: readonly string[] } = {}): Promise<void> {
    return this.#mutations.run("logout()", async () => {
      checkOptions("logout", options);
      const { keep = [] } = options;
      const kept = await endKeeping(this.unit, keep);
      if (kept.length === 0) return;
      for (const [key, value] of kept) this.unit.log.record({ type: "set", key, value });
      await this.#mutations.commit({ type: "write" });
    });
  }

  destroy(...args: []): Promise<void> {
    return this.#mutations.run("destroy()", () => {
      checkCount("destroy", args, 0);
      return endSession(this.unit, "destroy");
    });
  }

  commit(options: { placement?: "server" } = {}): Promise<Written> {
    return this.#mutations.run("commit()", () => {
      checkOptions("commit", options);
      if (options.placement === undefined) return this.#mutations.commit({ type: "write" });
      if (!this.unit.context.tiers) throw noServer();
      return this.#mutations.commit({ type: "pin" });
    });
  }

  #checked(key: string): string {
    assertKey(key);
    return key;
  }
}

function noServer(): SessionConfigError {
  return new SessionConfigError(
    "store",
    'is missing, and `cache` as well, so there is no server to keep the session: commit({ placement: "server" }) needs one of them. Nothing was written.',
  );
}
