import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChild } from "./child-server.js";
import { unpackedProgram } from "./debian.js";
import { freePort } from "./free-port.js";
import type { Running } from "./service.js";

/** No stable release of Debian has it. */
const PACKAGE = { name: "mysql-server-core", suite: "sid" } as const;

/** The user that the tests come as. */
const USERS = `ALTER USER 'root'@'localhost' IDENTIFIED BY 'password';
CREATE USER IF NOT EXISTS 'root'@'127.0.0.1' IDENTIFIED BY 'password';
GRANT ALL PRIVILEGES ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;
`;

/**
 * Starts a real MySQL, which is not MariaDB, on a database folder of its own. Its session time zone is not UTC, so that a time
 * taken for local would show.
 *
 * @throws an error whose message says why there is none on this machine.
 */
export async function runMysql(): Promise<Running> {
  const server = unpackedProgram("mysqld", PACKAGE);
  const folder = mkdtempSync(join(tmpdir(), "spillway-mysql-"));
  const port = await freePort();
  const common = [
    "--no-defaults",
    `--basedir=${join(server.root, "usr")}`,
    `--datadir=${join(folder, "data")}`,
    `--lc-messages-dir=${join(server.root, "usr/share/mysql")}`,
    ...(process.getuid?.() === 0 ? ["--user=root"] : []),
  ];
  try {
    execFileSync(server.command, [...server.args, ...common, "--initialize-insecure"], { stdio: "pipe" });
    const users = join(folder, "users.sql");
    writeFileSync(users, USERS);
    const child = await startChild(
      server,
      [
        ...common,
        `--port=${port}`,
        "--bind-address=127.0.0.1",
        `--socket=${join(folder, "socket")}`,
        `--pid-file=${join(folder, "pid")}`,
        `--init-file=${users}`,
        "--mysqlx=OFF",
        // Otherwise a folder of the installed package has to be there.
        "--secure-file-priv=",
        "--max-connections=300",
        "--innodb-flush-log-at-trx-commit=0",
        "--default-time-zone=+05:30",
      ],
      { isReady: (log) => log.includes("ready for connections") },
    );
    return {
      // Its way to sign in needs TLS, or the server's key.
      url: `mysql://root:password@127.0.0.1:${port}/mysql?allowPublicKeyRetrieval=true`,
      async stop() {
        await child.stop("SIGKILL");
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
