/** The model and its table in MySQL and MariaDB, for which Prisma's engine prints no SQL without being downloaded. */

/**
 * What the texts of a row become, since Prisma's own choice, VARCHAR(191), holds neither a session nor every
 * `User-Agent`. An indexed column needs a length; one that grows with the session must have none that it could reach.
 */
const TEXTS: Readonly<Record<string, string>> = {
  key: "VarChar(128)",
  idHash: "VarChar(128)",
  previousIdHash: "VarChar(128)",
  successor: "Text",
  userId: "VarChar(255)",
  data: "LongText",
  commitIds: "Text",
  userAgent: "VarChar(512)",
  address: "VarChar(64)",
};

/**
 * The model with MySQL's types.
 *
 * @param model the text of `prisma/session.prisma`.
 * @throws when it has a text column of which {@link TEXTS} does not say how long it is.
 */
export function mysqlModel(model: string): string {
  return model.replace(/^( +)(\w+)( +)(String\??)( *)(.*)$/gm, (_, indent, name, gap, type, _gap, attributes) => {
    const native = `@db.${textOf(name)}`;
    return `${indent}${name}${gap}${type.padEnd(9)} ${attributes === "" ? native : `${attributes} ${native}`}`;
  });
}

/**
 * The statement that makes the table.
 *
 * @param postgresql the SQL that Prisma prints of the model for PostgreSQL.
 * @returns the same for MySQL, as Prisma lays it out, with a collation that compares bytes: the default one takes "ada",
 *   "Ada" and "Áda" for one user.
 */
export function mysqlSql(postgresql: string): string {
  const [, table = "", body = ""] = /CREATE TABLE "(\w+)" \(\n(.*?)\n\);/s.exec(postgresql) ?? [];
  const columns = [...body.matchAll(/^ +"(\w+)" ([\w()]+)( NOT NULL)?,$/gm)].map(
    ([, name = "", type = "", required]) => `${quoted(name)} ${nativeType(name, type)}${required ?? " NULL"}`,
  );
  const [, primary = ""] = /PRIMARY KEY \("(\w+)"\)/.exec(body) ?? [];
  const indexes = [...postgresql.matchAll(/^CREATE (UNIQUE )?INDEX "(\w+)" ON "\w+"\((.+)\);$/gm)].map(
    ([, unique = "", name = "", over = ""]) => `${unique}INDEX ${quoted(name)}(${over.replaceAll('"', "`")})`,
  );
  const lines = [...columns, "", ...indexes, `PRIMARY KEY (${quoted(primary)})`];
  const inside = lines.map((line, i) => (line === "" ? "" : `    ${line}${i === lines.length - 1 ? "" : ","}`));
  return [
    "-- CreateTable",
    `CREATE TABLE ${quoted(table)} (`,
    ...inside,
    ") DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;",
    "",
  ].join("\n");
}

const quoted = (name: string) => `\`${name}\``;

function nativeType(name: string, type: string): string {
  if (type === "TEXT") return textOf(name).toUpperCase();
  if (type === "TIMESTAMP(3)") return "DATETIME(3)";
  if (type === "INTEGER") return type;
  throw new Error(`Say what \`${name}\` is in MySQL: there is no other type for ${type} yet.`);
}

function textOf(name: string): string {
  const type = TEXTS[name];
  if (type === undefined) throw new Error(`Say how long \`${name}\` is in MySQL: add it to prisma/render-mysql.ts.`);
  return type;
}
