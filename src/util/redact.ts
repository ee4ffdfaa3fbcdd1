/** Redaction: what may be told of an error that other people's code threw. */

import { SessionStoreError } from "../errors.js";

/**
 * An error of a store's client, a codec, a migration, a listener, without its text: database and KV clients quote the
 * statement that failed, and with it keys and values. Its message is a code and a remedy, both of this library's own
 * wording; its stack has the frames of the original.
 */
class RedactedError extends Error {
  /** The code of the original, where that is a known one: `P2021`, `ECONNREFUSED`, `42P01`, `NOAUTH`. */
  declare readonly code?: string;
}

/**
 * The codes that are told. Whatever has another form could be a value: errors of Node and SQLite start alike, Prisma's
 * are numbered, those of MySQL and MariaDB are names, and SQLSTATE has five characters of which one is a digit.
 */
const CODE =
  /^(?:E[A-Z]{3,18}|ERR_[A-Z_]{3,40}|UND_ERR(?:_[A-Z]{2,20}){0,4}|SQLITE_[A-Z_]{2,40}|ER_[A-Z_]{3,50}|P\d{4})$/;
const SQLSTATE = /^(?=.*\d)[0-9A-Z]{5}$/;

/** What Redis writes before the text of an error, and what clients make of it. */
const REDIS_CODES =
  "ASK|BUSY|BUSYGROUP|CLUSTERDOWN|CROSSSLOT|ERR|EXECABORT|LOADING|MASTERDOWN|MISCONF|MOVED|NOAUTH|NOPERM|NOREPLICAS|NOSCRIPT|OOM|READONLY|TRYAGAIN|UNKILLABLE|WRONGPASS|WRONGTYPE";
const REDIS_REPLY = new RegExp(`^(?:Command \\d+ \\[ \\w+ \\] failed: )?(${REDIS_CODES})\\b`);

/** The name of an error's class: the usual ending tells it from any other text. */
const CLASS = /^[A-Za-z]{0,50}(?:Error|Exception)$/;

/** A line of a stack that names a place in the code. */
const FRAME = /^\s+at .{1,400}:\d+:\d+\)?$/;

/** So deep are the causes of an error searched for a code: Prisma's adapters wrap the driver's error twice. */
const DEPTH = 5;

/** What to do, by code. */
const REMEDIES: readonly (readonly [codes: RegExp, remedy: string])[] = [
  [/^(P2021|42P01|ER_NO_SUCH_TABLE)$/, "the table does not exist: run the migration"],
  [/^(P2022|42703|ER_BAD_FIELD_ERROR)$/, "a column does not exist: run the migration, then `prisma generate`"],
  [
    /^(P2000|22001|ER_DATA_TOO_LONG)$/,
    "a value is too long for its column: compare the columns with prisma/session.prisma",
  ],
  [/^(P2024|53300|ER_CON_COUNT_ERROR|EMFILE)$/, "no connection is free: raise the limit of the pool or of the server"],
  [/^(P1000|28P01|28000|ER_ACCESS_DENIED_ERROR|NOAUTH|WRONGPASS)$/, "the credentials are wrong or missing"],
  [/^(NOPERM|42501)$/, "the account lacks a permission"],
  [/^(P1003|3D000|ER_BAD_DB_ERROR)$/, "the database does not exist"],
  [/^(P1001|P1017|ECONNREFUSED|ECONNRESET|EPIPE|EHOSTUNREACH|57P0[123])$/, "the server cannot be reached"],
  [/^(ENOTFOUND|EAI_AGAIN)$/, "the server's name cannot be resolved"],
  [/^(P1002|P1008|ETIMEDOUT|ESOCKETTIMEDOUT|UND_ERR_\w*TIMEOUT|57014)$/, "the server did not answer in time"],
  [/^(P2034|40001|40P01|ER_LOCK_DEADLOCK)$/, "another transaction came first"],
  [/^(READONLY|25006|ER_OPTION_PREVENTS_STATEMENT|SQLITE_READONLY)$/, "the server is a replica, or takes no writes"],
  [/^SQLITE_BUSY$/, "another process writes: give the adapter a `timeout`"],
  [/^OOM$/, "the cache is full"],
];

const NOT_CONNECTED =
  "the client is not connected: call its `connect()` when the application starts, and do not close it";

const NOT_REACHED = "the server cannot be reached: see whether it runs, and whether the client's url is right";

