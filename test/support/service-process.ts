/** The process of one service. It ends when its parent lets go of it, and takes the service along. */

import { runMariadb } from "./mariadb.js";
import { runPostgres } from "./postgres.js";
import { runRedis } from "./redis.js";
import { runRedisCluster, runRedisSentinel } from "./redis-deployments.js";
import type { Running, ServiceMessage, ServiceName } from "./service.js";

const run: Record<ServiceName, () => Promise<Running>> = {
  redis: () => runRedis(),
  "redis-to-flush": () => runRedis(),
  "redis-cluster": runRedisCluster,
  "redis-sentinel": runRedisSentinel,
  postgres: () => runPostgres(false),
  "postgres-durable": () => runPostgres(true),
  mariadb: runMariadb,
};

const say = (message: ServiceMessage) => process.send?.(message);

// A Ctrl-C reaches the whole group; the parent decides when the services end.
process.on("SIGINT", () => {});
const orphaned = new Promise((resolve) => process.once("disconnect", resolve));

try {
  const service = await run[process.argv[2] as ServiceName]();
  say({ url: service.url });
  await orphaned;
  await service.stop();
} catch (error) {
  say({ reason: error instanceof Error ? error.message : String(error) });
}
process.exit();
