/** Taking a snapshot: what the panel shows of the session of one browser. No cookie is written, and no deadline extended. */

import { inspect } from "node:util";
import { byteLength } from "#seal";
import type {
  ApplicationSnapshot,
  CookieSnapshot,
  SessionSnapshot,
  Snapshot,
  ValueSnapshot,
} from "../../client/panel/snapshot.js";
import { inspectCookies } from "../../diagnostics/inspect.js";
import { cookieSize, RETURN_SHARE } from "../../session/commit/placement.js";
import type { Context, DevelopedApplication } from "../../session/context.js";
import { load } from "../../session/load/load.js";
import { withQuick } from "../../session/load/quick-values.js";
import type { Loaded } from "../../session/state.js";
import { readSessionCookies } from "../../session/token/read-cookies.js";
import { holderOf } from "../../session/token/token.js";
import { developmentTools } from "../../telemetry/development.js";
import { now } from "../../util/clock.js";
import { settle } from "../../util/outcome.js";
import { recorder } from "./recorder.js";
import { warningsOf } from "./warnings.js";

/** What the panel asks for. */
export interface Asked {
  /** Whether values are shown, and not only their keys and sizes. */
  readonly values: boolean;
}

/** A snapshot for the browser that sent these headers. */
export async function takeSnapshot(request: Request, asked: Asked): Promise<Snapshot> {
  const applications = [...developmentTools().applications.values()] as (() => DevelopedApplication)[];
  return {
    now: now(),
    applications: await Promise.all(applications.map((application) => snapshotOf(application(), request, asked))),
    requests: recorder().requests,
  };
}

async function snapshotOf(
  { context, definition }: DevelopedApplication,
  request: Request,
  asked: Asked,
): Promise<ApplicationSnapshot> {
  const { settings, server } = context;
  const opened = await readSessionCookies(settings, request.headers);
  const read = await settle((async () => load(context, opened.token))());
  const inspection = await inspectCookies(definition, request.headers.get("cookie") ?? "");
  const { name, path, sameSite, secure } = settings.attributes;
  const cookie: CookieSnapshot = {
    cookies: inspection.cookies,
    rejected: opened.rejected,
    secret: inspection.secret,
    sealedAt: inspection.content?.sealedAt.getTime(),
    attributes: [`Path=${path}`, `SameSite=${sameSite}`, "HttpOnly", ...(secure ? ["Secure"] : [])].join("; "),
  };
  const session = read.ok ? sessionOf(context, read.value, opened.idleExpiresAt, asked) : undefined;
  return {
    name,
    threshold: server.cookieThreshold,
    returnsBelow: context.tiers ? Math.floor(server.cookieThreshold * RETURN_SHARE) : server.cookieThreshold,
    tiers: [...(server.cache ? (["cache"] as const) : []), ...(server.store ? (["store"] as const) : [])],
    session,
    cookie,
    warnings: warningsOf({
      request,
      session,
      secure,
      threshold: server.cookieThreshold,
      hasServer: context.tiers !== undefined,
      failure: read.ok ? undefined : read.error,
      rejected: opened.rejected,
      unawaited: recorder().unawaited,
    }),
  };
}

function sessionOf(context: Context, loaded: Loaded, idleExpiresAt: number, asked: Asked): SessionSnapshot | undefined {
  const { token, text, record } = loaded;
  if (!token) return undefined;
  const holder = holderOf(token);
  const { lifetime, idleTimeout } = context.settings;
  return {
    placement: holder === "shrinking" ? "both" : holder === "server" ? "server" : "cookie",
    weight: cookieSize(context, { ...token, data: text }),
    bytes: text === undefined ? 0 : byteLength(text),
    version: record?.version ?? token.reference?.version,
    handle: token.reference?.key,
    signedIn: token.userId !== undefined,
    persistent: token.persistent,
    expiresAt: token.expiresAt,
    idleExpiresAt: Math.max(idleExpiresAt, token.idleExpiresAt),
    lifetime,
    idleTimeout,
    values: valuesOf(context, loaded, asked),
  };
}

function valuesOf({ settings }: Context, { values, quick }: Loaded, asked: Asked): ValueSnapshot[] {
  return [...withQuick(values, quick)]
    .map(([key, value]) => ({
      key,
      type: typeOf(value),
      bytes: byteLength(settings.codec.encode(new Map([[key, value]]))),
      quick: quick.has(key),
      ...(asked.values ? { text: inspect(value, SHOWN) } : {}),
    }))
    .sort((one, other) => other.bytes - one.bytes);
}

/** Enough of a value to know it again. */
const SHOWN = { depth: 6, maxArrayLength: 50, maxStringLength: 2000, breakLength: 60, sorted: false } as const;

function typeOf(value: unknown): string {
  if (value === null || typeof value !== "object") return value === null ? "null" : typeof value;
  if (Array.isArray(value)) return `Array (${value.length})`;
  if (value instanceof Map || value instanceof Set) return `${value.constructor.name} (${value.size})`;
  return value.constructor?.name ?? "Object";
}