/** What clients of Redis say without a code of their own, and in a minified bundle without their class. */
const MESSAGE_REMEDIES: readonly (readonly [message: RegExp, remedy: string])[] = [
  [/^(?:The client is (?:closed|offline)|Connection is closed|Stream isn't writeable)/i, NOT_CONNECTED],
  [
    /^(?:Reached the max retries|Socket closed|Command aborted due to connection|Connection (?:timeout|terminated)|None of startup nodes|Failed to refresh slots|All (?:sentinels|the root nodes) are un)/i,
    NOT_REACHED,
  ],
  [/^(?:Command timed out|Socket timeout)/i, "the server did not answer in time"],
];

/** What to do, by class. */
const CLASS_REMEDIES: Readonly<Record<string, string>> = {
  PrismaClientValidationError:
    "the generated client does not fit: compare its model with prisma/session.prisma, then run `prisma generate`",
  PrismaClientInitializationError: "the database client could not start: look at its connection",
  ClientClosedError: NOT_CONNECTED,
  ClientOfflineError: NOT_CONNECTED,
  DisconnectsClientError: NOT_CONNECTED,
};

/**
 * What may be told of anything that was thrown: its class, a known code, the remedy for it, and the frames of its stack.
 * What has been redacted comes back as it is.
 */
export function redact(thrown: unknown): Error {
  if (thrown instanceof RedactedError) return thrown;
  const name = nameOf(thrown);
  const code = codeOf(thrown);
  const remedy =
    REMEDIES.find(([codes]) => code !== undefined && codes.test(code))?.[1] ??
    CLASS_REMEDIES[name] ??
    MESSAGE_REMEDIES.find(([messages]) => messages.test(String(read(thrown, "message"))))?.[1];
  const error = new RedactedError([code, remedy].filter(Boolean).join(": ") || "no code");
  const stack = [`${name}: ${error.message}`, ...framesOf(thrown)].join("\n");
  Object.defineProperty(error, "name", { value: name, configurable: true });
  Object.defineProperty(error, "stack", { value: stack, configurable: true, writable: true });
  if (code !== undefined) Object.defineProperty(error, "code", { value: code, enumerable: true });
  return error;
}

/** A store error that a store or a cache of the application's own threw, its cause redacted. */
export function redactStoreError(error: SessionStoreError): SessionStoreError {
  if (error.cause === undefined || error.cause instanceof RedactedError) return error;
  if (error.cause instanceof SessionStoreError && redactStoreError(error.cause) === error.cause) return error;
  return new SessionStoreError(error.tier, error.message, error.outcome, { cause: redact(error.cause) });
}

function nameOf(thrown: unknown): string {
  const name = read(thrown, "name");
  return typeof name === "string" && CLASS.test(name) ? name : thrown instanceof Error ? "Error" : "Thrown";
}

function codeOf(thrown: unknown, depth = 0): string | undefined {
  if (depth === DEPTH || typeof thrown !== "object" || thrown === null) return undefined;
  const message = read(thrown, "message");
  const reply = typeof message === "string" ? REDIS_REPLY.exec(message)?.[1] : undefined;
  for (const found of [read(thrown, "code"), read(thrown, "originalCode"), reply]) {
    if (typeof found === "string" && (CODE.test(found) || SQLSTATE.test(found) || found === reply)) return found;
  }
  const errors = read(thrown, "errors");
  const inner = [read(thrown, "cause"), Array.isArray(errors) ? errors[0] : undefined];
  for (const one of inner) {
    const code = codeOf(one, depth + 1);
    if (code !== undefined) return code;
  }
  return undefined;
}

/** The places in the code. What the message holds stands before them, and is cut off as a whole. */
function framesOf(thrown: unknown): string[] {
  const [message, stack] = [read(thrown, "message"), read(thrown, "stack")];
  if (typeof message !== "string" || typeof stack !== "string") return [];
  const end = message === "" ? stack.indexOf("\n") : stack.indexOf(message) + message.length;
  if (end < message.length || !stack.startsWith("\n", end)) return [];
  const lines = stack.slice(end + 1).split("\n");
  return lines.every((line) => FRAME.test(line))
    ? lines
    : lines.slice(
        0,
        lines.findIndex((line) => !FRAME.test(line)),
      );
}

/** A property of something unknown. A getter that throws has none. */
function read(thrown: unknown, property: string): unknown {
  try {
    return (thrown as Record<string, unknown> | null | undefined)?.[property];
  } catch {
    return undefined;
  }
}
