/** Load on a server: so many requests in flight over connections that stay open. */

import { once } from "node:events";
import { Agent, get, type OutgoingHttpHeaders } from "node:http";
import { performance } from "node:perf_hooks";

/** Enough to keep one core of a server busy. */
const IN_FLIGHT = 16;

const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });

/**
 * Requests a URL again and again, for so many milliseconds.
 * @returns how many requests were answered, and in what time.
 * @throws when an answer is not 200.
 */
export async function load(
  url: string,
  headers: OutgoingHttpHeaders,
  milliseconds: number,
): Promise<{ readonly requests: number; readonly seconds: number }> {
  const started = performance.now();
  let requests = 0;
  const client = async () => {
    do {
      await request(url, headers);
      requests++;
    } while (performance.now() < started + milliseconds);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, client));
  return { requests, seconds: (performance.now() - started) / 1000 };
}

/** Closes the connections. */
export function disconnect(): void {
  agent.destroy();
}

async function request(url: string, headers: OutgoingHttpHeaders): Promise<void> {
  const [response] = await once(get(url, { agent, headers }), "response");
  response.resume();
  await once(response, "end");
  if (response.statusCode !== 200) throw new Error(`${new URL(url).pathname} answered ${response.statusCode}.`);
}
