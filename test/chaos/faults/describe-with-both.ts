import { describe, inject } from "vitest";
import type { ServiceMessage, ServiceName } from "../../support/service.js";

/** Where both servers of a world are. */
export interface ServerUrls {
  readonly postgresUrl: string;
  readonly redisUrl: string;
}

/** Describes tests that need a PostgreSQL and a Redis, as `describeWith` does for one; both are shared with the whole run. */
export async function describeWithBoth(title: string, body: (urls: ServerUrls) => void): Promise<void> {
  const [postgres, redis] = await Promise.all([ask("postgres"), ask("redis")]);
  if ("url" in postgres && "url" in redis) {
    const urls = { postgresUrl: postgres.url, redisUrl: redis.url };
    describe(title, () => body(urls));
    return;
  }
  const reasons = [postgres, redis].flatMap((message) => ("reason" in message ? message.reason : [])).join("; ");
  if (process.env.CI === "true") throw new Error(`PostgreSQL and Redis are needed here: ${reasons}`);
  describe.skip(`${title} (skipped: ${reasons})`, () => body({ postgresUrl: "skipped:", redisUrl: "skipped:" }));
}

async function ask(name: ServiceName): Promise<ServiceMessage> {
  return (await fetch(`${inject("servicesUrl")}/${name}`)).json() as Promise<ServiceMessage>;
}
