/** The shapes that flow through a request: what was loaded, what a commit is to make of it, and what it came to. */

import type { SessionStoreError } from "../errors.js";
import type { DeferredWrite } from "../tiers/deferred-write.js";
import type { SessionRecord } from "../tiers/store.js";
import type { Operation, Values } from "./operations.js";
import type { Client } from "./token/client.js";
import type { Kind } from "./token/kinds.js";
import type { Token } from "./token/token.js";

/** A quick value that no commit has taken up yet. */
export interface QuickValue {
  /** Its stored form, by which the cache finds it again. */
  readonly text: string;
  /** Missing where the stored form cannot be read: the value is lost. */
  readonly value?: unknown;
}

/** A session as this request found it: what a commit starts from. */
export interface Loaded {
  /** The token that stands: none when there is no session, or when the server no longer knows it. */
  readonly token: Token | undefined;
  /** The durable values. Never changed in place: what a request does is replayed on a copy. */
  readonly values: Values;
  /** The bytes of the durable values as they were loaded; undefined when there are none yet. */
  readonly text: string | undefined;
  /** The quick values by key. */
  readonly quick: ReadonlyMap<string, QuickValue>;
  /** The server's record, when it was read. */
  readonly record: SessionRecord | undefined;
  /** The deferred write that goes beyond the record: it waits in the cache for the database. */
  readonly deferred?: DeferredWrite | undefined;
  /** The values could not be read, and none are here: whoever signs in takes nothing over. */
  readonly isUnreadable?: boolean;
  /**
   * There is no session, because the browser that presented this kind of one has ended it or been given another id a moment
   * ago: the request was sent before it knew.
   */
  readonly superseded?: Kind | undefined;
  /** Which tier gave the record of `load`; undefined where the cookie was all. */
  readonly from?: "cache" | "store";
  /** This request has committed it: the browser does not have its cookie yet, and may never get it. */
  readonly isOnItsWay?: boolean;
}

/** Where a session comes from that was taken over from an earlier library. */
export interface Origin {
  /** Its lineage, which does not begin with the commit. */
  readonly lineage: string;
  /** When its user signed in there (milliseconds since 1970). */
  readonly authenticatedAt: number;
}

/** What a commit is for, beside the recorded operations. */
export type Intent =
  | { readonly type: "write" }
  | {
      readonly type: "start";
      readonly expiresAt?: Date | undefined;
      readonly secure?: boolean | undefined;
      readonly origin?: Origin;
    }
  | { readonly type: "pin" }
  | {
      readonly type: "login";
      readonly userId: string;
      readonly persistent: boolean | undefined;
      readonly origin?: Origin;
      /** The place in the order of the user's logins, where that matters. */
      readonly seat?: Seat;
    }
  | { readonly type: "regenerate"; readonly expiresAt?: Date | undefined }
  | { readonly type: "rotate" };

/** A place in the order of a user's logins, which all processes agree on. */
export interface Seat {
  /** The id that the session is to have. */
  readonly id: string;
  /** Later than that of every login before, whatever the clocks say (milliseconds since 1970). */
  readonly at: number;
}

/** A commit to make: on what, which operations, for which purpose, and for which client. */
export interface Commit {
  readonly loaded: Loaded;
  readonly operations: readonly Operation[];
  readonly intent: Intent;
  readonly client: Client;
  /** Whether the head of the response has left by now, so that the browser can get no new token. */
  readonly isLate: () => boolean;
}

/**
 * Where a commit puts the values: into the cookie; on the server; or both, while a session shrinks, so that no response
 * that got lost or comes late holds the only reference to nothing.
 */
export type Placement = "cookie" | "shrinking" | "server";

/** What a commit would make of a session. */
export interface Change {
  readonly isUnchanged: false;
  /** Without data and with the old reference: the commit completes it. */
  readonly token: Token;
  /** Whether the commit gives the session another id, in place of one that it had. */
  readonly replacesId: boolean;
  readonly values: Values;
  readonly text: string;
  /** What each operation answers, in order. */
  readonly results: readonly unknown[];
  readonly placement: Placement;
}

/** What a commit would make of a session, or that nothing differs from what was loaded. */
export type Draft = Change | { readonly isUnchanged: true; readonly results: readonly unknown[] };

/** What a commit made. */
export interface Committed {
  /** The session from now on, with its next token. */
  readonly loaded: Loaded;
  /** What each operation answers, as of the replay that was committed. */
  readonly results: readonly unknown[];
  /** Whether the token is news to the browser, which then needs new cookies. */
  readonly isNews: boolean;
  /** Whether the session has another id than before, and the previous one ends. */
  readonly hasNewId: boolean;
  /** False when a database is configured and has not got it yet. */
  readonly durable: boolean;
  /** How often it was made again. Default 0. */
  readonly retries?: number;
  /** Thrown once the browser has its cookies: the commit took effect, but the cache did not acknowledge all of it. */
  readonly failure?: SessionStoreError;
}
