/** The running site, asked over HTTP: what the proxy in front of it lets through, and whether the cron route is closed. */

import type { Finding } from "spillway/diagnostics";

/** How the site is asked. */
export interface Site {
  readonly url: URL;
  /** The cron route's secret; without it, what needs it is left out. */
  readonly cronSecret: string | undefined;
  /** The bytes that a session's cookies may take. */
  readonly cookieBytes: number;
  /** Whether there is a database, which the cron route cleans. */
  readonly hasRows: boolean;
}

export const CRON_PATH = "/api/cron/cleanup";

/** A site that says nothing for so long (milliseconds) cannot be reached. */
const TIMEOUT = 10_000;

/** Asks the site. */
export async function checkSite(site: Site): Promise<Finding[]> {
  const reached = await ask(new URL("/", site.url), {});
  if (typeof reached === "string") {
    return [
      {
        check: "site.reach",
        level: "error",
        message: `${site.url.origin} cannot be reached (${reached}).`,
        remedy:
          "Is the address right, and does the site run? A certificate that this machine does not trust is refused.",
      },
    ];
  }
  const findings: Finding[] = [
    { check: "site.reach", level: "ok", message: `${site.url.origin} answers.` },
    await requestBudget(site),
    ...(site.hasRows ? await checkCron(site) : []),
  ];
  return findings;
}

/** Cookies are sent as large as a session's may become: does the request arrive? */
async function requestBudget({ url, cookieBytes }: Site): Promise<Finding> {
  const fits = await largest(cookieBytes, async (bytes) => {
    const answer = await ask(new URL("/", url), { cookie: padding(bytes) });
    return typeof answer !== "string" && ![400, 413, 414, 431, 494, 502].includes(answer.status);
  });
  if (fits === cookieBytes) {
    return { check: "site.request", level: "ok", message: `Requests with ${cookieBytes} bytes of cookies arrive.` };
  }
  return {
    check: "site.request",
    level: "error",
    message: `A request with ${cookieBytes} bytes of cookies is refused; about ${fits} arrive. A session's cookies may take as many: whoever has them would be locked out.`,
    remedy: `Raise the limit of request headers in front (nginx: large_client_header_buffers 4 16k), or set \`cookieThreshold: ${Math.max(fits - 1_000, 0)}\`.`,
  };
}

async function checkCron(site: Site): Promise<Finding[]> {
  const url = new URL(CRON_PATH, site.url);
  const open = await ask(url, {});
  if (typeof open === "string") return [unreachable(open)];
  if (open.status === 503) {
    return [
      {
        check: "cron.closed",
        level: "error",
        message: "The cron route has no secret, or a short one: it removes nothing.",
        remedy: "Set CRON_SECRET in the site's environment to what `npx spillway secret` prints.",
      },
    ];
  }
  if (open.ok) {
    return [
      {
        check: "cron.closed",
        level: "error",
        message: "The cron route answers without the secret.",
        remedy: "Export what createCleanupRoute() returns and nothing else, and let no rewrite add the header.",
      },
    ];
  }
  if (open.status !== 401) return [unreachable(`it answers ${open.status}`)];
  const closed: Finding = {
    check: "cron.closed",
    level: "ok",
    message: "The cron route is closed without its secret.",
  };
  return [closed, ...(await withSecret(site, url))];
}

async function withSecret(site: Site, url: URL): Promise<Finding[]> {
  if (!site.cronSecret) {
    return [
      {
        check: "cron.reach",
        level: "unknown",
        message: "CRON_SECRET is not in this environment: whether the cron's own calls are let in was not tried.",
        remedy: "Run this with the site's environment, for example after `vercel env pull .env.local`.",
      },
    ];
  }
  const authorization = `Bearer ${site.cronSecret}`;
  const called = await ask(new URL("?limit=0", url), { authorization });
  if (typeof called === "string" || !called.ok) {
    const why = typeof called === "string" ? called : `it answers ${called.status}`;
    return [
      {
        check: "cron.reach",
        level: "error",
        message: `The cron route refuses the secret of this environment (${why}).`,
        remedy: "Give the site and the scheduler the same CRON_SECRET. A 500 is in the site's log.",
      },
    ];
  }
  const reached: Finding = {
    check: "cron.reach",
    level: "ok",
    message: "The cron route lets in who knows the secret.",
  };
  return [reached, await responseBudget(site, url, authorization)];
}

/** The cron route answers with a head as large as a session's cookies may make it: does the response arrive? */
async function responseBudget({ cookieBytes }: Site, url: URL, authorization: string): Promise<Finding> {
  const fits = await largest(cookieBytes, async (bytes) => {
    const answer = await ask(new URL(`?head=${bytes}`, url), { authorization });
    return typeof answer !== "string" && answer.headers.get("x-spillway-head")?.length === bytes;
  });
  if (fits === cookieBytes) {
    return { check: "site.response", level: "ok", message: `Responses with ${cookieBytes} bytes of cookies arrive.` };
  }
  return {
    check: "site.response",
    level: "error",
    message: `A response that sets ${cookieBytes} bytes of cookies does not arrive; about ${fits} do. A session that grows would end in an error page of the proxy.`,
    remedy: `Raise the buffer of response heads in front (nginx: proxy_buffer_size 16k; proxy_buffers 8 16k), or set \`cookieThreshold: ${Math.max(fits - 1_000, 0)}\`.`,
  };
}

/** The largest of some sizes up to `most` that is let through, to 256 bytes; 0 when none is. */
async function largest(most: number, passes: (bytes: number) => Promise<boolean>): Promise<number> {
  if (await passes(most)) return most;
  let [low, high] = [0, most];
  while (high - low > 256) {
    const middle = Math.floor((low + high) / 2);
    if (await passes(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** Cookies with no meaning, none larger than a browser keeps. */
function padding(bytes: number): string {
  const sizes = Array.from({ length: Math.ceil(bytes / 4_000) }, (_, i) => Math.min(4_000, bytes - i * 4_000));
  return sizes.map((size, i) => `spillway-doctor-${i}=${"x".repeat(Math.max(size - 18, 1))}`).join("; ");
}

function unreachable(why: string): Finding {
  return {
    check: "cron.reach",
    level: "error",
    message: `The cron route ${CRON_PATH} cannot be reached (${why}): expired sessions stay in the database.`,
    remedy: `Add app${CRON_PATH}/route.ts (\`npx spillway init\` writes it), and let the proxy redirect no request to it.`,
  };
}

/** The answer of a request, or why it failed. */
async function ask(url: URL, headers: Record<string, string>): Promise<Response | string> {
  try {
    const response = await fetch(url, { headers, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT) });
    await response.arrayBuffer();
    return response;
  } catch (error) {
    const { cause, name } = error as Error & { cause?: { code?: string } };
    return cause?.code ?? name;
  }
}
