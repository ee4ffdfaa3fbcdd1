/** Sessions of an earlier library, which are taken over so that nobody is signed out. */

import { SessionConfigError } from "../errors.js";

/** A cookie of the earlier library, with what a browser tells it apart by: it is expired once its session is here. */
export interface LegacyCookie {
  /** Its name. */
  readonly name: string;
  /** The path that it was set with. Default `/`. */
  readonly path?: string;
  /** The domain that it was set with. Default none. */
  readonly domain?: string;
}

/** What a session of the earlier library holds. */
export interface LegacySession {
  /**
   * What names it there: the same text each time that it is presented, in whatever spelling (a token, a session's id). Only
   * a hash of it is kept.
   */
  readonly id: string;
  /** The values to take over, by key. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Who is signed in. Default nobody: a visitor's session. */
  readonly userId?: string | undefined;
  /**
   * When the user signed in or, where that is not known, when the session was last written. `requireFresh` goes by it, and
   * what was issued before the user's sessions were ended (`revokeUser`, `destroyAll`) is no session. Default unknown,
   * which is long ago.
   */
  readonly issuedAt?: Date | undefined;
  /** When it ends there. One that has ended is no session. Default never. */
  readonly expiresAt?: Date | undefined;
}

/**
 * Where sessions are taken over from: `ironSession()` of `spillway/compat/iron-session`, or one of your own for a library
 * that keeps them in a store. It is asked only when a request has one of its cookies and no session of Spillway's.
 */
export interface LegacySource {
  /** Its cookies. The first of several of one name counts, as it does for most libraries. */
  readonly cookies: readonly LegacyCookie[];
  /**
   * Opens the session that cookies stand for. What is wrong, forged or over is undefined, never an exception: what is thrown means
   * that nothing is known (a store that does not answer), and rejects as a `SessionStoreError`.
   * @param cookies the values by name, decoded (`%3A` is `:`); a name that did not come is missing.
   */
  open(
    cookies: Readonly<Record<string, string | undefined>>,
  ): LegacySession | undefined | Promise<LegacySession | undefined>;
}

/** More libraries than that have no application behind them. */
const MAX_SOURCES = 8;

/** @throws {SessionConfigError} when the option is no list of sources. */
export function readSources(sources: readonly LegacySource[] | undefined): readonly LegacySource[] {
  if (sources === undefined) return [];
  const fits = Array.isArray(sources) && sources.length <= MAX_SOURCES && sources.every(isSource);
  if (fits) return sources;
  throw new SessionConfigError(
    "legacy",
    `must be a list of at most ${MAX_SOURCES} sources: what ironSession() returns, or objects with \`cookies\` and \`open\`.`,
  );
}

function isSource(source: Partial<LegacySource> | null | undefined): boolean {
  const { cookies, open } = source ?? {};
  const isCookie = (cookie: Partial<LegacyCookie> | null) => typeof cookie?.name === "string" && cookie.name !== "";
  return typeof open === "function" && Array.isArray(cookies) && cookies.length > 0 && cookies.every(isCookie);
}
