/** Ends: which sessions someone has ended, and who is let in all the same. */

import type { Token } from "../../../src/session/token/token.js";
import { type Held, hashOf, Violation } from "./held.js";
import { Limit } from "./limit.js";
import { discrepancy, hasTrouble, type Setting } from "./plan.js";
import type { Running } from "./running.js";
import { Users } from "./users.js";

/** How long it takes the cache to learn what the database knows, when nothing goes wrong (milliseconds). */
const PUBLISHING = 1000;

export class Ends {
  readonly users: Users;
  readonly limit: Limit;
  /** As it was raised. */
  epoch = 0;
  readonly #setting: Setting;
  readonly #held: ReadonlyMap<string, Held>;
  /** To which epoch each request has raised it. */
  readonly #raised = new Map<number, number>();
  /** Up to which epoch the end of all was acknowledged, and when. */
  #ended: { epoch: number; at: number } = { epoch: 0, at: 0 };

  constructor(setting: Setting, held: ReadonlyMap<string, Held>) {
    this.#setting = setting;
    this.#held = held;
    this.limit = new Limit(setting, held);
    this.users = new Users(setting.deployment !== "kv" || setting.lag === 0);
  }

  /** Someone asks for the end of sessions. Returns what tells that it was acknowledged. */
  end(handles: readonly string[], now: number): (now: number) => void {
    const ended = handles.flatMap((handle) => this.#held.get(handle) ?? []);
    for (const held of ended) held.endAskedAt ??= now;
    return (at) => {
      for (const held of ended) held.endedAt ??= at;
    };
  }

  /** Someone ends all sessions of a user. Returns what tells that it was acknowledged, or not. */
  endUser(userId: string, by: Running, now: number): { acknowledged(now: number): void; failed(now: number): void } {
    const revocation = this.users.end(userId, now);
    const known = [...this.#held.values()].filter(({ content }) => content?.userId === userId);
    for (const held of known) held.endAskedAt ??= now;
    return {
      acknowledged: (at) => {
        revocation.acknowledged(at);
        // Replicas of a cache alone may lack a sign-in of a moment ago: docs/consistency.md asks for none there.
        if (this.#setting.deployment === "kv" && this.#setting.lag > 0) return;
        // A row that someone else has deleted meanwhile is theirs to acknowledge, or to say what they could not do.
        for (const held of known) if (held.content || held.removedBy === by.id) held.endedAt ??= at;
      },
      failed: (at) => revocation.failed(at),
    };
  }

  /** A login was acknowledged. One that a revocation of its user met halfway may have ended again. @throws {Violation} */
  signedIn(handle: string, userId: string, by: Running, now: number): void {
    const held = this.#held.get(handle);
    if (held && this.users.isRevoked(userId, by.startedAt)) held.endAskedAt ??= now;
    if (!held?.content && held?.endAskedAt === undefined) {
      throw new Violation("I1", "login() resolved, and its row is not there");
    }
    this.users.signedIn(held, userId, by);
    if (!held) return;
    held.signedInAt ??= now;
    this.limit.requireFew(userId, by, now);
  }

  /** Whether a request may end a session though nobody asks for the end of just this one. */
  mayEnd(held: Held, by: Running, now: number): boolean {
    const isRevoked = this.users.isRevoked(held.content?.userId, now);
    // A login undoes itself when it met a revocation, and is not acknowledged then; or it ends those that are too many.
    const isUndone =
      by.item.act.startsWith("login") && (this.#isOwnLogin(held, by) || this.limit.makesWay(held, by, now));
    // Begun under an older epoch, since a replica had no newer one yet, it has ended with all the others.
    const isOutdated = [by.token, by.beside?.token].some(
      (token) => token?.reference?.key === held.handle && token.epoch < this.epoch,
    );
    return isRevoked || isUndone || isOutdated || by.item.act === "destroyAll";
  }

  /** Whether a request has signed its user in here. One that is refused leaves what the visitor had. */
  #isOwnLogin({ signedInBy, wasVisitors, content }: Held, by: Running): boolean {
    if (signedInBy !== by.id) return false;
    const isMet = this.users.isRevoked(content?.userId, by.startedAt - this.#revocationLack);
    return isMet || !wasVisitors || !this.#setting.maxPerUser?.refuse;
  }

  /**
   * Whether the id of a request was replaced, and everybody may know: it is another's session that it names. A request
   * that cannot look may end that all the same.
   */
  isReplaced({ startedAt, id }: Running, token: Token): boolean {
    const held = token.reference && this.#held.get(token.reference.key);
    if (!held?.isRefused(token.id, startedAt, PUBLISHING) || !this.#isCertain) return false;
    held.doubtedBy = id;
    return true;
  }

  /** Someone ends all sessions of the application. Returns what tells that it was acknowledged. @throws {Violation} */
  endAll(by: Running, now: number): (now: number) => void {
    this.end([...this.#held.keys()], now);
    return (at) => {
      const epoch = this.#raised.get(by.id);
      if (epoch === undefined) throw new Violation("I2", "destroyAll() resolved, and the epoch is what it was");
      if (epoch > this.#ended.epoch) this.#ended = { epoch, at };
    };
  }

  /** The epoch is this now. Whoever raises it answers for that alone. */
  raise(epoch: number, by: Running): void {
    if (epoch > this.epoch) this.#raised.set(by.id, epoch);
    this.epoch = epoch;
  }

  /** The id of a request was replaced for good. */
  replace(by: Running, now: number): void {
    const { token } = by;
    if (token?.reference) this.#held.get(token.reference.key)?.replaced.set(hashOf(token.id), now);
  }

  /**
   * For how long the cache may lack that all sessions of a user were ended: a login begins with what it says, and then cannot
   * tell an end of before from one that it has met.
   */
  get #revocationLack(): number {
    return this.#setting.deployment === "db+kv" && (hasTrouble(this.#setting) || this.#setting.lag > 0)
      ? 15 * 60_000 + discrepancy(this.#setting)
      : 0;
  }

  /** Whether nobody can have an older copy of a row: there is none, or nothing goes wrong. */
  get #isCertain(): boolean {
    const { deployment, lag } = this.#setting;
    return lag === 0 && (deployment !== "db+kv" || !hasTrouble(this.#setting));
  }

  /** I2: who was let in may be. @throws {Violation} */
  requireAllowed({ token, startedAt }: Running): void {
    if (!token) return;
    const allowance = this.#setting.revocationDelay + this.#setting.lag;
    // An anonymous session keeps the last known epoch when it cannot be read.
    const mustKnow = token.userId !== undefined || !hasTrouble(this.#setting);
    if (token.epoch < this.#ended.epoch && startedAt > this.#ended.at + allowance && mustKnow) {
      throw new Violation("I2", "a session was let in after destroyAll()");
    }
    const held = token.reference && this.#held.get(token.reference.key);
    // A visitor's cookie that holds all of the session can be replayed once its row is gone, as any visitor's can.
    if (!held || (token.userId === undefined && token.data !== undefined)) return;
    if (held.endedAt !== undefined && startedAt > held.endedAt + allowance) {
      throw new Violation("I2", `a session was let in after its end was acknowledged`);
    }
    const replacedAt = held.replaced.get(hashOf(token.id));
    if (replacedAt !== undefined && startedAt > replacedAt + allowance) {
      throw new Violation("I2", `an id was let in after it was replaced`);
    }
    if (this.#isCertain && held.isRefused(token.id, startedAt, allowance + PUBLISHING)) {
      throw new Violation("I2", "an id was let in that the row knows no longer");
    }
  }
}
