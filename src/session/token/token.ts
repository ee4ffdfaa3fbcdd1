/** The token: what the session cookie holds once it is opened, and how it is written as text. */

import { isBase64url } from "../../cookie/base64url.js";

/** The characters of a row's key: the tag of its application, and 128 random bits. */
export const ROW_KEY_LENGTH = 28;

/** Where the server keeps the session: the row's key, and the lowest version that this browser may see. */
export interface Reference {
  readonly key: string;
  readonly version: number;
}

/** The content of a session cookie. Moments are milliseconds since 1970. */
export interface Token {
  /** Random, kept through rotation, new at login; ties the activity cookie and the quick values to the session. */
  readonly lineage: string;
  /**
   * The lineages of other sessions whose cookies the browser had under the same name when this one began: it counts, and
   * not they, should they come beside it. Undefined where there were none, or a browser keeps one cookie of a name.
   */
  readonly superseded?: readonly string[] | undefined;
  /** The secret of the session: 256 random bits, base64url. */
  readonly id: string;
  readonly sealedAt: number;
  /** The application's epoch as it was when the session began or signed in. */
  readonly epoch: number;
  readonly expiresAt: number;
  /** As of the commit that sealed this; the activity cookie may extend it. */
  readonly idleExpiresAt: number;
  readonly userId: string | undefined;
  readonly authenticatedAt: number | undefined;
  /** The cookie outlives the browser (it has a Max-Age). */
  readonly persistent: boolean;
  /** Only ever sent over HTTPS: `start({ secure: true })`. */
  readonly secure: boolean;
  /** Kept on the server until the session ends, whatever its size. */
  readonly pinned: boolean;
  /** The cache may hold quick values of this session. */
  readonly quick: boolean;
  /** Fingerprint of the user agent and address that the session is bound to. */
  readonly binding: string | undefined;
  readonly reference: Reference | undefined;
  /** When the session began to shrink back into the cookie; while it is set, the cookie and the row both hold the data. */
  readonly shrunkAt: number | undefined;
  /** The encoded values, when the cookie holds them. */
  readonly data: string | undefined;
}

/**
 * Who holds the values of a session. `cookie`: the cookie, and the server knows nothing of the session. `bound`: the
 * cookie, and a row knows who is signed in. `shrinking`: the cookie and the row. `server`: the row alone.
 */
export type Holder = "cookie" | "bound" | "shrinking" | "server";

/** Who holds the values of the session of a token. */
export function holderOf({ reference, shrunkAt, data }: Token): Holder {
  if (!reference) return "cookie";
  if (data === undefined) return "server";
  return shrunkAt === undefined ? "bound" : "shrinking";
}

/** The token that counts beside others of these lineages, whose cookies the browser has. The last ones are kept. */
export function superseding(token: Token, lineages: readonly string[]): Token {
  const { lineage, superseded = [] } = token;
  const others = lineages.filter((other) => other !== lineage && !superseded.includes(other));
  return others.length === 0 ? token : { ...token, superseded: [...superseded, ...others].slice(-MAX_SUPERSEDED) };
}

/** The layout below. A cookie of another layout is refused, never guessed at. */
const LAYOUT = 1;
const PERSISTENT = 1;
const SECURE = 2;
const PINNED = 4;
const QUICK = 8;
const ALL_FLAGS = PERSISTENT | SECURE | PINNED | QUICK;

/** How many lineages a token supersedes at most: those of as many domains and paths. */
const MAX_SUPERSEDED = 4;

/** Writes a token as text: one line of JSON, then the data as it is (so that it is not escaped twice). */
export function encodeToken(token: Token): string {
  const head = JSON.stringify([
    LAYOUT,
    token.lineage,
    token.id,
    (token.persistent ? PERSISTENT : 0) |
      (token.secure ? SECURE : 0) |
      (token.pinned ? PINNED : 0) |
      (token.quick ? QUICK : 0),
    token.sealedAt,
    token.epoch,
    token.expiresAt,
    token.idleExpiresAt,
    token.userId ?? null,
    token.authenticatedAt ?? null,
    token.binding ?? null,
    token.reference?.key ?? null,
    token.reference?.version ?? null,
    token.shrunkAt ?? null,
    ...(token.superseded ? [token.superseded] : []),
  ]);
  return token.data === undefined ? head : `${head}\n${token.data}`;
}

/** Reads what {@link encodeToken} wrote. Anything else, however it was authenticated, is undefined. */
export function decodeToken(text: string): Token | undefined {
  const end = text.indexOf("\n");
  let head: unknown;
  try {
    head = JSON.parse(end < 0 ? text : text.slice(0, end));
  } catch {
    return undefined;
  }
  if (!Array.isArray(head) || head.length < 14 || head.length > 15 || head[0] !== LAYOUT) return undefined;
  const [, lineage, id, flags, sealedAt, epoch, expiresAt, idleExpiresAt, userId, authenticatedAt] = head;
  const [binding, key, version, shrunkAt, superseded] = head.slice(10);
  const valid =
    isBase64url(lineage, 22) &&
    isBase64url(id, 43) &&
    isCount(flags) &&
    flags <= ALL_FLAGS &&
    [sealedAt, epoch, expiresAt, idleExpiresAt].every(isCount) &&
    isOptional(userId, isText) &&
    isOptional(authenticatedAt, isCount) &&
    (userId === null) === (authenticatedAt === null) &&
    isOptional(binding, isText) &&
    isOptional(key, (value) => isBase64url(value, ROW_KEY_LENGTH)) &&
    isOptional(version, isCount) &&
    (key === null) === (version === null) &&
    isOptional(shrunkAt, isCount) &&
    (head.length === 14 || areLineages(superseded));
  if (!valid) return undefined;
  return {
    lineage,
    superseded,
    id,
    sealedAt,
    epoch,
    expiresAt,
    idleExpiresAt,
    userId: userId ?? undefined,
    authenticatedAt: authenticatedAt ?? undefined,
    persistent: (flags & PERSISTENT) !== 0,
    secure: (flags & SECURE) !== 0,
    pinned: (flags & PINNED) !== 0,
    quick: (flags & QUICK) !== 0,
    binding: binding ?? undefined,
    reference: key === null ? undefined : { key, version },
    shrunkAt: shrunkAt ?? undefined,
    data: end < 0 ? undefined : text.slice(end + 1),
  };
}

function areLineages(value: unknown): boolean {
  return Array.isArray(value) && value.length <= MAX_SUPERSEDED && value.every((one) => isBase64url(one, 22));
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isOptional(value: unknown, is: (value: unknown) => boolean): boolean {
  return value === null || is(value);
}
