/** The local KV server, as a process of its own. The launcher sets its variables. */
import { startKvServer } from "./kv/server.js";
import { required } from "./required.js";

await startKvServer({
  port: Number(new URL(required("KV_REST_API_URL")).port),
  token: required("KV_REST_API_TOKEN"),
  redisUrl: process.env.REDIS_URL || undefined,
});
process.send?.("ready");
