/** What the panel shows: the answer of its route. No id, no cookie, and values only when they were asked for. */

/** All of it. Moments are milliseconds since 1970, by the server's clock. */
export interface Snapshot {
  /** The server's time when it answered. */
  readonly now: number;
  /** Mostly one: an application has as many as it has definitions. */
  readonly applications: readonly ApplicationSnapshot[];
  /** The last requests, newest first. */
  readonly requests: readonly RequestEntry[];
}

/** The session of this browser in one application. */
export interface ApplicationSnapshot {
  /** The name of its cookie. */
  readonly name: string;
  /** Bytes: up to `threshold` a session stays in the cookie (more is refused without tiers), below `returnsBelow` it comes back. */
  readonly threshold: number;
  readonly returnsBelow: number;
  /** Which tiers there are beside the cookie. */
  readonly tiers: readonly ("cache" | "store")[];
  readonly session: SessionSnapshot | undefined;
  readonly cookie: CookieSnapshot;
  readonly warnings: readonly Warning[];
}

/** A session that stands. */
export interface SessionSnapshot {
  readonly placement: "cookie" | "both" | "server";
  /** What its cookies weigh with all values in them, names and values as browsers count. */
  readonly weight: number;
  /** Bytes of the encoded values. */
  readonly bytes: number;
  /** The version of the row; undefined where there is none. */
  readonly version: number | undefined;
  readonly handle: string | undefined;
  readonly signedIn: boolean;
  readonly persistent: boolean;
  readonly expiresAt: number;
  readonly idleExpiresAt: number;
  /** How long the two deadlines are when they are fresh (milliseconds). */
  readonly lifetime: number;
  readonly idleTimeout: number;
  readonly values: readonly ValueSnapshot[];
}

/** One value. */
export interface ValueSnapshot {
  readonly key: string;
  /** What it is: `"Array (3)"`, `"Date"`. */
  readonly type: string;
  /** Of its encoded form. */
  readonly bytes: number;
  /** Whether it is a quick value, which no commit has taken up yet. */
  readonly quick: boolean;
  /** The value as text, when values were asked for. */
  readonly text?: string;
}

/** What came as cookies, opened. */
export interface CookieSnapshot {
  readonly cookies: readonly { readonly name: string; readonly bytes: number }[];
  /** Why they are no session, when they are none. */
  readonly rejected: string | undefined;
  /** Which secret of the ring sealed it, 0 for the first. */
  readonly secret: number | undefined;
  readonly sealedAt: number | undefined;
  readonly attributes: string;
}

/** Something to mend. */
export interface Warning {
  readonly title: string;
  readonly text: string;
}

/** One request, and what the session did in it. */
export interface RequestEntry {
  readonly number: number;
  readonly at: number;
  readonly method: string;
  /** Without its query, which may hold secrets. */
  readonly path: string;
  /** `"action"` and `"navigation"` are those of Next. */
  readonly kind: "action" | "navigation" | "document" | "request";
  readonly operations: readonly Measured[];
  readonly calls: readonly Measured[];
  /** The names of the events, with their reason where there is one. */
  readonly events: readonly string[];
}

/** One operation or round trip. */
export interface Measured {
  /** `"load"`, `"cache read"`. */
  readonly name: string;
  /** What there is to say of it: `"from the cache"`. */
  readonly note: string;
  /** Milliseconds since the first operation of the request. */
  readonly start: number;
  readonly milliseconds: number;
  /** The code of the error with which it failed. */
  readonly error?: string;
}
