/** Opening: from a request's cookies to a token, or to the reason why there is none. No I/O, never an exception. */

import { activityName, claimsLineage, readActivity } from "../../cookie/activity.js";
import { chunkNames } from "../../cookie/chunks.js";
import { type Jar, parseCookieHeader, type RequestHeaders } from "../../cookie/jar.js";
import type { Opener } from "../../cookie/sealer.js";
import type { RejectionReason } from "../../events.js";
import { now } from "../../util/clock.js";
import { MAX_SEALED_AHEAD } from "../../util/expiry.js";
import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import type { Settings } from "../settings/settings.js";
import { openCandidates } from "./candidates.js";
import { fingerprint } from "./client.js";
import { cookieName, type Kind, kindOf } from "./kinds.js";
import { openedCookiesOf } from "./opened-cookies.js";
import { decodeToken, type Token } from "./token.js";

/** What the cookies of a request say. Whether the server still knows the session is another question. */
export interface PresentedToken {
  /** Undefined: no session. */
  readonly token: Token | undefined;
  /** The idle deadline, extended by the activity cookie (milliseconds since 1970); 0 without a token. */
  readonly idleExpiresAt: number;
  /** Why cookies that came are no session, a user's before a visitor's; undefined when none came that were looked at. */
  readonly rejected: RejectionReason | undefined;
  /** The token that was rejected although it is ours and in time: it came from elsewhere. */
  readonly misplaced?: Token | undefined;
  /** The names of this application's session cookies that the browser sent. */
  readonly present: readonly string[];
  /** Those of them that came several times: of another domain or path beside the one that is set now. */
  readonly repeated: readonly string[];
  /** Those that came several times and are no session, since nobody knows which of them was meant. */
  readonly ambiguous: readonly string[];
  /** Those that no browser of ours can have made, or that are over. */
  readonly dead: readonly string[];
  /** Those of the kind that does not count beside the one that does: a visitor's, or a user's that are dead. */
  readonly leftovers: readonly string[];
  /** The lineages of the cookies that came under the name of a kind and are authentic, whether or not they are a session. */
  readonly lineages: Readonly<Record<Kind, readonly string[]>>;
  /** The visitor's session beside a user's, for when the server does not know the user's. */
  readonly beside?: PresentedToken | undefined;
}

const NO_NAMES: readonly string[] = [];
const NO_LINEAGES = { user: NO_NAMES, visitor: NO_NAMES } as const;

/** What a request without cookies presents. */
export const NOTHING_PRESENTED: PresentedToken = {
  token: undefined,
  idleExpiresAt: 0,
  rejected: undefined,
  present: NO_NAMES,
  repeated: NO_NAMES,
  ambiguous: NO_NAMES,
  dead: NO_NAMES,
  leftovers: NO_NAMES,
  lineages: NO_LINEAGES,
};

/** Cookies that no browser of ours can have made, or that are over. Others may be good on another instance, or elsewhere. */
const DEAD_REASONS: ReadonlySet<RejectionReason | undefined> = new Set<RejectionReason>([
  "malformed",
  "forged",
  "expired",
  "chunks",
  "from-the-future",
]);

/** What the cookies of one kind say. */
interface PresentedKind {
  readonly token: Token | undefined;
  readonly idleExpiresAt: number;
  readonly rejected: RejectionReason | undefined;
  readonly misplaced: Token | undefined;
  readonly lineages: readonly string[];
  readonly names: readonly string[];
}

const NOTHING_OF_KIND: PresentedKind = {
  token: undefined,
  idleExpiresAt: 0,
  rejected: undefined,
  misplaced: undefined,
  lineages: NO_NAMES,
  names: NO_NAMES,
};

/**
 * Opens the session cookies of a request: a user's where there is one, else a visitor's. At once in Node, later at the edge.
 */
export function readSessionCookies(settings: Settings, headers: RequestHeaders): MaybePromise<PresentedToken> {
  const jar = parseCookieHeader(headers.get("cookie"));
  return chain(openKind(settings, headers, jar, "user"), (user) =>
    chain(openKind(settings, headers, jar, "visitor"), (visitor) => {
      if (!user.token) return presented(jar, user, visitor, visitor);
      return presented(jar, user, visitor, user, visitor.token && presented(jar, user, visitor, visitor));
    }),
  );
}

/** What the cookies of both kinds come to, where one of them counts. Field by field: V8 takes long to spread objects. */
function presented(
  jar: Jar,
  user: PresentedKind,
  visitor: PresentedKind,
  counting: PresentedKind,
  beside?: PresentedToken,
): PresentedToken {
  const present = joined(user.names, visitor.names);
  const areRejected = user.rejected !== undefined || visitor.rejected !== undefined;
  const isOver = user.token !== undefined || DEAD_REASONS.has(user.rejected);
  return {
    token: counting.token,
    idleExpiresAt: counting.idleExpiresAt,
    rejected: user.rejected ?? visitor.rejected,
    misplaced: user.misplaced ?? visitor.misplaced,
    present,
    repeated: repeatedOf(jar, present),
    ambiguous: areRejected ? joined(ambiguousOf(jar, user), ambiguousOf(jar, visitor)) : NO_NAMES,
    dead: areRejected ? joined(deadOf(user), deadOf(visitor)) : NO_NAMES,
    leftovers: counting === user ? visitor.names : isOver ? user.names : NO_NAMES,
    lineages: { user: user.lineages, visitor: visitor.lineages },
    beside,
  };
}

