/** What the methods of the manager were given: a misspelt option would end, list or delete something else than was meant. */

import { checkCall, DURATION, FUNCTION, type Shape, TEXT } from "../../util/option-shape.js";
import type { CleanupOptions, SessionManager } from "./sessions.js";

type Options<Method extends "list" | "revokeUser"> = NonNullable<Parameters<SessionManager[Method]>[1]>;

/** The options of each method. */
const OPTIONS = {
  list: { current: TEXT },
  revokeUser: {
    except: {
      must: "must be the handle of a session, or undefined: the empty text is none, and no session would stay",
      fits: (value) => typeof value === "string" && value !== "",
    },
  },
  cleanup: {
    limit: {
      must: "must be a whole number from 0: leave it out for no limit",
      fits: (value) => value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && (value as number) >= 0),
    },
    budget: DURATION,
    onProgress: FUNCTION,
  },
} satisfies {
  readonly list: Shape<Options<"list">>;
  readonly revokeUser: Shape<Options<"revokeUser">>;
  readonly cleanup: Shape<CleanupOptions>;
};

/** Refuses what is no option of a method. @throws {TypeError} naming it. */
export function checkOptions(method: keyof typeof OPTIONS, given: unknown): void {
  checkCall<object>(method, given, OPTIONS[method]);
}

/** Refuses what is no text. @throws {TypeError} saying `what` the method needs. */
export function checkText(method: keyof SessionManager, what: string, given: unknown): void {
  if (typeof given !== "string") throw new TypeError(`${method}() needs ${what}, as a string.`);
}

/** Refuses arguments of `destroyAll`, which would end what they were to spare. @throws {TypeError} naming the method. */
export function checkNone(given: readonly unknown[]): void {
  if (given.every((argument) => argument === undefined)) return;
  throw new TypeError(
    "destroyAll() takes no arguments, and spares no session. To spare one of a user, call revokeUser(userId, { except }).",
  );
}

/** Refuses what is no user's id. @throws {TypeError} naming the method. */
export function checkUser(method: keyof SessionManager, userId: unknown): void {
  if (typeof userId === "string" && userId !== "") return;
  throw new TypeError(`${method}() needs the user's id, as a string that is not empty.`);
}
