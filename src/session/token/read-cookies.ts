/** Opening: from a request's cookies to a token, or to the reason why there is none. No I/O, never an exception. */

import { activityName, readActivity } from "../../cookie/activity.js";
import { type Joined, joinValue } from "../../cookie/chunks.js";
import { parseCookieHeader, type RequestHeaders } from "../../cookie/jar.js";
import type { RejectionReason } from "../../events.js";
import { now } from "../../util/clock.js";
import { MAX_SEALED_AHEAD } from "../../util/expiry.js";
import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import type { Settings } from "../settings.js";
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
  /** The names of this application's session cookies that the browser sent. */
  readonly present: readonly string[];
}

/** Opens the session cookie of a request. At once in Node, later at the edge. */
export function readSessionCookies(settings: Settings, headers: RequestHeaders): MaybePromise<PresentedToken> {
  const { attributes, sealer } = settings;
  const jar = parseCookieHeader(headers.get("cookie"));
  const joined = joinValue(jar, attributes.name);
  const activity = jar.get(activityName(attributes.name));
  const present = presentNames(attributes.name, joined, activity !== undefined);
  const refuse = (rejected: RejectionReason | undefined): PresentedToken => ({
    token: undefined,
    idleExpiresAt: 0,
    rejected,
    present,
  });
  if (!joined.ok) return refuse(JOIN_REASONS[joined.reason]);

  const at = now();
  return chain(openToken(settings, joined.value, at), (token) => {
    if (typeof token === "string") return refuse(token);
    return chain(readActivity(sealer, activity, at), (claims) => {
      const extended = claims?.lineage === token.lineage ? claims.idleExpiresAt : 0;
      const idleExpiresAt = Math.min(Math.max(token.idleExpiresAt, extended), token.expiresAt);
      if (idleExpiresAt <= at) return refuse("expired");
      return chain(fingerprint(settings, headers), (binding) =>
        token.binding === undefined || token.binding === binding
          ? { token, idleExpiresAt, rejected: undefined, present }
          : refuse("binding"),
      );
    });
  });
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