function joined(some: readonly string[], others: readonly string[]): readonly string[] {
  return some.length === 0 ? others : others.length === 0 ? some : [...some, ...others];
}

function repeatedOf(jar: Jar, names: readonly string[]): readonly string[] {
  return names.filter((name) => jar.repeated(name));
}

function ambiguousOf(jar: Jar, { rejected, names }: PresentedKind): readonly string[] {
  return rejected === "duplicate" ? repeatedOf(jar, names) : NO_NAMES;
}

function deadOf({ rejected, names }: PresentedKind): readonly string[] {
  return DEAD_REASONS.has(rejected) ? names : NO_NAMES;
}

/** What the cookies of a kind are, opened and compared with the moment and the client. */
function openKind(settings: Settings, headers: RequestHeaders, jar: Jar, kind: Kind): MaybePromise<PresentedKind> {
  const names = presentNames(settings, jar, kind);
  if (names.length === 0) return NOTHING_OF_KIND;
  const { attributes, opener } = settings;
  const name = cookieName(attributes.name, kind);
  const at = now();
  const idleDeadline = (token: Token): MaybePromise<number> =>
    chain(lastActivity(opener, jar.all(activityName(name)), token, at), (extended) =>
      Math.min(Math.max(token.idleExpiresAt, extended), token.expiresAt),
    );
  const opened = openCandidates(
    jar,
    name,
    (value) => openToken(settings, value, kind, at),
    (token) => chain(idleDeadline(token), (deadline) => deadline <= at),
  );
  return chain(opened, ({ candidate, lineages }) => {
    const refuse = (rejected: RejectionReason | undefined, misplaced?: Token): PresentedKind => ({
      token: undefined,
      idleExpiresAt: 0,
      rejected,
      misplaced,
      lineages,
      names,
    });
    if (typeof candidate !== "object") return refuse(candidate);
    const token = candidate;
    return chain(idleDeadline(token), (idleExpiresAt) => {
      // rule: whoever was away for longer than `idleTimeout` is let in no longer
      if (idleExpiresAt <= at) return refuse("expired");
      return chain(fingerprint(settings, headers), (binding) =>
        token.binding === undefined || token.binding === binding
          ? { token, idleExpiresAt, rejected: undefined, misplaced: undefined, lineages, names }
          : refuse("binding", token),
      );
    });
  });
}

/** How many activity cookies of the session's own are verified. */
const MAX_ACTIVITIES = 4;

/** The latest idle deadline that an activity cookie of the token's lineage claims; 0 when none does. */
function lastActivity(opener: Opener, activities: readonly string[], token: Token, at: number): MaybePromise<number> {
  const { lineage } = token;
  const own =
    activities.length > 1
      ? activities.filter((activity) => claimsLineage(activity, lineage)).slice(0, MAX_ACTIVITIES)
      : activities;
  return own.reduce<MaybePromise<number>>(
    (latest, activity) =>
      chain(latest, (before) =>
        chain(readActivity(opener, activity, at), (claims) =>
          claims?.lineage === lineage ? Math.max(before, claims.idleExpiresAt) : before,
        ),
      ),
    0,
  );
}

/** The token in a sealed text, or why there is none. What is remembered is as good as what is opened. */
function openToken(settings: Settings, sealed: string, kind: Kind, at: number): MaybePromise<Token | RejectionReason> {
  const memory = openedCookiesOf(settings);
  const remembered = memory?.recall(sealed);
  if (remembered) return inPlace(remembered, kind, at);
  return chain(settings.opener.open("session", sealed, at), (unsealed) => {
    if (!unsealed.ok) return unsealed.reason;
    const token = decodeToken(unsealed.text);
    if (!token) return "malformed";
    memory?.noteOpened(sealed, token);
    return inPlace(token, kind, at);
  });
}

function inPlace(token: Token, kind: Kind, at: number): Token | RejectionReason {
  // A cookie of one kind is none under the name of the other.
  if (kindOf(token) !== kind) return "forged";
  if (token.sealedAt > at + MAX_SEALED_AHEAD) return "from-the-future";
  return token.expiresAt <= at ? "expired" : token;
}

/** The names of a kind's cookies that came: of its session, and of its activity. */
function presentNames({ attributes }: Settings, jar: Jar, kind: Kind): string[] {
  const name = cookieName(attributes.name, kind);
  const names = chunkNames(jar, name);
  if (jar.all(activityName(name)).length > 0) names.push(activityName(name));
  return names;
}
