/** Every error of this library, told apart by its literal `code`: branch on that, never on the message. */

/** The `code` of a {@link SessionError}. */
export type SessionErrorCode =
  | "config"
  | "read-only"
  | "key"
  | "value"
  | "too-large"
  | "store"
  | "conflict"
  | "session-ended"
  | "login-refused"
  | "stale-authentication"
  | "unreadable"
  | "cross-site"
  | "prefetch"
  | "too-many-visitors";

/** Where each code has its remedy, under an anchor of its name. */
const REMEDIES = "https://github.com/spillway-sessions/spillway/blob/main/docs/reference/errors.md";

/**
 * The base of every error that this library throws. Its text never holds an id, a cookie or a value, and ends with the address
 * of the page that says what to do.
 */
export class SessionError extends Error {
  // Spelled out in each class: bundlers rename classes.
  override readonly name: string = "SessionError";
  /** What happened, as a stable literal. */
  readonly code: SessionErrorCode;

  constructor(code: SessionErrorCode, message: string, options?: ErrorOptions) {
    super(message.includes(REMEDIES) ? message : `${message} ${REMEDIES}#${code}`, options);
    this.code = code;
  }
}

/** An option is missing, unknown, or weaker than it may be. Thrown before any request is served with it. */
export class SessionConfigError extends SessionError {
  override readonly name = "SessionConfigError";
  declare readonly code: "config";
  /** The option at fault, as the user writes it: `secret`, `cookie.sameSite`. */
  readonly option: string;

  constructor(option: string, message: string) {
    super("config", `Spillway option \`${option}\`: ${message}`);
    this.option = option;
  }
}

/** A key that may not be used, a value that cannot be kept, or a session over `maxSize`. Nothing was written. */
export class SessionValueError extends SessionError {
  override readonly name = "SessionValueError";
  declare readonly code: "key" | "value" | "too-large";
  /** Where the value stands: `cart[0].price`. Undefined when the session as a whole is at fault. */
  readonly path: string | undefined;

  constructor(code: "key" | "value" | "too-large", message: string, path?: string, options?: ErrorOptions) {
    super(code, message, options);
    this.path = path;
  }
}

/** Which of the two tiers an error speaks of: the cache (KV) or the store (the database). */
export type Tier = "cache" | "store";

/**
 * A store failed or did not answer in time. This never means "no session": nobody was logged out.
 * `outcome` tells what became of a write: `"failed"` (it did not happen) or `"unknown"` (it may have, and a later
 * request will see which).
 */
export class SessionStoreError extends SessionError {
  override readonly name = "SessionStoreError";
  declare readonly code: "store";
  /** Which tier failed. With a cache alone that is the cache. */
  readonly tier: Tier;
  /** What became of a write; of a read it says nothing. */
  readonly outcome: "failed" | "unknown";

  constructor(tier: Tier, message: string, outcome: "failed" | "unknown" = "failed", options?: ErrorOptions) {
    super("store", message, options);
    this.tier = tier;
    this.outcome = outcome;
  }
}

/** Other requests changed the session first, eight times in a row. Nothing of this commit was kept. */
export class ConflictError extends SessionError {
  override readonly name = "ConflictError";
  declare readonly code: "conflict";

  constructor(attempts: number) {
    super(
      "conflict",
      `The session was changed by other requests ${attempts} times while this one tried to commit. Nothing of this commit was kept; try the request again.`,
    );
  }
}
