/** The options of `defineSession`, resolved once: defaults filled in, durations in milliseconds, everything checked. */

import { createOpener } from "#seal";
import { SessionConfigError } from "../../errors.js";
import type { FlashCookieSettings } from "../../flash/flash.js";
import { isBuilding } from "../../util/building.js";
import { MAX_LIFETIME, milliseconds } from "../../util/expiry.js";
import {
  BOOLEAN,
  CHECKED_ELSEWHERE,
  checkShape,
  FUNCTION,
  OBJECT,
  type Shape,
  shaped,
} from "../../util/option-shape.js";
import { readSecrets } from "../../util/secrets.js";
import { type LegacySource, readSources } from "../legacy.js";
import {
  type BindOptions,
  type ClientAddress,
  type CookieOptions,
  LEVELS,
  OPTIONS,
  type SecurityLevel,
  type SessionDefinition,
  type SessionOptions,
} from "../options.js";
import { DEFAULT_NAME, readAttributes } from "./cookie-settings.js";

/**
 * The resolved options of a {@link SessionDefinition}, but for what only writing needs: opening cookies takes no codec and
 * nothing that seals, and so a middleware's bundle has neither. Durations are milliseconds.
 */
export interface Settings extends FlashCookieSettings {
  /** Which application's sessions these are: part of every key, and of what the tiers hold. */
  readonly application: string;
  /** Tells applications in one process apart. A function, since it holds the secret: printed, settings show none. */
  readonly scope: () => string;
  /** All that decides which cookies open. A function for the same reason. */
  readonly ring: () => string;
  readonly level: SecurityLevel;
  readonly persistent: boolean;
  readonly idleTimeout: number;
  readonly lifetime: number;
  readonly slideEvery: number;
  readonly bind: Readonly<BindOptions>;
  readonly clientAddress: ClientAddress | undefined;
  /** How many opened cookies a process remembers at most; 0: none. */
  readonly openedCookies: number;
  /** Where sessions of an earlier library are taken over from, at the edge as well. */
  readonly legacy: readonly LegacySource[];
  /** `next dev`, or NODE_ENV=development: values are frozen, mistakes are reported. */
  readonly development: boolean;
}

/** What each option may be, ranges and rules of browsers aside. */
const SHAPE: Shape<SessionOptions<object>> = {
  secret: { must: "is missing", fits: () => true },
  app: CHECKED_ELSEWHERE,
  cookie: shaped<CookieOptions>({
    name: CHECKED_ELSEWHERE,
    path: CHECKED_ELSEWHERE,
    domain: CHECKED_ELSEWHERE,
    sameSite: CHECKED_ELSEWHERE,
    secure: BOOLEAN,
    persistent: BOOLEAN,
    partitioned: BOOLEAN,
    priority: CHECKED_ELSEWHERE,
  }),
  level: { must: 'must be "standard" or "strict"', fits: (level) => level === "standard" || level === "strict" },
  idleTimeout: CHECKED_ELSEWHERE,
  lifetime: CHECKED_ELSEWHERE,
  slideEvery: CHECKED_ELSEWHERE,
  clientAddress: CHECKED_ELSEWHERE,
  bind: shaped<BindOptions>({ userAgent: BOOLEAN, ip: CHECKED_ELSEWHERE }),
  openedCookies: CHECKED_ELSEWHERE,
  codecs: OBJECT,
  schema: { must: "must be a Standard Schema, of zod, valibot or arktype for example", fits: isStandardSchema },
  schemaVersion: CHECKED_ELSEWHERE,
  acceptVersion: CHECKED_ELSEWHERE,
  migrate: FUNCTION,
  legacy: CHECKED_ELSEWHERE,
};

export { isBuilding };

const resolved = new WeakMap<object, Settings>();

/**
 * The settings of a definition, resolved at first use and kept.
 * @throws {SessionConfigError} naming the option that is missing, unknown or too weak.
 */
export function settingsOf<Data extends object, Flash extends object>(
  definition: SessionDefinition<Data, Flash>,
): Settings {
  const known = resolved.get(definition);
  if (known) return known;
  refuseOther(definition);
  const settings = resolveSettings(definition[OPTIONS]() as unknown as SessionOptions<object>);
  resolved.set(definition, settings);
  return settings;
}

