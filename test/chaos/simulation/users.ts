/** Users: who signed in, and whose sessions were ended all at once. */

import { type Held, Violation } from "./held.js";
import type { Running } from "./running.js";

/** A time in which the sessions of a user were being ended. */
interface Revocation {
  readonly userId: string;
  readonly askedAt: number;
  /** Until when a sign-in may meet it. */
  until: number;
  acknowledgedAt: number | undefined;
}

/** A sign-in that was acknowledged. */
interface SignIn {
  readonly held: Held;
  readonly userId: string;
  readonly idHash: string | undefined;
  /** When it read the user's cutoff: what is asked later ends it. */
  readonly cutoffReadAt: number;
}

/** So long after it was abandoned, a call of a request may still reach a tier. */
const LINGER = 30_000;

export class Users {
  readonly #revocations: Revocation[] = [];
  readonly #signIns: SignIn[] = [];
  readonly #isSure: boolean;

  /** @param isSure whether everybody sees what was written a moment ago: replicas of a cache alone do not. */
  constructor(isSure: boolean) {
    this.#isSure = isSure;
  }

  /** Whether sessions of a user were being ended at that time or later. */
  isRevoked(userId: string | null | undefined, since: number): boolean {
    return this.#revocations.some((one) => one.userId === userId && one.until >= since);
  }

  /** Someone ends all sessions of a user. Returns what tells that it was acknowledged, or not. */
  end(userId: string, now: number): { acknowledged(now: number): void; failed(now: number): void } {
    const until = Number.POSITIVE_INFINITY;
    const revocation: Revocation = { userId, askedAt: now, until, acknowledgedAt: undefined };
    this.#revocations.push(revocation);
    return {
      acknowledged: (at) => {
        revocation.until = revocation.acknowledgedAt = at;
        for (const signIn of this.#signIns) this.#requireEnded(signIn, revocation);
      },
      failed: (at) => {
        revocation.until = at + LINGER;
      },
    };
  }

  /** A sign-in was acknowledged. @throws {Violation} */
  signedIn(held: Held, userId: string, by: Running): void {
    const cutoffReadAt = by.cutoffRead?.at;
    if (cutoffReadAt === undefined) throw new Violation("I2", "login() resolved, and the cutoff was not read");
    const signIn: SignIn = { held, userId, idHash: held.content?.idHash, cutoffReadAt };
    this.#signIns.push(signIn);
    for (const revocation of this.#revocations) this.#requireEnded(signIn, revocation);
  }

  /** A sign-in that was under way when its user's sessions were ended is among these. */
  #requireEnded({ held, userId, idHash, cutoffReadAt }: SignIn, revocation: Revocation): void {
    const { content } = held;
    if (!this.#isSure || revocation.userId !== userId || revocation.acknowledgedAt === undefined) return;
    if (content && content.expiresAt <= revocation.acknowledgedAt) return;
    if (cutoffReadAt >= revocation.askedAt || content?.userId !== userId || content.idHash !== idHash) return;
    throw new Violation("I2", "revokeUser() resolved, and a session of before is there");
  }
}
