/** The configurations under which the G rows run: the six of parity.md in memory, and one on a real database and KV. */

import { randomUUID } from "node:crypto";
import { createClient } from "@vercel/kv";
import { kvCache } from "spillway/stores/kv";
import { prismaStore } from "spillway/stores/prisma";
import { afterAll, beforeAll, describe } from "vitest";
import { startKvServer } from "../../app/_services/kv/server.js";
import { sqliteDatabase } from "../support/databases.js";
import { CONFIGURATIONS, type Configuration, type Deploy, type Deployment, deploy } from "../support/deployments.js";

/** A configuration as tests see it. */
export interface Configured extends Configuration {
  /** Whether small values are held by the server. */
  readonly onServer: boolean;
  /** Deploys an application in it. */
  deploy(options?: Pick<Deploy, "define" | "server">): Deployment;
}

/** Describes tests in all configurations. */
export function describeConfigured(body: (configured: Configured) => void): void {
  for (const configuration of CONFIGURATIONS) {
    const { tiers, cookieThreshold } = configuration;
    describe(`${tiers}, threshold ${cookieThreshold}`, () => body(configuredWith(configuration, () => ({}))));
  }
  describe("SQLite and KV, threshold 0", () => {
    let tiers: Pick<Deploy, "store" | "newCache"> = {};
    const closing: (() => Promise<unknown>)[] = [];

    beforeAll(async () => {
      const database = await sqliteDatabase();
      const kv = await startKvServer({ port: 0, token: "tests" });
      closing.push(database.drop, kv.stop);
      const client = createClient({ url: kv.url, token: kv.token });
      tiers = {
        store: prismaStore(database.client.session),
        newCache: () => kvCache(client, { prefix: `${randomUUID()}:` }),
      };
    }, 60_000);

    afterAll(() => Promise.all(closing.map((close) => close())));

    body(configuredWith({ tiers: "cookie+kv+db", cookieThreshold: 0 }, () => tiers));
  });
}

function configuredWith(configuration: Configuration, real: () => Pick<Deploy, "store" | "newCache">): Configured {
  const { tiers, cookieThreshold } = configuration;
  return {
    ...configuration,
    onServer: cookieThreshold === 0,
    deploy: ({ define, server } = {}) =>
      deploy({ tiers, ...(define && { define }), server: { ...server, cookieThreshold }, ...real() }),
  };
}
