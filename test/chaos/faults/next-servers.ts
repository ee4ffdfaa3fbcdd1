/** Next servers of one application, over one PostgreSQL and one Redis: to move between, and to kill. */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { makeUnlessCurrent } from "../../../app/_services/build.js";
import { claimInTurn } from "../../support/claim.js";
import { freePort } from "../../support/free-port.js";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const FOLDER = "test/chaos/faults/next-app";
const NEXT = createRequire(import.meta.url).resolve("next/dist/bin/next");

const common = { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" } as const;

/**
 * Builds the application over the compiled library, unless nothing has changed since it was built.
 * @returns what lets another test run have it, when no server of this one needs it any more.
 */
export async function buildApplication(): Promise<() => void> {
  const release = await claimInTurn(FOLDER);
  try {
    await makeUnlessCurrent(ROOT, {
      from: [
        ...["app", "options.ts", "sessions.ts", "middleware.ts"].map((name) => join(FOLDER, name)),
        "dist",
        "generated",
      ],
      results: [join(FOLDER, ".next/BUILD_ID")],
      make: async () => {
        execFileSync(process.execPath, [NEXT, "build"], { cwd: join(ROOT, FOLDER), env: common, stdio: "pipe" });
      },
    });
    return release;
  } catch (error) {
    release();
    throw error;
  }
}

/** One of the servers. */
export class NextServer {
  readonly origin: string;
  readonly #port: number;
  readonly #env: NodeJS.ProcessEnv;
  #child: ChildProcess | undefined;
  #log = "";

  private constructor(port: number, env: NodeJS.ProcessEnv) {
    this.origin = `http://localhost:${port}`;
    this.#port = port;
    this.#env = env;
  }

  /**
   * Starts so many, over a database that is migrated.
   *
   * @param more of their environment.
   */
  static async start(
    count: number,
    databaseUrl: string,
    redisUrl: string,
    more: Readonly<Record<string, string>> = {},
  ): Promise<NextServer[]> {
    const [secret, prefix] = [randomBytes(32), randomBytes(6)].map((bytes) => bytes.toString("hex"));
    const env = {
      ...common,
      SESSION_SECRET: secret,
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      REDIS_PREFIX: `${prefix}:`,
      ...more,
    };
    const servers: NextServer[] = [];
    for (let i = 0; i < count; i++) servers.push(new NextServer(await freePort(), env));
    await Promise.all(servers.map((server) => server.start()));
    return servers;
  }

  /** Starts it, or starts it again on the same port; resolves when it answers. */
  async start(): Promise<void> {
    const args = [NEXT, "start", "--port", String(this.#port), "--hostname", "localhost"];
    // In a group of its own, so that nothing of it survives a kill.
    const child = spawn(process.execPath, args, {
      cwd: join(ROOT, FOLDER),
      env: this.#env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (text) => (this.#log = (this.#log + text).slice(-4_000)));
    this.#child = child;
    const isUp = () =>
      fetch(`${this.origin}/visit`).then(
        (answer) => answer.ok,
        () => false,
      );
    while (!(await isUp())) {
      if (child.exitCode !== null) throw new Error(`A Next server ended with code ${child.exitCode}:\n${this.#log}`);
      await pause(50);
    }
  }

  /** Kills it where it stands: SIGKILL, which leaves it no time for anything. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    process.kill(-child.pid, "SIGKILL");
    await ended;
  }
}
