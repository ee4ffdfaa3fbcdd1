/** A store in a process of its own, by way of which a second process comes to one file. */

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { SessionStore } from "spillway";

/** A call that crosses over, and what came of it. */
export interface Call {
  readonly id: number;
  readonly method: keyof SessionStore;
  readonly args: readonly unknown[];
}

export interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly code?: unknown;
  readonly isError: boolean;
}

const METHODS: readonly (keyof SessionStore)[] = ["get", "find", "insert", "update", "delete", "list", "deleteBatch"];

/** Starts a process that keeps sessions in a SQLite file. */
export async function remoteStore(url: string): Promise<{ store: SessionStore; close(): Promise<void> }> {
  const file = fileURLToPath(new URL("./remote-store-process.ts", import.meta.url));
  const child = fork(file, [url], { execArgv: ["--import", "tsx"], serialization: "advanced" });
  await once(child, "message");
  const waiting = new Map<number, (answer: Answer) => void>();
  child.on("message", (answer: Answer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  let calls = 0;
  const call = async (method: Call["method"], args: readonly unknown[]) => {
    calls += 1;
    const message: Call = { id: calls, method, args };
    const answered = new Promise<Answer>((resolve) => waiting.set(message.id, resolve));
    child.send(message);
    const { isError, code, result } = await answered;
    if (isError) throw Object.assign(new Error("The other process could not."), { code });
    return result;
  };
  const entries = METHODS.map((method) => [method, (...args: unknown[]) => call(method, args)]);
  return { store: Object.fromEntries(entries) as SessionStore, close: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.disconnect();
  await ended;
}
