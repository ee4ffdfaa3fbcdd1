import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A service that runs, until it is stopped. */
export interface Running {
  readonly url: string;
  /** Resolves when it has ended and left nothing behind. */
  stop(): Promise<void>;
}

/**
 * The services that tests may ask for. A cluster has three primaries and no replica; a sentinel watches over a primary with
 * one replica, under the name `main`. A Redis to flush is for one test file that needs it empty; a durable PostgreSQL
 * waits for the disk, as measurements must.
 */
export type ServiceName =
  | "redis"
  | "redis-to-flush"
  | "redis-cluster"
  | "redis-sentinel"
  | "postgres"
  | "postgres-durable"
  | "mariadb";

/** What the process of a service tells its parent. */
export type ServiceMessage = { readonly url: string } | { readonly reason: string };

/**
 * Starts a service of one's own: for tests that stop it, slow it, or fill it. Those that only use one share the run's, by
 * `describeWith`. It ends with this process, even if that is killed.
 *
 * @throws an error whose message says why there is none on this machine.
 */
export async function startService(name: ServiceName): Promise<Running> {
  const file = fileURLToPath(new URL("./service-process.ts", import.meta.url));
  const child = fork(file, [name], { execArgv: ["--import", "tsx"] });
  const ended = once(child, "exit");
  const silent = ended.then((): [ServiceMessage] => [{ reason: "its process ended without a word" }]);
  const [message]: [ServiceMessage] = await Promise.race([once(child, "message") as Promise<[ServiceMessage]>, silent]);
  if ("reason" in message) throw new Error(message.reason);
  return {
    url: message.url,
    async stop() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
