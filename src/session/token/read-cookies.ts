/** Opening: from a request's cookies to a token, or to the reason why there is none. No I/O, never an exception. */

import { activityName, readActivity } from "../../cookie/activity.js";
import { type Joined, joinAll, joinValue } from "../../cookie/chunks.js";
import { parseCookieHeader, type RequestHeaders } from "../../cookie/jar.js";
import type { Sealer } from "../../cookie/sealer.js";
import type { RejectionReason } from "../../events.js";
import { now } from "../../util/clock.js";
import { MAX_SEALED_AHEAD } from "../../util/expiry.js";
import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import type { Settings } from "../settings/settings.js";
import { fingerprint } from "./client.js";
import { openedCookiesOf } from "./opened-cookies.js";
import { decodeToken, type Token } from "./token.js";

/** What the cookies of a request say. Whether the server still knows the session is another question. */
export interface PresentedToken {
  /** Undefined: no session. */
  readonly token: Token | undefined;
  /** The idle deadline, extended by the activity cookie (milliseconds since 1970); 0 without a token. */
  readonly idleExpiresAt: number;
  /** Why a cookie that came is no session; undefined when none came. */
  readonly rejected: RejectionReason | undefined;
  /** The token that was rejected although it is ours and in time: it came from elsewhere. */
  readonly misplaced?: Token;
  /** The names of this application's session cookies that the browser sent. */
  readonly present: readonly string[];
  /** Those of them that came several times: of another domain or path beside the one that is set now. */
  readonly repeated: readonly string[];
}

/** Opens the session cookie of a request. At once in Node, later at the edge. */
export function readSessionCookies(settings: Settings, headers: RequestHeaders): MaybePromise<PresentedToken> {
  const { attributes, sealer } = settings;
  const jar = parseCookieHeader(headers.get("cookie"));
  const joined = joinValue(jar, attributes.name);
  const activities = jar.all(activityName(attributes.name)).slice(0, MAX_ACTIVITIES);
  const present = presentNames(attributes.name, joined, activities.length > 0);
  const repeated = present.filter((name) => jar.repeated(name));
  const refuse = (rejected: RejectionReason | undefined): PresentedToken => ({
    token: undefined,
    idleExpiresAt: 0,
    rejected,
    present,
    repeated,
  });
  const at = now();
  const open = (candidate: Joined) =>
    candidate.ok ? openToken(settings, candidate.value, at) : JOIN_REASONS[candidate.reason];
  const opened = jar.repeated(attributes.name) ? newestOf(joinAll(jar, attributes.name).map(open)) : open(joined);
  return chain(opened, (token) => {
    if (typeof token !== "object") return refuse(token);
    return chain(lastActivity(sealer, activities, token, at), (extended) => {
      const idleExpiresAt = Math.min(Math.max(token.idleExpiresAt, extended), token.expiresAt);
      if (idleExpiresAt <= at) return refuse("expired");
      return chain(fingerprint(settings, headers), (binding) =>
        token.binding === undefined || token.binding === binding
          ? { token, idleExpiresAt, rejected: undefined, present, repeated }
          : { ...refuse("binding"), misplaced: token },
      );
    });
  });
}

/** How many activity cookies are looked at. */
const MAX_ACTIVITIES = 4;

/** What opening one candidate gives: a token, or why there is none; undefined where there is nothing to open. */
type Candidate = Token | RejectionReason | undefined;

/**
 * Which of several cookies of one name counts: the newest of one lineage. Those of strangers do not open, and count for
 * nothing; authentic ones of different lineages are no session, since nobody knows which of them was meant.
 */
function newestOf(candidates: readonly MaybePromise<Candidate>[]): MaybePromise<Candidate> {
  const choose = (found: readonly Candidate[]): Candidate => {
    const tokens = found.filter((one) => typeof one === "object");
    const [newest, ...others] = tokens.toSorted((a, b) => b.sealedAt - a.sealedAt);
    if (!newest) return found[0];
    return others.every(({ lineage }) => lineage === newest.lineage) ? newest : "duplicate";
  };
  const gather = (found: Candidate[], place: number): MaybePromise<Candidate> =>
    place === candidates.length
      ? choose(found)
      : chain(candidates[place] as MaybePromise<Candidate>, (one) => gather([...found, one], place + 1));
  return gather([], 0);
}

/** The latest idle deadline that an activity cookie of the token's lineage claims; 0 when none does. */
function lastActivity(sealer: Sealer, activities: readonly string[], token: Token, at: number): MaybePromise<number> {
  return activities.reduce<MaybePromise<number>>(
    (latest, activity) =>
      chain(latest, (before) =>
        chain(readActivity(sealer, activity, at), (claims) =>
          claims?.lineage === token.lineage ? Math.max(before, claims.idleExpiresAt) : before,
        ),
      ),
    0,
  );
}

const JOIN_REASONS = {
  absent: undefined,
  repeated: "duplicate",
  malformed: "malformed",
  missing: "chunks",
  mixed: "chunks",
} as const;

/** The token in a sealed text, or why there is none. What is remembered is as good as what is opened. */
function openToken(settings: Settings, sealed: string, at: number): MaybePromise<Token | RejectionReason> {
  const memory = openedCookiesOf(settings);
  const remembered = memory?.recall(sealed);
  if (remembered) return inTime(remembered, at);
  return chain(settings.sealer.open("session", sealed, at), (unsealed) => {
    if (!unsealed.ok) return unsealed.reason;
    const token = decodeToken(unsealed.text);
    if (!token) return "malformed";
    memory?.noteOpened(sealed, token);
    return inTime(token, at);
  });
}

function inTime(token: Token, at: number): Token | RejectionReason {
  if (token.sealedAt > at + MAX_SEALED_AHEAD) return "from-the-future";
  return token.expiresAt <= at ? "expired" : token;
}

function presentNames(name: string, joined: Joined, activity: boolean): string[] {
  const names = [...joined.leftovers];
  if (joined.ok) {
    names.push(name);
    for (let part = 1; part < joined.count; part++) names.push(`${name}.${part}`);
  } else if (joined.reason !== "absent") names.push(name);
  if (activity) names.push(activityName(name));
  return names;
}
