/** The cookie's options, resolved: as production has them, and as development has to have them. */

import { type CookieAttributes, cookieProblem } from "../../cookie/attributes.js";
import { SessionConfigError } from "../../errors.js";
import type { CookieOptions } from "../options.js";

/** The name in production, unless an option says otherwise. */
export const DEFAULT_NAME = "__Host-session";

/** How the names of the cookies end that are made from the name: of another application they would be this one's. */
const RESERVED_NAME = /-(user|activity)$/;

/**
 * The attributes of the session cookie. They are judged as they are in production, also in development: what browsers
 * would drop there is told where it is written.
 * @param secret tells applications apart in development: see {@link developmentName}.
 * @throws {SessionConfigError} naming the option.
 */
export function readAttributes(cookie: CookieOptions, development: boolean, secret: string): CookieAttributes {
  const attributes: CookieAttributes = {
    name: cookie.name ?? DEFAULT_NAME,
    path: cookie.path ?? "/",
    domain: cookie.domain,
    sameSite: cookie.sameSite ?? "lax",
    secure: cookie.secure ?? true,
    partitioned: cookie.partitioned ?? false,
    priority: cookie.priority,
  };
  if (typeof attributes.name === "string" && RESERVED_NAME.test(attributes.name)) {
    throw new SessionConfigError("cookie.name", 'must not end in "-user" or "-activity".');
  }
  refuseProblem(attributes);
  if (!development || cookie.secure !== undefined) return attributes;
  const plain: CookieAttributes = {
    ...attributes,
    name: cookie.name === undefined ? developmentName(secret) : attributes.name.replace(/^__(Host|Secure)-/i, ""),
    // Without Secure browsers drop the others.
    sameSite: attributes.sameSite === "none" ? "lax" : attributes.sameSite,
    secure: false,
    partitioned: false,
  };
  refuseProblem(plain);
  return plain;
}

function refuseProblem(attributes: CookieAttributes): void {
  const problem = cookieProblem(attributes);
  if (problem) throw new SessionConfigError(`cookie.${problem.attribute}`, `${problem.text}.`);
}

/**
 * `session-` and six characters by the secret. Cookies ignore ports: two applications on localhost would take away each
 * other's. The secret is what middleware, edge and server have alike, and what makes one unable to open the other's;
 * 31 of its bits tell nothing of the rest.
 */
function developmentName(secret: string): string {
  let hash = 7;
  for (let at = 0; at < secret.length; at++) hash = (Math.imul(hash, 31) + secret.charCodeAt(at)) | 0;
  return `session-${(hash >>> 1).toString(36).padStart(6, "0").slice(-6)}`;
}
