import "server-only";
import { cookies } from "next/headers";
import { prisma } from "../_session/database";
import { kv } from "../_session/kv";
import { cookieName } from "../_session/options";
import { COOKIE_THRESHOLD, getSession } from "../_session/server";
import { type Cost, requestCost } from "./cost";

interface CookieSize {
  readonly name: string;
  /** Of name and value, as browsers count. */
  readonly bytes: number;
}

/** What the stores hold of a session that has a row. */
interface Stored {
  readonly version: number;
  /** Of the values in the row; undefined while the cookie alone holds them. */
  readonly bytes: number | undefined;
  /** Whether KV has an entry. */
  readonly cached: boolean;
}

/** Everything that the home page shows of this browser's session. Nothing in it is secret. */
export interface Inspection {
  /** `returning`: the cookie holds it again, and the server still has its copy. */
  readonly placement: "nowhere" | "cookie" | "server" | "returning";
  readonly cookies: readonly CookieSize[];
  /** What is compared with the threshold: the session cookie, or what it would weigh with the values in it. */
  readonly weight: number;
  readonly threshold: number;
  /** Below this weight a spilled session comes back into the cookie. */
  readonly returnsBelow: number;
  /** Undefined when there is no row, `"unknown"` when a store did not answer. */
  readonly stored: Stored | "unknown" | undefined;
  readonly signedIn: boolean;
  readonly idleExpiresAt: Date | undefined;
  readonly expiresAt: Date | undefined;
  readonly cost: Readonly<Cost>;
}

/** The library's: a session that is just below the threshold does not go back and forth. */
const RETURN_SHARE = 0.75;

/** Looks at this request's session from all sides: through the library, at its cookies, and into the stores. */
export async function inspectSession(): Promise<Inspection> {
  const session = await getSession();
  const values = await session.all();
  // Taken before the look into the stores, which is the picture's own and no cost of the session.
  const cost = { ...(await requestCost()) };
  const sizes = await cookieSizes();
  const inCookie = sessionBytes(sizes);
  const stored =
    session.handle === undefined ? undefined : await lookUp(session.handle).catch(() => "unknown" as const);
  const inValues = sealedBytes(knownBytes(stored) ?? Buffer.byteLength(JSON.stringify(values)));
  // A mere reference is lighter than the values of any session that was too large for a cookie.
  const returning = session.placement === "server" && inCookie > inValues;
  const placement = returning ? "returning" : (session.placement ?? "nowhere");
  return {
    placement,
    cookies: sizes,
    weight: placement === "server" ? inCookie + inValues : inCookie,
    threshold: COOKIE_THRESHOLD,
    returnsBelow: COOKIE_THRESHOLD * RETURN_SHARE,
    stored,
    signedIn: session.userId !== undefined,
    idleExpiresAt: session.idleExpiresAt,
    expiresAt: session.expiresAt,
    cost,
  };
}

async function cookieSizes(): Promise<CookieSize[]> {
  const all = (await cookies()).getAll();
  return all
    .filter(({ name, value }) => value !== "" && (name === cookieName || /^[.-]/.test(name.replace(cookieName, ""))))
    .map(({ name, value }) => ({ name, bytes: name.length + value.length }));
}

/** The session cookie, a visitor's or a user's, and its chunks, without the small cookies beside it. */
function sessionBytes(sizes: readonly CookieSize[]): number {
  return sizes
    .filter(({ name }) => /^(-user)?(\.\d)?$/.test(name.replace(cookieName, "")))
    .reduce((sum, { bytes }) => sum + bytes, 0);
}

/** What so many bytes of values add to a sealed cookie: their text, in base64. */
function sealedBytes(bytes: number): number {
  return Math.ceil((bytes * 4) / 3);
}

/** The bytes of the values as the library writes them: a date takes more than in JSON. */
function knownBytes(stored: Inspection["stored"]): number | undefined {
  return stored === "unknown" ? undefined : stored?.bytes;
}

async function lookUp(handle: string): Promise<Stored | undefined> {
  const [row, cached] = await Promise.all([
    prisma.session.findUnique({ where: { key: handle }, select: { version: true, data: true } }),
    kv.exists(`spillway:${handle}`),
  ]);
  return row ? { version: row.version, bytes: row.data?.length, cached: cached === 1 } : undefined;
}
