/** A session as a `Cookie` header, to drive a server with. */

import type { FlashMessages, SessionDefinition } from "../session/options.js";
import type { ServerOptions } from "../session/settings/server-options.js";
import { ANY, CHECKED_ELSEWHERE, checkShape, OBJECT, type Shape, TEXT } from "../util/option-shape.js";
import { createSessions } from "../web/index.js";

/** What the sealed session is to be. */
export interface SealSessionOptions<Data extends object> extends Pick<ServerOptions, "store" | "cache" | "revocation"> {
  /** What it holds. Default nothing. */
  data?: Partial<Data>;
  /** Who is signed in. Default nobody. */
  userId?: string;
  /** Its absolute deadline, at most 400 days from now; once it has passed, there is no session. Default `lifetime` from now. */
  expiresAt?: Date;
  /** The headers of the request that it begins with: what `bind` binds it to. Default none. */
  headers?: HeadersInit;
}

/**
 * Begins a session and gives the `Cookie` header with which a browser would come back, so that a test need not go
 * through a sign-in. Whoever has the secret can do this; keep the secret of production out of tests.
 *
 * A user's session has a row, or a server with a store takes it for none: hand in the `store` and `cache` of the server under
 * test, and it is registered there, as `login` does. The same goes for a session that is too large for a cookie. Where the server
 * under test has `revocation: "none"`, give that option here, and the cookie holds all of the session: at most 6 KB.
 *
 * @example
 * ```ts
 * import { sealSession } from "spillway/testing";
 * const cookie = await sealSession(sessionOptions, { userId: "ada", data: { cart: ["tea"] }, store: prismaStore(prisma.session) });
 * const response = await fetch("http://localhost:3000/cart", { headers: { cookie } });
 * ```
 * @returns the value of the header: `__Host-session=Fe26…`; empty when `expiresAt` has passed.
 * @throws {SessionConfigError} for an option that is unknown or of another type, or a `userId` without a `store` or a `cache`, unless `revocation: "none"` is given.
 * @throws {SessionValueError} when a value cannot be kept, the session is too large, or `expiresAt` is no deadline.
 */
export async function sealSession<Data extends object = Record<string, unknown>, Flash extends object = FlashMessages>(
  definition: SessionDefinition<Data, Flash>,
  options: SealSessionOptions<Data> = {},
): Promise<string> {
  checkSealOptions(options);
  const { data, userId, expiresAt, headers, store, cache, revocation = "store" } = options;
  const { open } = createSessions(definition, {
    ...(store && { store }),
    ...(cache && { cache }),
    revocation,
  });
  const { session, setCookies } = await open(new Headers(headers));
  // Judged before anything is written; a login gives the session another deadline.
  await session.start(expiresAt === undefined ? {} : { expiresAt });
  if (data) await session.set(data);
  if (userId !== undefined) await session.login(userId);
  if (expiresAt !== undefined) await session.regenerateId({ expiresAt });
  return cookieHeader(setCookies);
}

/** What each option may be. Tiers and dates are checked where they are used. */
const SHAPE: Shape<SealSessionOptions<object>> = {
  data: OBJECT,
  userId: TEXT,
  expiresAt: ANY,
  headers: CHECKED_ELSEWHERE,
  store: CHECKED_ELSEWHERE,
  cache: CHECKED_ELSEWHERE,
  revocation: CHECKED_ELSEWHERE,
};

/** Refuses what is no option of {@link sealSession}. @throws {SessionConfigError} naming it. */
export function checkSealOptions(options: unknown): void {
  checkShape("", options, SHAPE);
}

/** What a browser sends after these `Set-Cookie` headers: of each name the last, unless that deletes it. */
function cookieHeader(setCookies: readonly string[]): string {
  const pairs = new Map<string, string>();
  for (const header of setCookies) {
    const pair = header.split(";", 1)[0] ?? "";
    const name = pair.slice(0, pair.indexOf("="));
    if (pair.length > name.length + 1) pairs.set(name, pair);
    else pairs.delete(name);
  }
  return [...pairs.values()].join("; ");
}
