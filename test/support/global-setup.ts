/** Runs once before all tests: makes what they need, and starts the services that they ask for, when they first ask. */

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { type Running, type ServiceMessage, type ServiceName, startService } from "./service.js";

declare module "vitest" {
  export interface ProvidedContext {
    /** Where tests ask for services. */
    servicesUrl: string;
  }
}

const root = new URL("../../", import.meta.url);

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  generateClients();
  const services = new Map<string, Promise<Running>>();
  const server = createServer(async (request, response) => {
    const name = request.url?.slice(1) as ServiceName;
    const service = services.get(name) ?? startService(name);
    services.set(name, service);
    const message: ServiceMessage = await service.then(
      ({ url }) => ({ url }),
      (error) => ({ reason: error.message }),
    );
    response.end(JSON.stringify(message));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  project.provide("servicesUrl", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return async () => {
    server.closeAllConnections();
    server.close();
    const started = await Promise.allSettled(services.values());
    await Promise.all(started.map((service) => service.status === "fulfilled" && service.value.stop()));
  };
}

/** Generates the Prisma clients unless they are newer than what they are made from. */
function generateClients(): void {
  const changed = (path: string) => {
    const file = new URL(path, root);
    return existsSync(file) ? statSync(file).mtimeMs : 0;
  };
  for (const provider of ["sqlite", "postgresql", "mysql"]) {
    const sources = ["prisma/session.prisma", `prisma/${provider}/schema.prisma`, "node_modules/prisma/package.json"];
    if (changed(`generated/${provider}/client.ts`) > Math.max(...sources.map(changed))) continue;
    execFileSync("npm", ["run", "generate"], { cwd: fileURLToPath(root), stdio: "pipe" });
    return;
  }
}
