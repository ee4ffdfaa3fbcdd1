/** A cache that many users share, in front of an application: it keeps what HTTP allows it to keep. */

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import CachePolicy from "http-cache-semantics";

/** A proxy that runs. */
export interface CachingProxy {
  readonly origin: string;
  /** The paths that were answered without asking the application. */
  readonly hits: readonly string[];
  stop(): Promise<void>;
}

interface Kept {
  readonly policy: CachePolicy;
  readonly answered: Record<string, string | string[]>;
  readonly body: Buffer;
}

/**
 * Headers that are not handed on as they are: those of one connection, what `fetch` has undone, and Set-Cookie, which
 * need not keep a cache from keeping (RFC 9111, section 7.3), so the policy does not get to see it.
 */
const UNFIT: ReadonlySet<string> = new Set([
  "content-encoding",
  "content-length",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "set-cookie",
]);

/** Starts a proxy in front of an origin. */
export async function startCachingProxy(target: string): Promise<CachingProxy> {
  const kept = new Map<string, Kept>();
  const hits: string[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const { url = "/", method = "GET", headers } = incoming;
    const found = kept.get(url);
    if (method === "GET" && found?.policy.satisfiesWithoutRevalidation({ url, method, headers })) {
      hits.push(url);
      outgoing.writeHead(200, found.answered).end(found.body);
      return;
    }
    const { connection: _, host: __, ...forwarded } = headers;
    const response = await fetch(new URL(url, target), {
      method,
      headers: forwarded as Record<string, string>,
      redirect: "manual",
    });
    const body = Buffer.from(await response.arrayBuffer());
    const headersKept = Object.fromEntries([...response.headers].filter(([name]) => !UNFIT.has(name)));
    const answered = { ...headersKept, "set-cookie": response.headers.getSetCookie() };
    const kind = { status: response.status, headers: headersKept };
    const policy = new CachePolicy({ url, method, headers }, kind, { shared: true });
    if (policy.storable()) kept.set(url, { policy, answered, body });
    outgoing.writeHead(response.status, answered).end(body);
  });
  await once(server.listen(0, "localhost"), "listening");
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    hits,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
