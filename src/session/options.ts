/** What `defineSession` takes: all that the edge needs, and nothing that opens a store. */

import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { ValueCodec } from "../codec/value-codec.js";
import type { Duration } from "../util/expiry.js";
import type { LegacySource } from "./legacy.js";

/** How the session cookie looks. */
export interface CookieOptions {
  /**
   * The name of a visitor's cookie, from which the other names are made: a user's ends in `-user`, so that a visitor's request
   * that is answered after the login overwrites nothing. It must not end in `-user` or `-activity` itself.
   * Default `__Host-session`; in development (`next dev`, NODE_ENV=development), where `secure` is off, `session-` and six
   * characters by the secret, so that applications on localhost do not take away each other's: cookies ignore ports. Of a
   * name that is given a `__Host-` or `__Secure-` prefix is left out there, since browsers refuse it then.
   */
  name?: string;
  /** Default `/`, which `__Host-` demands. */
  path?: string;
  /** Default none: the cookie goes to this host only. Needs a `name` without `__Host-`. */
  domain?: string;
  /** Default `lax`. `none` needs `secure`. */
  sameSite?: "lax" | "strict" | "none";
  /** Default true, in development false (Safari drops Secure cookies on http://localhost). */
  secure?: boolean;
  /** Whether the cookie outlives the browser. Default true; `login(id, { remember })` decides for one session. */
  persistent?: boolean;
  /** Default false. Needs `secure`. */
  partitioned?: boolean;
  /** Default none. */
  priority?: "low" | "medium" | "high";
}

/**
 * Who is believed about the client's address, by what stands in front of the application:
 * - `"vercel"`: Vercel's own `x-vercel-forwarded-for` (and `x-real-ip`);
 * - `"cloudflare"`: `cf-connecting-ip`, where every request comes through Cloudflare;
 * - a number from 1 to 10: how many proxies stand in front, each of which appends to `x-forwarded-for`, so that the entry
 *   which the outermost of them wrote is the client's;
 * - a function that gives the address, or undefined, from the request's headers.
 *
 * Ports, brackets and zones are taken off; what cannot be read as an address is none. Of what is read, the network is
 * recorded and compared (IPv4 by /24, IPv6 by /64), or with `bind.ip: "exact"` all of it.
 */
export type ClientAddress =
  | "vercel"
  | "cloudflare"
  | number
  | ((headers: { get(name: string): string | null }) => string | null | undefined);

/** What a session is bound to: presented from elsewhere, it is no session. */
export interface BindOptions {
  /** The `User-Agent` header, whole. Default false. */
  userAgent?: boolean;
  /**
   * The client's address: true compares IPv6 by /64 and IPv4 by /24, `"exact"` compares all of it. Needs
   * `clientAddress`, which says who is believed about it. Default false.
   */
  ip?: boolean | "exact";
}

/** Which defaults the options have. */
export type SecurityLevel = "standard" | "strict";

/** The defaults of each level, here and in `createSessions`; {@link SessionOptions.level} says what they cost. */
export const LEVELS = {
  standard: {
    idleTimeout: "7d",
    lifetime: "30d",
    persistent: true,
    userAgent: false,
    revocationDelay: "10s",
    rotateEvery: undefined,
    encryptAtRest: false,
  },
  strict: {
    idleTimeout: "15m",
    lifetime: "12h",
    persistent: false,
    userAgent: true,
    revocationDelay: 0,
    rotateEvery: "15m",
    encryptAtRest: true,
  },
} as const;

