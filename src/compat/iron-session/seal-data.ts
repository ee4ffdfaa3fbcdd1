/** `sealData` and `unsealData`: any value, sealed under a password, for a link or a cookie of one's own. */

import { createSealer } from "#seal";
import { createCodec } from "../../codec/codec.js";
import type { Sealer } from "../../cookie/sealer.js";
import { now } from "../../util/clock.js";
import { openSeal, type Password, ringOf, type UnsealErrorReason } from "./open-seal.js";
import { checkPassword, DEFAULT_TTL } from "./options.js";

/** What the keys are derived for, beside the purpose: no seal stands in for a cookie of any application's. */
const APPLICATION = "iron-session sealData";

/** The last moment that a seal can name, in 2286: one that never expires. */
const NEVER = 9_999_999_999_999;

/** Under this key the codec keeps the value. */
const KEY = "data";

/** More rings of passwords than an application has. */
const MAX_SEALERS = 32;

const codec = createCodec({});
const sealers = new Map<string, Sealer>();

/**
 * Seals a value: encrypted and authenticated, in characters that a URL and a cookie carry as they are. Beside JSON it takes
 * what sessions take: dates, maps, sets, big numbers.
 * @param options `ttl`: seconds until it opens no more; 0: never. Default 14 days.
 * @throws {SessionConfigError} for a password that is missing or too short.
 * @throws {SessionValueError} naming the path, for a value that cannot be kept.
 */
export async function sealData(
  data: unknown,
  { password, ttl = DEFAULT_TTL }: { password: Password; ttl?: number },
): Promise<string> {
  const expiresAt = ttl === 0 ? NEVER : now() + ttl * 1000;
  return sealerOf(password).seal("transaction", codec.encode(new Map([[KEY, codec.snapshot(data, KEY)]])), expiresAt);
}

/**
 * Opens what {@link sealData} sealed, or iron-session's own. What is wrong, forged or over is `{}`, as there.
 * @param options `ttl` is taken and ignored: a seal knows its own deadline. `onUnsealError` is told why it is `{}`.
 */
export async function unsealData<T>(
  seal: string,
  {
    password,
    onUnsealError,
  }: { password: Password; ttl?: number; onUnsealError?: (reason: UnsealErrorReason, error: unknown) => void },
): Promise<T> {
  const opened = await sealerOf(password).open("transaction", seal, now());
  if (opened.ok) {
    const decoded = codec.decode(opened.text);
    if (decoded.ok) return (decoded.data.get(KEY) ?? {}) as T;
  }
  const iron = await openSeal(seal, password);
  if (iron.ok) return (iron.data ?? {}) as T;
  const reason = opened.ok ? "invalid" : opened.reason === "malformed" ? iron.reason : REASONS[opened.reason];
  onUnsealError?.(reason, new Error(`The seal could not be opened: ${reason}.`));
  return {} as T;
}

/** Spillway's reasons in iron-session's words. */
const REASONS = { expired: "expired", forged: "invalid", "unknown-key": "unknown-password" } as const;

function sealerOf(password: Password): Sealer {
  const ring = ringOf(checkPassword(password));
  const secrets = Object.keys(ring)
    .sort((a, b) => Number(b) - Number(a))
    .map((id) => ring[id] as string);
  const name = secrets.join("\n");
  const known = sealers.get(name);
  if (known) return known;
  const sealer = createSealer(secrets, APPLICATION);
  if (sealers.size >= MAX_SEALERS) sealers.clear();
  sealers.set(name, sealer);
  return sealer;
}
