/** The activity cookie: the signed, readable claim that a session was in use, which is all that sliding writes. */

import { chain } from "../util/maybe-promise.js";
import type { MaybePromise, Opener } from "./sealer.js";

/** What the activity cookie says. It can extend the idle deadline of its own session, and nothing else. */
export interface ActivityClaims {
  /** The random name that a session keeps through rotation and login: 1 to 43 characters of base64url. */
  readonly lineage: string;
  /** Until when the session may rest: whole epoch milliseconds, not after `expiresAt`. */
  readonly idleExpiresAt: number;
  /** When the session ends in any case: whole epoch milliseconds. */
  readonly expiresAt: number;
  /** Whether the session's cookies outlive the browser. Needed to set the cookie again. */
  readonly persistent: boolean;
  /** Whether the session is bound to https (`start({ secure: true })`). Needed to set the cookie again. */
  readonly secure: boolean;
}

/** Format 1, lineage, both deadlines in 13 digits, flags in one. The signature, two fields of its own, follows. */
const CLAIMS = /^1\.([\w-]{1,43})\.([1-9][0-9]{12})\.([1-9][0-9]{12})\.([0-3])$/;
const PERSISTENT = 1;
const SECURE = 2;

/** `.<key id>.<MAC>`, as an opener signs. */
const SIGNATURE_LENGTH = 53;

/** The name of the activity cookie beside a session cookie. */
export function activityName(name: string): string {
  return `${name}-activity`;
}

/**
 * Writes and signs claims: at most 128 characters of `[A-Za-z0-9_.-]`. Deadlines lose a fraction of a millisecond.
 *
 * @throws RangeError when a claim is not as {@link ActivityClaims} describes it.
 */
export function signActivity(opener: Opener, claims: ActivityClaims): MaybePromise<string> {
  const { lineage, idleExpiresAt, expiresAt, persistent, secure } = claims;
  const flags = (persistent ? PERSISTENT : 0) + (secure ? SECURE : 0);
  const text = `1.${lineage}.${Math.floor(idleExpiresAt)}.${Math.floor(expiresAt)}.${flags}`;
  if (parseClaims(text) === undefined) {
    throw new RangeError("Activity claims need a lineage in base64url and epoch milliseconds, idle before absolute.");
  }
  return chain(opener.sign("activity", text), (signature) => `${text}.${signature}`);
}

/**
 * Reads the activity cookie. Never throws.
 *
 * @param value The cookie's value, if there was one.
 * @param now Epoch milliseconds.
 * @returns Undefined when there is none, when it is not exactly in the format, not signed by a key of the ring, or
 *   when one of its deadlines has come: it is then as if it had not been sent.
 */
export function readActivity(
  opener: Opener,
  value: string | undefined,
  now: number,
): MaybePromise<ActivityClaims | undefined> {
  if (value === undefined) return undefined;
  const text = value.slice(0, -SIGNATURE_LENGTH);
  const claims = parseClaims(text);
  if (claims === undefined || value.charAt(text.length) !== "." || !(now < claims.idleExpiresAt)) return undefined;
  const verified = opener.verify("activity", text, value.slice(text.length + 1));
  return chain(verified, (answer) => (answer === "ok" ? claims : undefined));
}

/** Whether an activity cookie claims to be of a session, by how it begins. */
export function claimsLineage(value: string, lineage: string): boolean {
  return value.startsWith(`1.${lineage}.`);
}

function parseClaims(text: string): ActivityClaims | undefined {
  const [, lineage, idle, absolute, flags] = CLAIMS.exec(text) ?? [];
  if (lineage === undefined || Number(idle) > Number(absolute)) return undefined;
  return {
    lineage,
    idleExpiresAt: Number(idle),
    expiresAt: Number(absolute),
    persistent: (Number(flags) & PERSISTENT) !== 0,
    secure: (Number(flags) & SECURE) !== 0,
  };
}
