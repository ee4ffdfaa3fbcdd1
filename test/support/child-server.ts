import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { Program } from "./debian.js";

/** A server in a process of its own. */
export interface ChildServer {
  /** Ends it; `SIGKILL` is a crash. Resolves when it has gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** How a server is started. */
export interface ChildOptions {
  /** The user as whom it runs, when this process is root and the server refuses to be. */
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly env?: NodeJS.ProcessEnv;
  /** Whether it serves. It is asked every now and then until it does. */
  isReady(log: string): boolean | Promise<boolean>;
}

/** How long a server may take to be ready (milliseconds), and how often it is asked. */
const PATIENCE = 60_000;
const EVERY = 50;

/**
 * Starts a server and waits until it serves.
 *
 * @throws an error with the end of what it wrote, when it ended or took too long.
 */
export async function startChild(
  program: Program,
  args: readonly string[],
  options: ChildOptions,
): Promise<ChildServer> {
  const child = spawn(program.command, [...program.args, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
    ...options.user,
  });
  let log = "";
  let failure: string | undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      log = (log + chunk).slice(-200_000);
    });
  }
  child.once("error", (error) => {
    failure = error.message;
  });
  const ended = once(child, "exit").then(
    () => {
      failure ??= "it ended";
    },
    () => {},
  );
  const server: ChildServer = {
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      await ended;
    },
  };
  for (const since = performance.now(); performance.now() - since < PATIENCE; ) {
    if (failure !== undefined) throw new Error(`${program.command} did not start (${failure}):\n${log}`);
    if (await options.isReady(log)) return server;
    await pause(EVERY);
  }
  await server.stop("SIGKILL");
  throw new Error(`${program.command} was not ready after ${PATIENCE / 1000} seconds:\n${log}`);
}
