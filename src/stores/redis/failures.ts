/** What a Redis that failed or refused is taken for, and what to do about it. No text of a client is passed on. */

import { SessionStoreError } from "../../errors.js";
import { CacheRefusalError } from "../../tiers/cache.js";
import { redact, redactStoreError } from "../../util/redact.js";
import { KEY_LOCKING, NEEDED_COMMANDS } from "./scripts.js";

const NEEDED = `Spillway needs Redis 7.0 or later, Valkey or Upstash, and there the right to these commands, also within scripts: ${NEEDED_COMMANDS.join(" ")}`;

/** A server that is not fit for Spillway, by what it answers. */
const UNFIT: readonly (readonly [answer: RegExp, what: string])[] = [
  [
    /unknown (?:redis )?command/i,
    `The cache's server does not know a command: it is too old, or the command was renamed. ${NEEDED}.`,
  ],
  [/syntax error/i, `The cache's server does not understand a command: it is too old. ${NEEDED}.`],
  [
    /NOPERM|ACL failure|no permissions|can't run this command/i,
    `The cache's account lacks a right, to a command or to keys under the \`prefix\`. ${NEEDED}.`,
  ],
  [
    /WRONGPASS|invalid (?:username-)?password|\bUnauthorized\b/i,
    "The cache's server refused the password, the user name or the token: correct what the client is given.",
  ],
  [/NOAUTH/, "The cache's server asks for a password, and the client was given none."],
  [/READONLY/, "The cache's server is a replica, which takes no writes: connect the client to the primary."],
];

/** One call was refused, for what it carries; the server is well. */
const REFUSED =
  /^OOM\b|capacity quota exceeded|max (?:request|(?:single )?record|value) size|exceeds maximum allowed size|invalid bulk length|WRONGTYPE/;

/** A reply of the server itself, as its clients pass it on: a code in capitals, then a text. */
const ANSWER = /^(?:Command (?:\d+ \[ \w+ \] )?failed: )?[A-Z][A-Z0-9]{1,20} /;

/**
 * Whether a script was refused for the flag in its first line. Servers before Redis 7 refuse the line as a whole; others
 * that run Lua name the flag alone.
 */
export function isFlagRefused(error: unknown): boolean {
  return /shebang|\bflag\b|user_script:1: .*'#'|unexpected symbol near/i.test(textOf(error));
}

/** Whether the server has answered, so that the command had no effect. */
export function isAnswer(error: unknown): boolean {
  return ANSWER.test(textOf(error)) || unfit(error) !== undefined;
}

/**
 * The error to throw for what a client threw.
 * @param outcome what became of the call as a whole.
 */
export function cacheFailure(error: unknown, outcome: "failed" | "unknown"): SessionStoreError {
  if (error instanceof SessionStoreError) return redactStoreError(error);
  const cause = redact(error);
  if (REFUSED.test(textOf(error))) {
    return new CacheRefusalError(`The cache refused one call, and is otherwise well (${cause}).`, outcome, { cause });
  }
  const what = unfit(error) ?? "The cache failed.";
  return new SessionStoreError("cache", `${what} The client threw ${cause}.`, outcome, { cause });
}

function unfit(error: unknown): string | undefined {
  const text = textOf(error);
  return UNFIT.find(([answer]) => answer.test(text))?.[1];
}

/** The text of what was thrown, without the command that Upstash's client repeats after it: that holds values. */
function textOf(error: unknown): string {
  const { message } = (error ?? {}) as { message?: unknown };
  if (typeof message !== "string") return "";
  const [told = ""] = message.split(/, command was: |\n/, 1);
  return told.replaceAll(KEY_LOCKING, "").slice(0, 500);
}
