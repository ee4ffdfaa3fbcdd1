/** Taking sessions over from iron-session. */

import { SessionConfigError } from "../../errors.js";
import type { LegacySession, LegacySource } from "../../session/legacy.js";
import { now } from "../../util/clock.js";
import { CHECKED_ELSEWHERE, checkShape, FUNCTION, OBJECT, type Shape } from "../../util/option-shape.js";
import { cookieNames, openSeal, type Password, sealIn, valuesOf } from "./open-seal.js";
import { checkPassword, DEFAULT_TTL } from "./options.js";

/** The options of {@link ironSession}. */
export interface IronSessionSource<Old extends object> {
  /** The password of iron-session, or its ring: `{ 1: "…", 2: "…" }`. */
  password: Password | undefined;
  /** The name of its cookie. */
  cookieName: string;
  /**
   * Its `ttl`, in seconds, by which it is known when a session was last saved: `requireFresh` goes by that, and what
   * was saved before its user was signed out everywhere is no session. Default 14 days (1,209,600), as there; that of
   * iron-session 6 and 7 was 15 days (1,296,000), to be given here.
   */
  ttl?: number;
  /** With what else it set its cookie: `path` and `domain`, without which a browser does not forget it. */
  cookieOptions?: { readonly path?: string | undefined; readonly domain?: string | undefined };
  /**
   * Who is signed in, from the values. A number is taken as text, an empty text is nobody, and anything else is refused:
   * the request rejects with a `SessionConfigError` that names `userId`. Default nobody: the values are here, but `userId` is
   * not, and the session can be neither listed nor ended from the server.
   */
  userId?(data: Partial<Old>): string | number | bigint | null | undefined;
  /** The values to take over, from those that were there. Default all of them. */
  data?(data: Partial<Old>): object;
}

const SHAPE: Shape<IronSessionSource<object>> = {
  password: CHECKED_ELSEWHERE,
  cookieName: CHECKED_ELSEWHERE,
  ttl: CHECKED_ELSEWHERE,
  cookieOptions: OBJECT,
  userId: FUNCTION,
  data: FUNCTION,
};

/**
 * Takes sessions over from iron-session 6 to 9, for the option `legacy` of `defineSession`. Seals that are wrong, forged or
 * over are no session. Their passwords are checked when one is to be opened, never during `next build`.
 *
 * @example
 * ```ts
 * import { defineSession } from "spillway";
 * import { ironSession } from "spillway/compat/iron-session";
 * interface Data { user?: { id: number } }
 * export const sessionOptions = defineSession<Data>({
 *   secret: process.env.SESSION_SECRET,
 *   legacy: [
 *     ironSession<Data>({
 *       password: process.env.IRON_PASSWORD,
 *       cookieName: "my-app",
 *       userId: ({ user }) => user?.id,
 *     }),
 *   ],
 * });
 * ```
 * @throws {SessionConfigError} for an option that is unknown or of another type.
 */
export function ironSession<Old extends object = Record<string, unknown>>(
  options: IronSessionSource<Old>,
): LegacySource {
  checkShape("", options, SHAPE);
  const { cookieName, cookieOptions, ttl = DEFAULT_TTL } = options;
  if (typeof cookieName !== "string" || cookieName === "") {
    throw new SessionConfigError("cookieName", "must be the name of iron-session's cookie.");
  }
  const at = {
    ...(cookieOptions?.path === undefined ? {} : { path: cookieOptions.path }),
    ...(cookieOptions?.domain === undefined ? {} : { domain: cookieOptions.domain }),
  };
  return {
    cookies: cookieNames(cookieName).map((name) => ({ name, ...at })),
    async open(cookies) {
      const seal = sealIn(cookieName, (name) => cookies[name]);
      const opened = seal === undefined ? undefined : await openSeal(seal, checkPassword(options.password));
      const old = opened?.ok ? (valuesOf(opened.data) as Partial<Old> | undefined) : undefined;
      if (!opened?.ok || !old) return undefined;
      const { id, expiresAt } = opened;
      return {
        id,
        data: { ...(options.data?.(old) ?? old) },
        userId: userIdOf(options.userId?.(old)),
        issuedAt: issuedAt(expiresAt, ttl),
        expiresAt,
      } satisfies LegacySession;
    },
  };
}

/** The id of a user as text. An object's or a boolean's text would be one id for many users. @throws {SessionConfigError} `userId`. */
function userIdOf(given: unknown): string | undefined {
  if (given === undefined || given === null || given === "") return undefined;
  if (typeof given === "string" || typeof given === "bigint" || Number.isFinite(given)) return String(given);
  throw new SessionConfigError(
    "userId",
    `gave ${typeof given === "number" ? given : `a value of type ${typeof given}`}, which is no user's id. Return a text or a finite number (\`user.id.toString()\`), or undefined for nobody.`,
  );
}

/** When a session was last saved. Undefined where the `ttl` cannot be the one that it was saved with. */
function issuedAt(expiresAt: Date | undefined, ttl: number): Date | undefined {
  if (!expiresAt || ttl === 0) return undefined;
  const moment = expiresAt.getTime() - ttl * 1000;
  return moment > 0 && moment <= now() ? new Date(moment) : undefined;
}
