/** Placement: whether a session is held by the cookie, by the server, or for a while by both. */

import { byteLength } from "#seal";
import { wireLength } from "../../cookie/chunks.js";
import { SessionValueError } from "../../errors.js";
import { now } from "../../util/clock.js";
import type { Context } from "../context.js";
import { COOKIE_BUDGET } from "../settings/server-settings.js";
import type { Loaded, Placement } from "../state.js";
import { cookieName, kindOf } from "../token/kinds.js";
import { encodeToken, holderOf, type Token } from "../token/token.js";

/** A session returns to the cookie below this share of the threshold, so that it does not go back and forth. */
export const RETURN_SHARE = 0.75;

/** How many bytes a token takes in cookies, names and values, as the browser counts them. */
export function cookieSize(context: Context, token: Token): number {
  const { attributes, sealer } = context.settings;
  return wireLength(cookieName(attributes.name, kindOf(token)), sealer.sealedLength(byteLength(encodeToken(token))));
}

/** How long a session is held by both (milliseconds): longer than a response or a tab is late. */
const SHRINKING_TIME = 60_000;

/** What the response takes that also expires the cookies of a visitor who signs in: a session cookie and an activity cookie. */
const DELETIONS = 256;

/**
 * The most that a token takes beside its data and the user's id: a list of 14 fields, of which four hold up to 43
 * characters of base64url, and the others numbers.
 */
const MOST_OF_HEAD = 14 * 2 + 4 * 43 + 9 * 16;

/** One character of a text takes at most six in JSON: an escape. */
const MOST_OF_CHARACTER = 6;

/**
 * A size to place a session by: what it takes at most where that is little enough anyhow, what its data takes at least
 * where that is too much anyhow; in between, where it decides, the size itself, for which the token has to be written.
 */
function decidingSize(context: Context, next: Token, text: string, threshold: number): number {
  const { attributes, sealer } = context.settings;
  const name = cookieName(attributes.name, kindOf(next));
  const wire = (bytes: number) => wireLength(name, sealer.sealedLength(bytes));
  const bytes = byteLength(text);
  const most = wire(bytes + MOST_OF_HEAD + MOST_OF_CHARACTER * (next.userId?.length ?? 0));
  if (most < (context.tiers ? threshold * RETURN_SHARE : COOKIE_BUDGET)) return most;
  const least = wire(bytes);
  return context.tiers && least > threshold ? least : cookieSize(context, { ...next, data: text });
}

/**
 * Places a session that is to hold `text`.
 * @param loaded what it was loaded as.
 * @param next the token that is to be sealed, with whatever reference it keeps.
 * @throws {SessionValueError} `too-large` when there is no server to take what the cookie cannot.
 */
export function place(context: Context, loaded: Loaded, next: Token, text: string): Placement {
  const { token } = loaded;
  const threshold = context.server.cookieThreshold - (token && kindOf(token) !== kindOf(next) ? DELETIONS : 0);
  const size = decidingSize(context, next, text, threshold);
  if (!context.tiers) {
    if (size <= COOKIE_BUDGET) return "cookie";
    throw new SessionValueError(
      "too-large",
      `The session would take ${size} bytes of cookies, and at most ${COOKIE_BUDGET} travel safely. Keep less in it, or give createSessions() a store. Nothing was written.`,
    );
  }
  if (next.pinned || size > threshold) return "server";
  const holder = token && holderOf(token);
  // rule: a session shrinks in two steps
  if (holder === "server") return size < threshold * RETURN_SHARE ? "shrinking" : "server";
  if (holder !== "shrinking") return "cookie";
  // The row is released for a cookie that the browser has sent, not for one that may never arrive.
  const isOver = now() - (token?.shrunkAt ?? 0) >= SHRINKING_TIME && !loaded.isOnItsWay;
  return isOver ? "cookie" : "shrinking";
}
