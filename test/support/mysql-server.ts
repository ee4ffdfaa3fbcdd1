/** What MySQL and MariaDB are started with alike: a database folder of its own, gone with the server. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChild } from "./child-server.js";
import type { Program } from "./debian.js";
import { freePort } from "./free-port.js";
import type { Running } from "./service.js";

/** How one of the two is started. */
export interface MysqlServer {
  /** Of its folder's name. */
  readonly name: string;
  readonly server: Program;
  /** Makes the system tables and the user `root` in the empty database folder; returns options for the server besides. */
  prepare(place: {
    readonly folder: string;
    readonly data: string;
    readonly common: readonly string[];
  }): readonly string[];
  /** Of the address, behind the database's name. */
  readonly query?: string;
}

/** Starts it. Its session time zone is not UTC, so that a time taken for local would show. */
export async function runMysqlServer({ name, server, prepare, query = "" }: MysqlServer): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), `spillway-${name}-`));
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
    const own = prepare({ folder, data, common });
    const child = await startChild(
      server,
      [
        ...common,
        ...own,
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
      url: `mysql://root:password@127.0.0.1:${port}/mysql${query}`,
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
