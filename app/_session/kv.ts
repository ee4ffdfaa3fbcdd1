import "server-only";
import { createClient, kv as unconfigured } from "@vercel/kv";

const { KV_REST_API_URL: url, KV_REST_API_TOKEN: token } = process.env;

/**
 * The KV client. A command is tried once and given up after a second: the database answers in its place, so waiting and
 * retrying would only make an outage slow. (`signal` has to be a function: with a signal, a command that timed out
 * resolves to null.) Next must never answer from its own cache. A build needs no variables; the package's own client
 * names those that are missing when it is first used.
 */
export const kv =
  url && token
    ? createClient({ url, token, retry: false, signal: () => AbortSignal.timeout(1_000), cache: "no-store" })
    : unconfigured;
