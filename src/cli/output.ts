/** What a command prints: text for a person, or one JSON document for a machine. */

import { stdout } from "node:process";
import type { Command } from "commander";
import colors from "picocolors";

/** The options that every command has. */
export interface GlobalOptions {
  readonly cwd: string;
  readonly json?: boolean;
}

/** An error that the user can mend. It is printed without a stack. */
export class CommandError extends Error {
  override readonly name = "CommandError";

  /**
   * @param code what a script may branch on.
   * @param message what is wrong, and what to do.
   */
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** The options of a command together with those of the program. */
export function globals(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>();
}

/**
 * Prints the result of a command.
 *
 * @param json whether a machine reads it: then `result`, as one JSON document.
 * @param lines for a person; nothing else is printed.
 */
export function print(json: boolean | undefined, result: object, lines: readonly string[]): void {
  stdout.write(`${json ? JSON.stringify(result, null, 2) : lines.join("\n")}\n`);
}

/** Two columns: labels padded to one width, then what belongs to them. */
export function table(rows: readonly (readonly [label: string, text: string])[]): string[] {
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, text]) => `  ${colors.dim(label.padEnd(width))}  ${text}`);
}

/** Prints why a command failed, and ends the process: 1 for what the user can mend, 70 for what should not happen. */
export function fail(error: unknown, json: boolean): void {
  const expected = isExpected(error);
  const { message, stack, code } =
    error instanceof Error
      ? (error as Error & { code?: unknown })
      : { message: String(error), stack: undefined, code: undefined };
  if (json) stdout.write(`${JSON.stringify({ error: { code: code ?? "failed", message } }, null, 2)}\n`);
  else process.stderr.write(`${colors.red("error")} ${expected ? message : (stack ?? message)}\n`);
  process.exitCode = expected ? 1 : 70;
}

/**
 * Whether an error says by itself what is wrong: a command's own, the library's (an option, a store that does not answer),
 * or the operating system's (a file that may not be written, a folder in its place).
 */
function isExpected(error: unknown): boolean {
  if (error instanceof CommandError) return true;
  const { name, syscall } = (error ?? {}) as { name?: unknown; syscall?: unknown };
  return typeof syscall === "string" || /^(Session(Config|Value|Store)Error|ConflictError)$/.test(String(name));
}
