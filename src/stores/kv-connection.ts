/** KV over `fetch`, by the protocol of Upstash, for a cache that takes its address from the environment. */

import { SessionStoreError } from "../errors.js";
import { arrivingTogether, fromUpstash, type RedisRunner, type UpstashReply } from "./redis/runner.js";

/** The names by which Vercel's marketplace and Upstash itself hand out an address, each with its token. */
const NAMES = [
  ["KV_REST_API_URL", "KV_REST_API_TOKEN"],
  ["UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN"],
] as const;

/** With it, a replica waits until it has what this process wrote last. */
const SYNC_TOKEN = "upstash-sync-token";

/** Variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Sends commands as one request. It is tried again once, at once, for a connection that died while it was idle.
 *
 * @param environment asked at each call, so that a build needs no variables.
 * @param timeout how long a call may take, in milliseconds, both attempts together.
 */
export function overHttp(environment: () => Environment, timeout: number): RedisRunner {
  let synced = "";
  return arrivingTogether(async (commands) => {
    const { url, token } = addressIn(environment());
    const request: RequestInit = {
      method: "POST",
      headers: {
        Authorization: `Bearer ${token}`,
        "Content-Type": "application/json",
        ...(synced === "" ? {} : { [SYNC_TOKEN]: synced }),
      },
      body: JSON.stringify(commands),
      // Next must never answer from a cache of its own.
      cache: "no-store",
      signal: AbortSignal.timeout(timeout),
    };
    const send = () => fetch(`${url.replace(/\/$/, "")}/pipeline`, request);
    const response = await send().catch((error: unknown) => {
      if (request.signal?.aborted) throw error;
      return send();
    });
    synced = response.headers.get(SYNC_TOKEN) ?? synced;
    const body: unknown = await response.json().catch(() => undefined);
    if (Array.isArray(body)) return body.map(fromUpstash);
    const [refused] = [body as UpstashReply | undefined].map((reply) => fromUpstash(reply ?? {}));
    throw isRefusal(response.status) || refused?.ok !== false ? refusal(response.status) : refused.error;
  });
}

const isRefusal = (status: number) => status === 401 || status === 403;

/** What was refused was not done; a server that failed may have done it. */
function refusal(status: number): SessionStoreError {
  const why = isRefusal(status) ? "it refuses the token" : "it did not answer as KV does";
  return new SessionStoreError("cache", `KV failed (HTTP ${status}): ${why}.`, status < 500 ? "failed" : "unknown");
}

function addressIn(environment: Environment): { url: string; token: string } {
  for (const [urlName, tokenName] of NAMES) {
    const [url, token] = [environment[urlName], environment[tokenName]];
    if (url && token) return { url, token };
  }
  const names = NAMES.map((pair) => pair.join(" and ")).join(", or ");
  throw new SessionStoreError("cache", `The address of KV is not in the environment. Set ${names}.`);
}
