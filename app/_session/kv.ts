import "server-only";
import { createClient } from "@vercel/kv";

/**
 * The KV client. A command is tried once and given up after a second: the database answers in its place, so waiting and
 * retrying would only make an outage slow. (`signal` has to be a function: with a signal, a command that timed out
 * resolves to null.) Next must never answer from its own cache.
 */
export const kv = createClient({
  url: process.env.KV_REST_API_URL,
  token: process.env.KV_REST_API_TOKEN,
  retry: false,
  signal: () => AbortSignal.timeout(1_000),
  cache: "no-store",
});
