/** PgBouncer, which gives a connection of the database to one transaction at a time. */

import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ChildServer, startChild } from "../../support/child-server.js";
import { anyProgram } from "../../support/debian.js";
import { freePort } from "../../support/free-port.js";

/** A pooler in front of a database. */
export interface PgBouncer {
  readonly version: string;
  /** The database, by way of the pooler. */
  readonly url: string;
  /** It crashes, and comes back after a moment. */
  readonly restart: () => Promise<void>;
  stop(): Promise<void>;
}

/** The user nobody: PgBouncer refuses to be root. */
const NOBODY = { uid: 65_534, gid: 65_534 } as const;

/** Starts a pooler in front of a database. */
export async function startPgBouncer(databaseUrl: string): Promise<PgBouncer> {
  const program = anyProgram("pgbouncer", { name: "pgbouncer", suite: "bookworm" });
  const folder = mkdtempSync(join(tmpdir(), "spillway-pgbouncer-"));
  chmodSync(folder, 0o755);
  const port = await freePort();
  const url = new URL(databaseUrl);
  const settings = {
    listen_addr: "127.0.0.1",
    listen_port: port,
    unix_socket_dir: "",
    auth_type: "any",
    pool_mode: "transaction",
    default_pool_size: 8,
    max_client_conn: 500,
    ignore_startup_parameters: "extra_float_digits",
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  const database = url.pathname.slice(1);
  const target = `${database} = host=127.0.0.1 port=${url.port} dbname=${database} user=postgres password=password`;
  const file = join(folder, "pgbouncer.ini");
  writeFileSync(file, ["[databases]", target, "[pgbouncer]", ...lines, ""].join("\n"));
  let child: ChildServer;
  const start = async () => {
    const user = process.getuid?.() === 0 ? { user: NOBODY } : {};
    child = await startChild(program, [file], { isReady: (log) => log.includes("process up"), ...user });
  };
  await start();
  url.port = String(port);
  const [version = "PgBouncer"] = execFileSync(program.command, [...program.args, "--version"], {
    encoding: "utf8",
  }).split("\n");
  return {
    version,
    url: url.href,
    async restart() {
      await child.stop("SIGKILL");
      await start();
    },
    async stop() {
      await child.stop("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
