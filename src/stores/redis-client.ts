/** The clients of Redis over TCP that a cache takes, by their shape. */

/** What `redisCache` needs of a client of the package `redis` (node-redis). */
export interface NodeRedisClient {
  sendCommand(args: string[]): Promise<unknown>;
}

/** What `redisCache` needs of a client of the package `ioredis`. */
export interface IoRedisClient {
  call(command: string, ...args: string[]): Promise<unknown>;
}
