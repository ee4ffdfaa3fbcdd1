/**
 * Events: what an application may want to log or count. None carries an id, a cookie or a value. And the audit trail: what
 * it has to be able to answer for later, in entries of one form (ASVS 16.3).
 */

import { now } from "./util/clock.js";
import { FUNCTION, type Shape } from "./util/option-shape.js";
import { tell } from "./util/tell.js";

/**
 * Why a cookie that came with a request is no session: its name came twice (`duplicate`); it is not in the format; its
 * secret is not here, or not here any more (`unknown-key`); it was not sealed by us (`forged`); one of its deadlines has
 * passed; a part of it is missing or another's (`chunks`); it was sealed more than an hour ahead of this clock; it came
 * from another user agent or address than it is bound to (`binding`); the server has ended the session (`revoked`), or
 * given it another id (`replaced`).
 */
export type RejectionReason =
  | "duplicate"
  | "malformed"
  | "unknown-key"
  | "forged"
  | "expired"
  | "chunks"
  | "from-the-future"
  | "binding"
  | "revoked"
  | "replaced";

/** What each event tells. `handle` is the public handle of a session that has a row. */
export interface SessionEvents {
  /** A session began. */
  created: { readonly handle: string | undefined };
  /** A session is about to be destroyed by `logout` or `destroy`; a revocation tells it when the session has gone. */
  destroying: { readonly handle: string | undefined };
  /** A session was destroyed, and both tiers know. */
  destroyed: { readonly handle: string | undefined };
  /** A user signed in. */
  login: { readonly handle: string | undefined; readonly userId: string };
  /** A session got a new id. */
  rotated: { readonly handle: string | undefined };
  /** A session was ended from outside: `revoke`, `revokeUser`, `maxPerUser`. */
  revoked: { readonly handle: string };
  /** A cookie was no session. */
  rejected: { readonly reason: RejectionReason };
  /** Another request committed first, and this one did its operations again. */
  conflict: { readonly handle: string; readonly attempt: number };
  /**
   * A tier failed or was too slow; what it would have done was done without it, or rejected. The cause of `error` has the
   * class and the code of what the client threw, and what to do; its text, which may quote values, is left out.
   */
  unavailable: { readonly tier: "cache" | "store"; readonly error: unknown };
  /** An entry or a row could not be read. It was neither used nor overwritten. */
  corrupt: { readonly tier: "cache" | "store"; readonly handle: string };
  /**
   * A store or a cache alone has lost commits that it had acknowledged, as after a failover to a replica that did not have
   * them: after 10 seconds the older state of the session stands.
   */
  rolledBack: { readonly handle: string };
  /** A write that the database did not take is kept in the cache. */
  deferred: { readonly handle: string };
  /** A deferred write reached the database, or lost against a newer one: then `lost` names the keys. */
  repaired: { readonly handle: string; readonly lost: readonly string[] };
  /** Flash messages of earlier requests that no page has shown made way for newer ones, which all together have 640 bytes. */
  flashLost: { readonly count: number };
  /** In development: a mutation such as `set("cart")` was not awaited, and the response may leave before it is committed. */
  unawaited: { readonly call: string };
}

/** Listeners by event, given as the option `on`. What a listener throws, or rejects with, is reported on the console and goes no further; it is not awaited. */
export type SessionListeners = { readonly [Name in keyof SessionEvents]?: (event: SessionEvents[Name]) => void };

/** The events that there are, each with a function. */
export const LISTENERS: Shape<SessionListeners> = {
  created: FUNCTION,
  destroying: FUNCTION,
  destroyed: FUNCTION,
  login: FUNCTION,
  rotated: FUNCTION,
  revoked: FUNCTION,
  rejected: FUNCTION,
  conflict: FUNCTION,
  unavailable: FUNCTION,
  corrupt: FUNCTION,
  rolledBack: FUNCTION,
  deferred: FUNCTION,
  repaired: FUNCTION,
  flashLost: FUNCTION,
  unawaited: FUNCTION,
};

