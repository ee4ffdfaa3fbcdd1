/** The built Next applications of the benchmark, as servers to send requests to. */

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../support/free-port.js";

/** Both applications: one with a middleware, which runs at the edge, and one with a proxy, which runs in Node. */
export type Application = "next-app" | "next-proxy";

const SHARED = fileURLToPath(new URL("./next-app", import.meta.url));
const folderOf = (application: Application) => fileURLToPath(new URL(`./${application}`, import.meta.url));
const LIBRARY = fileURLToPath(new URL("../../dist", import.meta.url));
const NEXT = createRequire(import.meta.url).resolve("next/dist/bin/next");

const env = {
  ...process.env,
  SESSION_SECRET: "a secret of the benchmark, long enough for all of them",
  NEXT_TELEMETRY_DISABLED: "1",
  NODE_ENV: "production",
} as const;

/** A running server. */
export interface NextServer {
  readonly origin: string;
  /** The processor time that its process has used so far: steadier than the clock on a busy machine. */
  cpuMicros(): Promise<number>;
  stop(): Promise<void>;
}

/** Builds an application, unless the last build is newer than its sources and the compiled library. */
export function build(application: Application): void {
  const folder = folderOf(application);
  if (changedAt([join(folder, ".next/BUILD_ID")]) > changedAt([folder, SHARED, LIBRARY])) return;
  execFileSync(process.execPath, [NEXT, "build"], { cwd: folder, env, stdio: "pipe" });
}

/** Starts a built application on a free port. It ends with this process, if not before. */
export async function start(application: Application): Promise<NextServer> {
  const port = await freePort();
  const child = spawn(process.execPath, [NEXT, "start", "-p", String(port), "-H", "127.0.0.1"], {
    cwd: folderOf(application),
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const kill = () => child.kill();
  process.once("exit", kill);
  const ended = once(child, "exit");
  const origin = `http://127.0.0.1:${port}`;
  await Promise.race([
    answers(`${origin}/none`),
    ended.then(() => Promise.reject(new Error("The server of the benchmark ended while it started."))),
  ]);
  return {
    origin,
    async cpuMicros() {
      const { micros } = (await (await fetch(`${origin}/cpu`)).json()) as { micros: number };
      return micros;
    },
    async stop() {
      process.off("exit", kill);
      kill();
      await ended;
    },
  };
}

async function answers(url: string): Promise<void> {
  const isReady = () =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) await new Promise((resolve) => setTimeout(resolve, 100));
}

/** When the newest of these files, and of those in these folders, was changed; 0 when there is none. */
function changedAt(paths: readonly string[]): number {
  const times = paths.map((path) => {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (!stats?.isDirectory()) return stats?.mtimeMs ?? 0;
    const names = readdirSync(path).filter((name) => name !== ".next" && name !== "next-env.d.ts");
    return changedAt(names.map((name) => join(path, name)));
  });
  return Math.max(0, ...times);
}
