import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "./free-port.js";
import type { Running } from "./service.js";

const CACHE = fileURLToPath(new URL("../../.spillway/redis", import.meta.url));
const PACKAGES = ["redis-server", "redis-tools", "libjemalloc2", "liblzf1"];

/** What a server is started with, as in redis.conf, beside what every one is: a list gives an option several times. */
export type RedisOptions = Readonly<Record<string, string | number | readonly string[]>>;

/** A server of its own. */
export interface RunningRedis extends Running {
  readonly port: number;
}

/**
 * Starts a real Redis that keeps everything in memory: the system's, else Debian's, unpacked without being installed.
 * @param more options of redis.conf.
 * @param mode `sentinel` starts a sentinel, which writes its own configuration: `more` has to be all that it needs.
 */
export async function runRedis(more: RedisOptions = {}, mode?: "sentinel"): Promise<RunningRedis> {
  const server = findServer() ?? fetchServer();
  const folder = mkdtempSync(join(tmpdir(), "spillway-redis-"));
  const port = await freePort();
  const common = { port, bind: "127.0.0.1", dir: folder, maxclients: 500 };
  const options: RedisOptions = { ...common, ...(mode ? {} : { save: "", appendonly: "no" }), ...more };
  const lines = Object.entries(options).flatMap(([name, value]) =>
    [value].flat().map((one) => `${name} ${one === "" ? '""' : one}`),
  );
  const configuration = join(folder, "redis.conf");
  writeFileSync(configuration, `${lines.join("\n")}\n`);
  const child = spawn(server, [configuration, ...(mode ? [`--${mode}`] : [])], {
    env: { ...process.env, LD_LIBRARY_PATH: librariesOf(server) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  let log = "";
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`redis-server ended with code ${code}:\n${log}`)));
    child.stdout.on("data", (chunk) => {
      log = (log + chunk).slice(-4_000);
      if (/Ready to accept connections|Sentinel ID is/.test(log)) resolve();
    });
  });
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    async stop() {
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function findServer(): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), join(CACHE, "usr/bin")];
  return folders.map((folder) => join(folder, "redis-server")).find((file) => existsSync(file));
}

/** The libraries that were unpacked beside it; none for a server that is installed. */
function librariesOf(server: string): string {
  const folder = join(dirname(server), "../lib");
  if (!server.startsWith(CACHE)) return process.env.LD_LIBRARY_PATH ?? "";
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name))
    .join(":");
}

function fetchServer(): string {
  mkdirSync(dirname(CACHE), { recursive: true });
  // Unpacked aside and moved when whole: another run may be doing the same.
  const folder = mkdtempSync(`${CACHE}-`);
  try {
    download(folder);
    for (const file of readdirSync(folder)) execFileSync("dpkg", ["-x", join(folder, file), join(folder, "root")]);
    if (!existsSync(CACHE)) renameSync(join(folder, "root"), CACHE);
  } catch (error) {
    throw new Error(
      `no redis-server is installed, and Debian's could not be downloaded (${String(error).split("\n")[0]}). Install Redis 7 or later.`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const server = findServer();
  if (server === undefined) throw new Error("the downloaded packages hold no redis-server. Install Redis 7 or later.");
  return server;
}

function download(folder: string): void {
  const fetch = () => execFileSync("apt-get", ["download", ...PACKAGES], { cwd: folder, stdio: "pipe" });
  try {
    fetch();
  } catch (error) {
    // A fresh container has no lists of packages yet, and only root may fetch them.
    if (process.getuid?.() !== 0) throw error;
    execFileSync("apt-get", ["update"], { stdio: "pipe" });
    fetch();
  }
}
