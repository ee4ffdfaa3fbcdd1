/** The operations of a request as telemetry sees them: where the values were and are, and how many bytes they take. */

import { byteLength } from "#seal";
import type { RequestHeaders } from "../../cookie/jar.js";
import { type Facts, observe, requestOf } from "../../telemetry/observe.js";
import type { RequestOperation } from "../../telemetry/telemetry.js";
import type { MaybePromise } from "../../util/maybe-promise.js";
import type { Context } from "../context.js";
import { load } from "../load/load.js";
import type { Committed, Intent, Loaded } from "../state.js";
import { holderOf, type Token } from "../token/token.js";

/** Runs a part of a request. Without telemetry it costs a comparison. */
export function observed<T>(
  { telemetry }: Context,
  headers: RequestHeaders,
  name: RequestOperation["name"],
  work: () => MaybePromise<T>,
  factsOf?: (result: T) => Facts,
): MaybePromise<T> {
  return telemetry ? observe(telemetry, { name, request: requestOf(headers) }, work, factsOf) : work();
}

/** Loads a session. */
export function observedLoad(
  context: Context,
  headers: RequestHeaders,
  token: Token | undefined,
): MaybePromise<Loaded> {
  return observed(context, headers, "load", () => load(context, token), loadFacts);
}

/** Makes a commit. */
export function observedCommit(
  context: Context,
  headers: RequestHeaders,
  intent: Intent,
  work: () => MaybePromise<Committed>,
): MaybePromise<Committed> {
  return observed(context, headers, "commit", work, ({ loaded, isNews, retries = 0 }) => ({
    ...sizeOf(loaded),
    intent: intent.type,
    changed: isNews,
    retries,
  }));
}

function loadFacts(loaded: Loaded): Facts {
  return { ...sizeOf(loaded), from: loaded.token ? (loaded.from ?? "cookie") : "nothing" };
}

function sizeOf({ token, text }: Loaded): Facts {
  return { placement: token ? PLACEMENTS[holderOf(token)] : "none", bytes: text === undefined ? 0 : byteLength(text) };
}

const PLACEMENTS = { cookie: "cookie", bound: "cookie", shrinking: "both", server: "server" } as const;
