/** The process of a remote store. It ends with the one that started it. */

import { PrismaLibSql } from "@prisma/adapter-libsql";
import { prismaStore } from "spillway/stores/prisma";
import { PrismaClient } from "../../../generated/sqlite/client.js";
import type { Answer, Call } from "./remote-store.js";

const [url = ""] = process.argv.slice(2);
const store = prismaStore(new PrismaClient({ adapter: new PrismaLibSql({ url, timeout: 5_000 }) }).session);

process.on("message", async ({ id, method, args }: Call) => {
  const answer = await (store[method] as (...args: readonly unknown[]) => Promise<unknown>)(...args).then(
    (result): Answer => ({ id, result, isError: false }),
    (error): Answer => ({ id, code: error?.code, isError: true }),
  );
  process.send?.(answer);
});
process.on("disconnect", () => process.exit());
process.send?.("ready");
