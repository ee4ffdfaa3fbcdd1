/** Makes the table of sessions, as `prisma migrate` would, by the SQL of the package. Its name is the argument. */

import { readFileSync } from "node:fs";
import { createClient } from "@libsql/client";

const [name] = process.argv.slice(2);
const sql = readFileSync(new URL("node_modules/spillway/sql/sqlite.sql", import.meta.url), "utf8");
const client = createClient({ url: "file:./dev.db" });
await client.executeMultiple(sql.replaceAll('"Session', `"${name}`));
client.close();
