import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ownerOnly } from "./owner-only.js";
import { dim } from "./progress.js";
import { LauncherError } from "./settings.js";

/** How long a child may take to end by itself before it is killed, in milliseconds. */
const STOP_TIMEOUT = 4_000;

/** Makes a Node child end when the launcher is gone, however that came about: its end of the channel closes. */
const END_WITH_PARENT = "data:text/javascript,process.on('disconnect',()=>process.exit())";

export interface Service {
  /** Name in messages, and of the log file. */
  readonly name: string;
  /** Arguments for Node. */
  readonly args: readonly string[];
  /** Where its output goes: the terminal, or only `<logFolder>/<name>.log`. */
  readonly output: "terminal" | "log";
  /** Resolves when the child serves; `ended` is aborted when it never will. */
  readonly ready: (child: ChildProcess, ended: AbortSignal) => Promise<void>;
}

/** The processes that the launcher started: whatever ends them, they go down together. */
export class Children {
  readonly #running = new Set<ChildProcess>();
  readonly #logFolder: string;
  readonly #cwd: string;
  readonly #env: NodeJS.ProcessEnv;
  #stopping = false;
  /** Called when a service ends that was up and was not told to. */
  onUnexpectedEnd: (message: string) => void = () => {};

  constructor(cwd: string, env: NodeJS.ProcessEnv, logFolder: string) {
    this.#cwd = cwd;
    this.#env = env;
    this.#logFolder = logFolder;
    mkdirSync(logFolder, { recursive: true, mode: 0o700 });
  }

  /**
   * Starts a service and waits until it is ready.
   *
   * @throws LauncherError when it ends before that.
   */
  async start({ name, args, output, ready }: Service): Promise<void> {
    const child = this.#spawn(process.execPath, ["--import", END_WITH_PARENT, ...args]);
    const ended = new AbortController();
    let up = false;
    child.once("exit", (code, signal) => {
      if (this.#stopping) return;
      const message = this.#obituary(name, output, signal ?? `exit code ${code}`);
      ended.abort(new LauncherError(message));
      if (up) this.onUnexpectedEnd(message);
    });
    if (output === "log") this.#keepOutput(child, name);
    else showOutput(child, name);
    await ready(child, ended.signal);
    up = true;
  }

  /**
   * Runs a command to its end. What it prints is kept back, and shown only if it fails.
   *
   * @returns what it printed.
   * @throws LauncherError when its exit code is not 0.
   */
  run(command: string, args: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = this.#spawn(command, args);
      let output = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on("data", (chunk: Buffer) => {
          output += chunk.toString();
        });
      }
      child.once("error", reject);
      child.once("close", (code) => {
        // When all is being stopped, nobody wants to hear that this was, too.
        if (this.#stopping) return;
        if (code === 0) resolve(output);
        else reject(new LauncherError(`${[command, ...args].join(" ")}\n${output.trim()}`));
      });
    });
  }

  /** Ends every child and waits until all are gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#running].map(stop));
  }

  /** Kills what is left, without waiting. */
  kill(): void {
    for (const child of this.#running) signal(child, "SIGKILL");
  }

  /** Each in a process group of its own, so that what it starts in turn can be stopped with it. */
  #spawn(command: string, args: readonly string[]): ChildProcess {
    const child = spawn(command, args, {
      cwd: this.#cwd,
      env: this.#env,
      detached: process.platform !== "win32",
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#running.add(child);
    child.once("exit", () => this.#running.delete(child));
    return child;
  }

  #keepOutput(child: ChildProcess, name: string): void {
    const file = this.#logFile(name);
    ownerOnly(file);
    const log = createWriteStream(file);
    for (const stream of [child.stdout, child.stderr]) stream?.pipe(log, { end: false });
  }

  #obituary(name: string, output: Service["output"], how: string): string {
    const message = `${name} ended (${how}).`;
    if (output === "terminal") return message;
    const log = readFileSync(this.#logFile(name), "utf8").trimEnd();
    if (log === "") return message;
    const tail = log.split("\n").slice(-12);
    return [message, `The end of ${this.#logFile(name)}:`, ...tail.map((line) => `  ${line}`)].join("\n");
  }

  #logFile(name: string): string {
    return join(this.#logFolder, `${name}.log`);
  }
}

function showOutput(child: ChildProcess, name: string): void {
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const) {
    if (from) createInterface({ input: from }).on("line", (line) => to.write(`${dim(`${name} │`)} ${line}\n`));
  }
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  signal(child, "SIGTERM");
  const timer = setTimeout(() => signal(child, "SIGKILL"), STOP_TIMEOUT);
  await ended;
  clearTimeout(timer);
  // The rest of its group, should it have left any behind.
  signal(child, "SIGKILL");
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill(name);
    else process.kill(-child.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Ready when the child says so: `process.send("ready")`. */
export const saysReady: Service["ready"] = (child, ended) =>
  new Promise((resolve, reject) => {
    child.on("message", (message) => {
      if (message === "ready") resolve();
    });
    ended.addEventListener("abort", () => reject(ended.reason));
  });

/** Ready when anything is answered under a URL. */
export function answers(url: string): Service["ready"] {
  return async (_child, ended) => {
    for (;;) {
      const response = await fetch(url, { redirect: "manual", signal: ended }).catch(() => undefined);
      ended.throwIfAborted();
      await response?.body?.cancel();
      if (response) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
}
