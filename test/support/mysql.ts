import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { unpackedProgram } from "./debian.js";
import { runMysqlServer } from "./mysql-server.js";
import type { Running } from "./service.js";

/** No stable release of Debian has it. */
const PACKAGE = { name: "mysql-server-core", suite: "sid" } as const;

/** The user that the tests come as. */
const USERS = `ALTER USER 'root'@'localhost' IDENTIFIED BY 'password';
CREATE USER IF NOT EXISTS 'root'@'127.0.0.1' IDENTIFIED BY 'password';
GRANT ALL PRIVILEGES ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;
`;

/**
 * Starts a real MySQL, which is not MariaDB, on a database folder of its own.
 *
 * @throws an error whose message says why there is none on this machine.
 */
export async function runMysql(): Promise<Running> {
  const server = unpackedProgram("mysqld", PACKAGE);
  return runMysqlServer({
    name: "mysql",
    server,
    prepare({ folder, common }) {
      execFileSync(server.command, [...server.args, ...common, "--initialize-insecure"], { stdio: "pipe" });
      const users = join(folder, "users.sql");
      writeFileSync(users, USERS);
      // Without the last, a folder of the installed package has to be there.
      return [`--init-file=${users}`, "--mysqlx=OFF", "--secure-file-priv="];
    },
    // Its way to sign in needs TLS, or the server's key.
    query: "?allowPublicKeyRetrieval=true",
  });
}
