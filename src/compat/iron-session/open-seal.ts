/** Seals of iron-session: how one is opened, and what names it. */

import { defaults, unseal } from "iron-webcrypto";
import { now } from "../../util/clock.js";

/** Passwords by their ids, of which the highest seals; or one, whose id is 1. */
export type Password = string | Readonly<Record<string, string>>;

/** What opening a seal found. */
export type OpenedSeal =
  | {
      readonly ok: true;
      readonly data: unknown;
      /** All that its MAC covers, which has one spelling only. */
      readonly id: string;
      readonly expiresAt: Date | undefined;
    }
  | { readonly ok: false; readonly reason: UnsealErrorReason };

/** Why a seal could not be opened: its deadline has passed; it is no seal, or another's; its password is not in the ring. */
export type UnsealErrorReason = "expired" | "invalid" | "unknown-password";

/** iron-session spreads a seal over at most four cookies of 4,096 bytes. */
const MAX_LENGTH = 4 * 4096;

/** The fields of a seal. What stands behind `~` is no part of it: iron-session writes its version there, unauthenticated. */
const SEAL =
  /^(Fe26\.2\*(\d{0,15})\*[0-9a-f]{1,512}\*[\w-]{22}\*[\w-]+\*([1-9]\d{0,14})?)\*[0-9a-f]{1,512}\*[\w-]{43}=?$/;

/** A ring of passwords by their ids. */
export function ringOf(password: Password): Readonly<Record<string, string>> {
  return typeof password === "string" ? { 1: password } : password;
}

/** Opens a seal of iron-session 6 to 9. Its shape and its deadline are checked before any cryptography; nothing is thrown. */
export async function openSeal(seal: string, password: Password): Promise<OpenedSeal> {
  const [text = ""] = seal.length > MAX_LENGTH ? [] : seal.split("~", 1);
  const [, id, passwordId, expiry] = SEAL.exec(text) ?? [];
  if (id === undefined || passwordId === undefined) return { ok: false, reason: "invalid" };
  const expiresAt = expiry === undefined ? undefined : Number(expiry);
  if (expiresAt !== undefined && expiresAt <= now()) return { ok: false, reason: "expired" };
  const ring = ringOf(password);
  const secret = Object.hasOwn(ring, passwordId) ? ring[passwordId] : undefined;
  if (secret === undefined) return { ok: false, reason: "unknown-password" };
  try {
    const data = await unseal(text, secret, defaults);
    return { ok: true, data, id, expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt) };
  } catch {
    return { ok: false, reason: "invalid" };
  }
}

/** How many cookies iron-session 9 spreads a session over (`chunk: true`). */
export const MAX_CHUNKS = 4;

/** The names of the cookies that iron-session may have set. */
export function cookieNames(name: string): string[] {
  return [name, ...Array.from({ length: MAX_CHUNKS }, (_, place) => `${name}.${place}`)];
}

/** The seal in the cookies of a request: in one, or in chunks up to the first that is missing. */
export function sealIn(name: string, read: (name: string) => string | undefined): string | undefined {
  const whole = read(name);
  if (whole) return whole;
  const chunks: string[] = [];
  for (let place = 0; place < MAX_CHUNKS; place++) {
    const chunk = read(`${name}.${place}`);
    if (!chunk) break;
    chunks.push(chunk);
  }
  return chunks.length > 0 ? chunks.join("") : undefined;
}

/** The values of a session, when that is what a seal holds. */
export function valuesOf(data: unknown): Record<string, unknown> | undefined {
  return typeof data === "object" && data !== null && !Array.isArray(data)
    ? (data as Record<string, unknown>)
    : undefined;
}
