/** A plan shown and carried out. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createTwoFilesPatch } from "diff";
import colors from "picocolors";
import { CommandError } from "../output.js";
import type { Change } from "./plan.js";

/** A change as a unified diff. Generated secrets are left out of it. */
export function diffOf({ path, before, after, secrets = [] }: Change): string {
  const hide = (text: string) => secrets.reduce((shown, secret) => shown.replaceAll(secret, "(generated)"), text);
  const from = before === undefined ? "/dev/null" : `a/${path}`;
  return createTwoFilesPatch(from, `b/${path}`, before ?? "", hide(after), undefined, undefined, { context: 2 })
    .split("\n")
    .slice(1)
    .join("\n")
    .trimEnd();
}

/** A diff with the colours that people know. */
export function coloured(diff: string): string {
  return diff
    .split("\n")
    .map((line) => {
      if (/^(---|\+\+\+)/.test(line)) return colors.bold(line);
      if (line.startsWith("@@")) return colors.cyan(line);
      return line.startsWith("+") ? colors.green(line) : line.startsWith("-") ? colors.red(line) : line;
    })
    .join("\n");
}

/**
 * Writes the changes.
 * @throws {CommandError} when a file is not what it was when the plan was made; what came before it is written.
 */
export function write(root: string, changes: readonly Change[]): void {
  for (const { path, before, after, secrets } of changes) {
    const file = join(root, path);
    const found = existsSync(file) ? readFileSync(file, "utf8") : undefined;
    if (found !== before) {
      throw new CommandError(
        "changed",
        `${path} was changed meanwhile. Nothing in it was overwritten: run this again.`,
      );
    }
    mkdirSync(dirname(file), { recursive: true });
    // A new file with secrets is its owner's alone.
    writeFileSync(file, after, secrets?.length && before === undefined ? { mode: 0o600 } : {});
  }
}

/** Runs a command in the application's folder. Its output goes to standard error, since ours may be for a machine. */
export async function run(root: string, [name = "", ...args]: readonly string[]): Promise<void> {
  const child = spawn(name, args, { cwd: root, stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new CommandError("install", `\`${[name, ...args].join(" ")}\` ended with code ${code}.`);
}
