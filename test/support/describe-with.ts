import { describe, inject } from "vitest";
import type { ServiceMessage, ServiceName } from "./service.js";

/**
 * Describes tests that need a service, which the whole run shares: await it at the top of a test file. Where the service
 * cannot be had, the tests are skipped and the title says why; under `CI=true` they fail.
 *
 * @param body is given the URL. Services are shared: use keys or a database of your own.
 */
export async function describeWith(name: ServiceName, title: string, body: (url: string) => void): Promise<void> {
  const reply = await fetch(`${inject("servicesUrl")}/${name}`);
  const service = (await reply.json()) as ServiceMessage;
  if ("url" in service) {
    describe(title, () => body(service.url));
    return;
  }
  if (process.env.CI === "true") throw new Error(`${name} is needed here: ${service.reason}`);
  describe.skip(`${title} (skipped: ${service.reason})`, () => body("skipped:"));
}