/** Tells the listener of an event. */
export type Emit = <Name extends keyof SessionEvents>(name: Name, event: SessionEvents[Name]) => void;

/**
 * An {@link Emit} for these listeners.
 * @param telemetry is told of every event as well.
 */
export function emitter(listeners: SessionListeners, telemetry?: { readonly event?: Emit }): Emit {
  const warned = new Set<string>();
  return (name, event) => {
    if (name === "unavailable" && !listeners.unavailable) {
      warnUnavailable(event as SessionEvents["unavailable"], warned);
    }
    tell(`the listener of \`${name}\``, () => listeners[name]?.(event));
    if (telemetry?.event) tell("what was given as `telemetry`", () => telemetry.event?.(name, event));
  };
}

/**
 * Says once for each tier that it failed, where nobody listens: a wrong token beside a database would be seen nowhere.
 * The error is this library's own, and its text holds no key and no value.
 */
function warnUnavailable({ tier, error }: SessionEvents["unavailable"], warned: Set<string>): void {
  if (warned.has(tier)) return;
  warned.add(tier);
  const reason = error instanceof Error ? error.message : "";
  console.warn(
    `Spillway: the session ${tier} is unavailable. ${reason} This is said once: \`on: { unavailable }\` of createSessions() hears of each time.`,
  );
}

/**
 * Why a session ended: its user asked for it (`logout`, `destroy`); it was ended by its handle (`revoke`), with all of
 * its user's (`revokeUser`) or of the application (`destroyAll`); its user had too many (`maxPerUser`); somebody else
 * signed in over it (`login`).
 */
export type EndReason = "logout" | "destroy" | "revoke" | "revokeUser" | "destroyAll" | "maxPerUser" | "login";

/** Why a login was refused: the user was signed out everywhere meanwhile, or has as many sessions as `maxPerUser` allows. */
export type RefusalReason = "revokeUser" | "maxPerUser";

/**
 * What happened:
 * - `login`: a user signed in;
 * - `login-refused`: a user did not, and `reason` says why;
 * - `ended`: one session ended, and `reason` says why;
 * - `all-ended`: all sessions ended, those of the user `userId` (`revokeUser`) or of the application (`destroyAll`);
 * - `rejected`: a cookie that this application once sealed was presented and is no session. `binding`: from another user
 *   agent or network than the session began with. `replaced`: under an id that was replaced, by somebody who kept a copy,
 *   which may be a theft. `revoked`: after its session had ended.
 */
export type AuditAction =
  | { readonly action: "login"; readonly reason?: undefined }
  | { readonly action: "login-refused"; readonly reason: RefusalReason }
  | { readonly action: "ended"; readonly reason: EndReason }
  | { readonly action: "all-ended"; readonly reason: "revokeUser" | "destroyAll" }
  | { readonly action: "rejected"; readonly reason: Extract<RejectionReason, "binding" | "replaced" | "revoked"> };

/** Whom it concerns, as far as is known. */
export interface AuditSubject {
  /** The public handle of the session; undefined when it has no row. */
  readonly handle: string | undefined;
  /** The user; undefined for a visitor, and where only the handle is known. */
  readonly userId: string | undefined;
}

/** One entry of the audit trail. It holds no session id, no cookie and no value. */
export type AuditEntry = AuditAction & AuditSubject & { /** When. */ readonly at: Date };

/** Writes an entry. */
export type Audit = (action: AuditAction, subject: AuditSubject) => void;

/** An {@link Audit} that hands entries to the application. What that throws is reported and goes no further. */
export function auditor(listener: ((entry: AuditEntry) => void) | undefined): Audit {
  if (!listener) return () => undefined;
  return (action, { handle, userId }) => {
    tell("the function given as `audit`", () => listener({ at: new Date(now()), ...action, handle, userId }));
  };
}

/** Whom a token concerns. */
export function subjectOf(token: {
  readonly reference: { readonly key: string } | undefined;
  readonly userId: string | undefined;
}): AuditSubject {
  return { handle: token.reference?.key, userId: token.userId };
}
