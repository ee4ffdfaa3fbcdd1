/** Tokens for forms and scripts, where headers alone are not to be relied upon. */

import { randomToken } from "#seal";
import { decodeBase64url, encodeBase64url } from "../cookie/base64url.js";
import type { SessionDefinition } from "../session/options.js";
import type { ReadonlySession } from "../session/readonly-session.js";
import { CSRF_SUBJECT } from "../session/request/session-reader.js";
import { settingsOf } from "../session/settings/settings.js";
import { checkSession } from "./arguments.js";

/** A masked token: the key's id, 32 random bytes, and the MAC under them, each in base64url without padding. */
const TOKEN = /^([0-9a-f]{8})\.([\w-]{43})([\w-]{43})$/;

/** The bytes of a MAC. */
const MAC_BYTES = 32;

/**
 * A token for forms and scripts, bound to the session and to its sign-in: nobody else can make one. It goes on through
 * the rotation of ids and the roll-over of secrets, and ends with `login`, `regenerateId` and `logout`.
 *
 * It is another text each time (its MAC is masked with random bytes), so that compression in front of TLS tells
 * nothing of it (BREACH). Begin a session before (`start()`): without one, no token is good.
 */
export async function csrfToken<Data extends object, Flash extends object>(
  definition: SessionDefinition<Data, Flash>,
  session: Pick<ReadonlySession<Data, Flash>, "id">,
): Promise<string> {
  checkSession("csrfToken", session);
  const signature = await settingsOf(definition).opener.sign("csrf", subjectOf(session) ?? "");
  const [key = "", mac = ""] = signature.split(".");
  const mask = randomToken(MAC_BYTES);
  return `${key}.${mask}${masked(mac, mask)}`;
}

/**
 * Whether a token was made by {@link csrfToken} for this session, as whoever it is signed in as now. The answer is the
 * same throughout a request.
 */
export async function isCsrfToken<Data extends object, Flash extends object>(
  definition: SessionDefinition<Data, Flash>,
  session: Pick<ReadonlySession<Data, Flash>, "id">,
  token: unknown,
): Promise<boolean> {
  checkSession("isCsrfToken", session);
  const subject = subjectOf(session);
  const [, key, mask = "", hidden = ""] = (typeof token === "string" && TOKEN.exec(token)) || [];
  // Without a session there is nothing to bind it to: anybody's would do.
  if (subject === undefined || key === undefined) return false;
  const { opener } = settingsOf(definition);
  return (await opener.verify("csrf", subject, `${key}.${masked(hidden, mask)}`)) === "ok";
}

/** What a token is bound to; undefined without a session. What is no session of this library has nothing but its id. */
function subjectOf(session: { readonly id: string | undefined; [CSRF_SUBJECT]?(): string | undefined }) {
  return session[CSRF_SUBJECT] ? session[CSRF_SUBJECT]() : session.id;
}

/** Puts a mask over a text of base64url, or takes it off. */
function masked(text: string, mask: string): string {
  const [bytes, over] = [decodeBase64url(text), decodeBase64url(mask)];
  return encodeBase64url(bytes.map((byte, at) => byte ^ (over[at] ?? 0)));
}