/** The options of {@link defineSession}. */
export interface SessionOptions<Data extends object> {
  /**
   * At least 32 random characters (`npx spillway secret`), blanks around them aside. Several, to roll over: the first seals, all open.
   * Required at run time, not during `next build`.
   */
  secret: string | readonly string[] | undefined;
  /**
   * Which application these sessions belong to. Keys are derived with it, and stores go by it: of two applications neither opens
   * a cookie or a row of the other, nor ends its sessions, even with one secret and one table. At most 256 characters. Default the name of the
   * cookie.
   * Give two definitions with different cookie names the same `app` only where they share their sessions on purpose.
   */
  app?: string;
  /** The session cookie's name and attributes. */
  cookie?: CookieOptions;
  /**
   * Which defaults the options have, here and in `createSessions`; what is given counts in any case. `"strict"` is for
   * accounts with much to lose, and follows NIST SP 800-63B-4 for its highest level (AAL3, 15 minutes and 12 hours):
   * - `idleTimeout: "15m"`, `lifetime: "12h"`, `cookie.persistent: false`: people sign in again every day, and after a
   *   break;
   * - `bind.userAgent: true`: a browser's update signs its user out;
   * - `revocationDelay: 0`: every request of a signed-in user reads the session's row, from the cache if there is one;
   * - `rotateEvery: "15m"`: a session on the server is written once more in a quarter of an hour;
   * - `encryptAtRest: true`: two operations of AES and HMAC for each read and write, and a rotation writes the data again.
   *   Where data is stored in clear already, give `encryptAtRest: "migrating"` first.
   *
   * Default `"standard"`.
   */
  level?: SecurityLevel;
  /** How long a session lives without a request. Default `"7d"`. */
  idleTimeout?: Duration;
  /** How long a session lives at all, from its first write or from `login`. Default `"30d"`, at most 400 days. */
  lifetime?: Duration;
  /** The middleware extends the idle deadline at most this often. Default a tenth of `idleTimeout`. */
  slideEvery?: Duration;
  /**
   * Who is believed about the client's address. Default nobody: then none is recorded, and `bind.ip` cannot be used, since
   * anybody can send `X-Forwarded-For`. See {@link ClientAddress}.
   */
  clientAddress?: ClientAddress;
  /** Bind sessions to the user agent or the address. Default neither. */
  bind?: BindOptions;
  /**
   * How many opened cookies a process remembers, so that a browser that comes again costs no cryptography: what it holds
   * then stands in the clear in the memory of the process, and in a dump of it. Values that are remembered are frozen in
   * production too. 0 remembers none. Default 2,000; a session of 1 KB takes some 5 KB.
   */
  openedCookies?: number;
  /** How values of your own classes are kept, by a name that is stored with them. */
  codecs?: Readonly<Record<string, ValueCodec>>;
  /**
   * A Standard Schema (zod, valibot, arktype) of the whole data: types it, gives defaults on read, and is checked
   * before a commit. It has to be synchronous and to accept `{}`. What it does not
   * know, at any depth, is kept: during a deploy another instance may have put it there. One that refuses unknown keys
   * makes such a session an error (`unreadable`).
   */
  schema?: StandardSchemaV1<unknown, Data>;
  /** The version of the shape of the data that is written. Raise it when the shape changes. Default 0. */
  schemaVersion?: number;
  /**
   * The newest `schemaVersion` that is read, for a deploy that replaces its servers one by one: deploy once with what comes
   * next accepted, and then with `schemaVersion` raised. Data of a newer version than this is an error (`unreadable`).
   * Default `schemaVersion`.
   */
  acceptVersion?: number;
  /**
   * Turns the data of another `schemaVersion`, older or accepted ahead, into that of this one. Without it, such data is
   * read as it is.
   */
  migrate?: (data: Record<string, unknown>, version: number) => Record<string, unknown>;
  /**
   * Where sessions of an earlier library are taken over from, so that nobody is signed out: `[ironSession({ … })]` of
   * `spillway/compat/iron-session`. A request that has none of ours and one of theirs goes on with it: its values are here, and
   * a user's is registered as by `login`, in the first action or handler. Until then pages read it. The old cookies expire
   * with the first cookies that are set. Default none.
   */
  legacy?: readonly LegacySource[];
}

/**
 * Where a definition keeps its options: behind a function, since they hold the secret, and whatever prints an object
 * shows its properties and runs its getters.
 */
export const OPTIONS = Symbol.for("spillway.options");

/** What {@link defineSession} returns: hand it to `createSessions` and `createSessionMiddleware`. */
export interface SessionDefinition<
  Data extends object = Record<string, unknown>,
  Flash extends object = FlashMessages,
> {
  /** @internal */
  readonly [OPTIONS]: () => SessionOptions<Data>;
  /** Types only, never present: the data and the flash messages. */
  readonly "~types"?: { readonly data: Data; readonly flash: Flash };
}

/** Flash messages when no type for them was given. */
export type FlashMessages = Record<string, unknown>;

/**
 * Describes the sessions of an application, safe at the edge: it opens nothing and imports no store. The options are
 * checked when they are first used, never during `next build`.
 *
 * @example
 * ```ts
 * import { defineSession } from "spillway";
 * interface AppSession { cart?: string[]; theme?: "light" | "dark" }
 * export const sessionOptions = defineSession<AppSession>({ secret: process.env.SESSION_SECRET, idleTimeout: "7d" });
 * ```
 */
export function defineSession<Data extends object = Record<string, unknown>, Flash extends object = FlashMessages>(
  options: SessionOptions<Data>,
): SessionDefinition<Data, Flash> {
  return Object.defineProperty({} as SessionDefinition<Data, Flash>, OPTIONS, { value: () => options });
}
