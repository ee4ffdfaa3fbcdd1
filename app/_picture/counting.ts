import "server-only";
import type { KvClient } from "spillway/stores/kv";
import type { prisma } from "../_session/database";
import { countCall } from "./cost";

/** A KV client whose round trips are counted: every pipeline that is sent is one. */
export function countingKv(client: KvClient): KvClient {
  return {
    pipeline() {
      const pipeline = client.pipeline();
      const exec = pipeline.exec.bind(pipeline);
      pipeline.exec = async (options) => {
        await countCall("kv");
        return exec(options);
      };
      return pipeline;
    },
  };
}

/** A database client whose operations on sessions are counted: each is one statement. */
export function countingPrisma(client: typeof prisma) {
  return client.$extends({
    query: {
      session: {
        async $allOperations({ args, query }) {
          await countCall("database");
          return query(args);
        },
      },
    },
  });
}
