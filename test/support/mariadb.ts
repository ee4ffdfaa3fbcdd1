import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChild } from "./child-server.js";
import { anyProgram, type Program } from "./debian.js";
import { freePort } from "./free-port.js";
import type { Running } from "./service.js";

const PACKAGE = { name: "mariadb-server", suite: "bookworm" } as const;

/**
 * Starts a real MariaDB on a database folder of its own: the system's, else Debian's. Its session time zone is not UTC,
 * so that a time taken for local would show.
 */
export async function runMariadb(): Promise<Running> {
  const server = anyProgram("mariadbd", PACKAGE);
  const folder = mkdtempSync(join(tmpdir(), "spillway-mariadb-"));
  const data = join(folder, "data");
  const port = await freePort();
  const base = join(server.root, "usr");
  const common = [
    "--no-defaults",
    `--basedir=${base}`,
    `--datadir=${data}`,
    `--lc-messages-dir=${join(base, "share/mysql")}`,
    ...(process.getuid?.() === 0 ? ["--user=root"] : []),
  ];
  try {
    initialise(server, data, common);
    const child = await startChild(
      server,
      [
        ...common,
        `--port=${port}`,
        "--bind-address=127.0.0.1",
        `--socket=${join(folder, "socket")}`,
        `--pid-file=${join(folder, "pid")}`,
        "--max-connections=300",
        "--innodb-flush-log-at-trx-commit=0",
        "--default-time-zone=+05:30",
      ],
      { isReady: (log) => log.includes("ready for connections") },
    );
    return {
      url: `mysql://root:password@127.0.0.1:${port}/mysql`,
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
