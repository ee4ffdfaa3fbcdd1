/** Everything that follows from `prisma/session.prisma`: the model for MySQL, and the SQL for every database. */

import { readFileSync } from "node:fs";
import { mysqlModel, mysqlSql } from "./render-mysql.js";
import { printSql } from "./print-sql.js";

/** The name of the first migration. A later change of the model adds another one beside it, by hand. */
const FIRST_MIGRATION = "20261120103000_session";

/**
 * Renders all files that are made from the model.
 *
 * @returns the text of each file by its path from the root of the repository.
 */
export async function renderSchema(): Promise<Map<string, string>> {
  const model = readFileSync(new URL("session.prisma", import.meta.url), "utf8");
  // Every database has that schema, and not everybody may make one.
  const postgresql = without(await printSql("postgresql", model), /^-- CreateSchema\n.*\n\n/);
  const scripts = {
    sqlite: await printSql("sqlite", model),
    // Room in every page lets an update stay in it, and leave the indexes alone.
    postgresql: replaceOnce(postgresql, '("key")\n);', '("key")\n) WITH (fillfactor = 70);'),
    mysql: mysqlSql(postgresql),
  };
  const files = new Map([["prisma/mysql/session.prisma", mysqlModel(model)]]);
  for (const [provider, sql] of Object.entries(scripts)) {
    files.set(`sql/${provider}.sql`, sql);
    files.set(`prisma/${provider}/migrations/${FIRST_MIGRATION}/migration.sql`, sql);
  }
  return files;
}

function without(text: string, part: RegExp): string {
  if (!part.test(text)) throw new Error(`The printed SQL does not hold ${part}.`);
  return text.replace(part, "");
}

function replaceOnce(text: string, from: string, to: string): string {
  if (text.split(from).length !== 2) throw new Error(`The printed SQL does not hold ${JSON.stringify(from)} once.`);
  return text.replace(from, to);
}
