/** The shapes that flow through a request: what was loaded, what a commit is to make of it, and what it came to. */

import type { SessionStoreError } from "../errors.js";
import type { DeferredWrite } from "../tiers/deferred-write.js";
import type { SessionRecord } from "../tiers/store.js";
import type { Operation, Values } from "./operations.js";
import type { Client } from "./token/client.js";
import type { Token } from "./token/token.js";

/** A session as this request found it: what a commit starts from. */
export interface Loaded {
  /** The token that stands: none when there is no session, or when the server no longer knows it. */
  readonly token: Token | undefined;
  /** The durable values. Never changed in place: what a request does is replayed on a copy. */
  readonly values: Values;
  /** The bytes of the durable values as they were loaded; undefined when there are none yet. */
  readonly text: string | undefined;
  /** Quick values that no commit has taken up yet, and their stored forms. */
  readonly quick: Values;
  readonly quickTexts: Readonly<Record<string, string>>;
  /** The server's record, when it was read. */
  readonly record: SessionRecord | undefined;
  /** What the session holds beyond its record: writes that wait in the cache for the database. */
  readonly dirty?: DeferredWrite | undefined;
  /** This very request has committed it: the browser does not have its cookie yet, and may never get it. */
  readonly isOnItsWay?: boolean;
}

/** What a commit is for, beside the recorded operations. */
export type Intent =
  | { readonly type: "write" }
  | { readonly type: "start"; readonly expiresAt?: Date | undefined; readonly secure?: boolean | undefined }
  | { readonly type: "pin" }
  | { readonly type: "login"; readonly userId: string; readonly persistent: boolean | undefined }
  | { readonly type: "regenerate"; readonly expiresAt?: Date | undefined }
  | { readonly type: "rotate" };

/**
 * Who holds the data: the cookie; the server; or both, while a session shrinks, so that no response that got lost or
 * comes late holds the only reference to nothing.
 */
export type Placement = "cookie" | "shrinking" | "server";

/** What would be committed. */
export interface Draft {
  /** Without data and with the old reference: the commit completes it. */
  readonly token: Token;
  readonly values: Values;
  readonly text: string;
  /** What each operation answers, in order. */
  readonly results: readonly unknown[];
  readonly placement: Placement;
  /** Nothing differs from what was loaded: there is nothing to commit. */
  readonly isUnchanged: boolean;
}

/** A commit to make: on what, what, why, and for whom. */
export interface Commit {
  readonly loaded: Loaded;
  readonly operations: readonly Operation[];
  readonly intent: Intent;
  readonly client: Client;
  /** The head of the response has left: the browser can be told of no token. */
  readonly isLate: boolean;
}

/** What a commit made. */
export interface Committed {
  /** The session from now on, with its next token. */
  readonly loaded: Loaded;
  /** What each operation answers, as of the replay that was committed. */
  readonly results: readonly unknown[];
  /** Whether the token is news to the browser, which then needs new cookies. */
  readonly isNews: boolean;
  /** False when a database is configured and has not got it yet. */
  readonly durable: boolean;
  /** What the caller is told once the browser has its cookies: the commit stands, but not all of what was asked for. */
  readonly failure?: SessionStoreError;
}
