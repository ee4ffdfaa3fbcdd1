import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { anyProgram, type Program } from "./debian.js";
import { runMysqlServer } from "./mysql-server.js";
import type { Running } from "./service.js";

const PACKAGE = { name: "mariadb-server", suite: "bookworm" } as const;

/** Starts a real MariaDB on a database folder of its own: the system's, else Debian's. */
export async function runMariadb(): Promise<Running> {
  const server = anyProgram("mariadbd", PACKAGE);
  return runMysqlServer({
    name: "mariadb",
    server,
    prepare({ data, common }) {
      initialise(server, data, common);
      return [];
    },
  });
}

/** The users that the tests come as. A socket or a name server may make either of the two of an address. */
const USERS = ["localhost", "127.0.0.1"]
  .map(
    (host) => `CREATE OR REPLACE USER 'root'@'${host}' IDENTIFIED BY 'password';
GRANT ALL PRIVILEGES ON *.* TO 'root'@'${host}' WITH GRANT OPTION;`,
  )
  .join("\n");

/** Makes the system tables, by the server itself: the script that does so otherwise must lie where it was installed. */
function initialise(server: Program, data: string, common: readonly string[]): void {
  mkdirSync(join(data, "mysql"), { recursive: true });
  const tables = ["mysql_system_tables.sql", "mysql_performance_tables.sql", "mysql_system_tables_data.sql"]
    .map((name) => readFileSync(join(server.root, "usr/share/mysql", name), "utf8"))
    .join("\n");
  const input = `USE mysql;\n${tables}\nFLUSH PRIVILEGES;\n${USERS}\n`;
  execFileSync(server.command, [...server.args, ...common, "--bootstrap"], { input, stdio: "pipe" });
}
