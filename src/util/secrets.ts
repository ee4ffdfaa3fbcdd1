/** Secrets, as an application is configured with them. */

import { SessionConfigError } from "../errors.js";

/** A secret has at least 32 characters: what iron demands of a password, and 128 bits even when written in hex. */
const MIN_SECRET = 32;

/** The fewest different characters of a secret: of 32 random hexadecimal digits, one text in 20 million has fewer. */
const MIN_DISTINCT = 8;

/**
 * The secrets of an option, the sealing one first, without blanks around them.
 * @throws {SessionConfigError} when there is none, or one is missing from a list, too short, or no secret at all.
 */
export function readSecrets(secret: string | readonly string[] | undefined): string[] {
  const secrets: readonly unknown[] = Array.isArray(secret) ? secret : [secret];
  const isMissing = (one: unknown) => one === undefined || one === null || one === "";
  if (secrets.every(isMissing)) {
    throw new SessionConfigError(
      "secret",
      "is missing. Set SESSION_SECRET in the environment, for example to what `npx spillway secret` prints.",
    );
  }
  // Left out in silence, the new secret of a roll-over would leave the old one sealing.
  const missing = secrets.findIndex(isMissing);
  if (missing >= 0) {
    throw new SessionConfigError("secret", `has nothing at place ${missing} of the list: leave out what is not set.`);
  }
  for (const one of secrets) {
    if (typeof one !== "string" || one.replace(/\s/g, "").length < MIN_SECRET) {
      throw new SessionConfigError(
        "secret",
        `must have at least ${MIN_SECRET} characters, blanks aside. \`npx spillway secret\` makes a good one.`,
      );
    }
    if (new Set(one).size < MIN_DISTINCT) {
      throw new SessionConfigError(
        "secret",
        "repeats a few characters, which is easily guessed. `npx spillway secret` makes a good one.",
      );
    }
  }
  // "new, old" in an environment, split at the comma, or a file that ends with a new line: nobody means the blank.
  return (secrets as string[]).map((one) => one.trim());
}