/**
 * Refuses what `defineSession` has not made: its options, for example.
 * @throws {SessionConfigError} `definition`.
 */
export function refuseOther(definition: unknown): void {
  if (typeof (definition as { readonly [OPTIONS]?: unknown } | null | undefined)?.[OPTIONS] === "function") return;
  throw new SessionConfigError("definition", "must be what defineSession() returns.");
}

function resolveSettings(options: SessionOptions<object>): Settings {
  checkShape("", options, SHAPE);
  const level = options.level ?? "standard";
  const defaults = LEVELS[level];
  // Written out, since bundlers replace this very text; some runtimes have no `process`.
  const development = typeof process !== "undefined" && process.env.NODE_ENV === "development";
  const idleTimeout = milliseconds("idleTimeout", options.idleTimeout ?? defaults.idleTimeout, 1000, MAX_LIFETIME);
  const lifetime = milliseconds("lifetime", options.lifetime ?? defaults.lifetime, 1000, MAX_LIFETIME);
  const secrets = readSecrets(options.secret);
  const attributes = readAttributes(options.cookie ?? {}, development, secrets[0] ?? "");
  const application = readApplication(options);
  return {
    application,
    opener: createOpener(secrets, application),
    scope: () => `${application}\n${secrets[0]}`,
    ring: () => [application, ...secrets].join("\n"),
    attributes,
    level,
    persistent: options.cookie?.persistent ?? defaults.persistent,
    idleTimeout,
    lifetime,
    slideEvery:
      options.slideEvery === undefined
        ? Math.ceil(idleTimeout / 10)
        : milliseconds("slideEvery", options.slideEvery, 0, idleTimeout),
    bind: readBind(
      { ...options.bind, userAgent: options.bind?.userAgent ?? defaults.userAgent },
      options.clientAddress,
    ),
    clientAddress: readClientAddress(options.clientAddress),
    openedCookies: readOpenedCookies(options.openedCookies),
    legacy: readSources(options.legacy),
    development,
  };
}

/** The longest name of an application, in characters: keys are derived with it, of which HKDF's `info` takes 1,024 bytes. */
const MAX_APPLICATION = 256;

/** As it is configured, and not as it is called in development: an application is one and the same in both. */
function readApplication({ app, cookie }: SessionOptions<object>): string {
  if (app !== undefined && (typeof app !== "string" || app.trim() === "" || app.length > MAX_APPLICATION)) {
    throw new SessionConfigError("app", `must be a text of 1 to ${MAX_APPLICATION} characters.`);
  }
  return app ?? cookie?.name ?? DEFAULT_NAME;
}

/** More proxies than that stand in front of nothing; a port, for example, was meant. */
const MAX_PROXIES = 10;

function readClientAddress(trusted: ClientAddress | undefined): ClientAddress | undefined {
  if (trusted === undefined || trusted === "vercel" || trusted === "cloudflare" || typeof trusted === "function") {
    return trusted;
  }
  if (Number.isInteger(trusted) && trusted >= 1 && trusted <= MAX_PROXIES) return trusted;
  throw new SessionConfigError(
    "clientAddress",
    `must be "vercel", "cloudflare", how many proxies stand in front (1 to ${MAX_PROXIES}), or a function of the headers.`,
  );
}

function readBind(bind: BindOptions, trusted: ClientAddress | undefined): BindOptions {
  if (![undefined, true, false, "exact"].includes(bind.ip)) {
    throw new SessionConfigError("bind.ip", 'must be true, false or "exact".');
  }
  if (bind.ip && trusted === undefined) {
    throw new SessionConfigError("bind.ip", "needs `clientAddress`, which says who is believed about the address.");
  }
  return bind;
}

/** By default two thousand: a process of 1 KB sessions spends up to 10 MB on them. */
function readOpenedCookies(limit = 2000): number {
  if (Number.isSafeInteger(limit) && limit >= 0) return limit;
  throw new SessionConfigError("openedCookies", "must be a whole number from 0, which remembers none.");
}

function isStandardSchema(schema: unknown): boolean {
  // A function can be one: arktype's are.
  const standard = (schema as { readonly "~standard"?: { readonly validate?: unknown } } | null)?.["~standard"];
  return typeof standard?.validate === "function";
}
