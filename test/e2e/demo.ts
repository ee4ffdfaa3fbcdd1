import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { localSecrets } from "../../app/_services/secrets.js";
import type { Mode } from "../../app/_services/settings.js";
import { claimInTurn } from "../support/claim.js";
import { freePort } from "../support/free-port.js";
import { type Running, startService } from "../support/service.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const STATE = join(ROOT, ".spillway", "e2e");

/** How long the first start may take, which builds the application on what may be a busy machine. */
export const START_TIMEOUT = 300_000;

/** The demo as `npm run demo` or `npm run dev` starts it, on ports and with stores of its own. */
export class Demo {
  /** What browsers see: the proxy, where it is behind one. */
  readonly origin: string;
  /** Where it is served itself. */
  readonly served: string;
  readonly identityOrigin: string;
  readonly kvUrl: string;
  readonly databaseUrl: string;
  readonly #mode: Mode;
  readonly #folder: string;
  readonly #redis: Running | undefined;
  readonly #env: NodeJS.ProcessEnv;
  #launcher: ChildProcess | undefined;
  #release: (() => void) | undefined;

  private constructor(
    mode: Mode,
    folder: string,
    ports: readonly [number, number, number],
    redis: Running | undefined,
    proxy: string | undefined,
  ) {
    const [port, kvPort, identityPort] = ports;
    this.#mode = mode;
    this.#folder = folder;
    this.#redis = redis;
    this.served = `http://localhost:${port}`;
    this.origin = proxy ?? this.served;
    this.kvUrl = `http://127.0.0.1:${kvPort}`;
    this.identityOrigin = `http://127.0.0.1:${identityPort}`;
    this.databaseUrl = `file:${join(folder, "demo.db")}`;
    const { PATH, HOME } = process.env;
    this.#env = {
      PATH,
      HOME,
      NODE_ENV: mode === "demo" ? "production" : "development",
      PORT: String(port),
      APP_ORIGIN: proxy,
      KV_PORT: String(kvPort),
      OIDC_PORT: String(identityPort),
      DATABASE_URL: this.databaseUrl,
      REDIS_URL: redis?.url,
      SPILLWAY_STATE_FOLDER: STATE,
      SPILLWAY_DEMO_DOCS: "0",
      E2E_CLOCK_FILE: join(folder, "clock"),
      NODE_OPTIONS: `--import=${new URL("shifted-clock.mjs", import.meta.url).href}`,
    };
  }

  /**
   * Starts it, in front of a real Redis where there is one.
   * @param proxy the origin of a proxy that browsers see instead.
   */
  static async start(mode: Mode = "demo", proxy?: string): Promise<Demo> {
    const redis = await startService("redis").catch((error: unknown) => {
      if (process.env.CI === "true") throw error;
      return undefined;
    });
    // Next names the folder of its build in the application's tsconfig.json, so that it has to be this one.
    const release = await claimInTurn("e2e");
    const folder = mkdtempSync(join(tmpdir(), "spillway-e2e-"));
    const demo = new Demo(mode, folder, [await freePort(), await freePort(), await freePort()], redis, proxy);
    demo.#release = release;
    demo.advance(0);
    try {
      await demo.#launch();
    } catch (error) {
      await demo.stop();
      throw error;
    }
    return demo;
  }

  /** The secrets that the launcher has made up. */
  get secrets() {
    return localSecrets(join(STATE, "secrets.env"));
  }

  /**
   * The files of its build and its logs. Not the database's: to close one of those takes away the locks that this
   * process's own client has on it.
   */
  get written(): readonly string[] {
    const below = (folder: string) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name));
    return ["next", "logs"].map((name) => join(STATE, name)).flatMap(below);
  }

  /** Puts the server's clock ahead of the real one. */
  advance(milliseconds: number): void {
    const file = join(this.#folder, "clock");
    writeFileSync(`${file}.new`, String(milliseconds));
    renameSync(`${file}.new`, file);
  }

  /** Stops all of it as Ctrl-C does, and starts it again. */
  async restart(): Promise<void> {
    await this.#end();
    await this.#launch();
  }

  async stop(): Promise<void> {
    await this.#end();
    await this.#redis?.stop();
    rmSync(this.#folder, { recursive: true, force: true });
    this.#release?.();
  }

  async #end(): Promise<void> {
    if (!this.#launcher || this.#launcher.exitCode !== null) return;
    this.#launcher.kill("SIGINT");
    await once(this.#launcher, "exit");
  }

  async #launch(): Promise<void> {
    const launcher = spawn(process.execPath, ["--import", "tsx", "app/_services/launcher.ts", this.#mode], {
      cwd: ROOT,
      env: this.#env,
    });
    this.#launcher = launcher;
    let output = "";
    await new Promise<void>((resolve, reject) => {
      const listen = (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes("Ctrl-C stops")) resolve();
      };
      launcher.stdout?.on("data", listen);
      launcher.stderr?.on("data", listen);
      launcher.once("exit", () => reject(new Error(`The demo did not start:\n${output}`)));
    });
  }
}
