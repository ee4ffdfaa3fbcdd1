/**
 * The two kinds of sessions, a visitor's and a user's. Each has cookies of its own name, so that no response of one can
 * overwrite the other: a visitor's request that is answered after a login takes nothing from the user.
 */

import type { Token } from "./token.js";

/** Whose session it is: nobody's who has signed in, or a user's. */
export type Kind = "visitor" | "user";

/** What the name of a user's cookies has beside that of a visitor's. */
const USER_SUFFIX = "-user";

/** The name of the session cookie of a kind, from the name that the application has given. */
export function cookieName(name: string, kind: Kind): string {
  // rule: a user's session has a cookie of another name than a visitor's
  return kind === "user" ? `${name}${USER_SUFFIX}` : name;
}

/** Which of the names of session cookies, chunks and activity cookies among them, are of a user's session. */
export function usersOf(names: Iterable<string>, name: string): string[] {
  return [...names].filter((other) => other.startsWith(cookieName(name, "user")));
}

/** The kind of a token's session: part of what is sealed, so that no cookie opens under the name of the other kind. */
export function kindOf({ userId }: Pick<Token, "userId">): Kind {
  return userId === undefined ? "visitor" : "user";
}
