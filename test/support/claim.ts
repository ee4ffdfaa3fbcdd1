/** Claims: of several test runs in one checkout, one at a time works in a folder. */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const CLAIMS = fileURLToPath(new URL("../../.spillway/claims/", import.meta.url));

/** How often it is looked whether another process is done (milliseconds). */
const EVERY = 200;

/**
 * Claims something by its name for this process.
 * @returns what gives it up again; undefined while another process that is alive has it.
 */
export function claim(name: string): (() => void) | undefined {
  const file = join(CLAIMS, name.replaceAll("/", "-"));
  mkdirSync(CLAIMS, { recursive: true });
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (isHeld(file)) return undefined;
    rmSync(file, { force: true });
  }
}

/** Claims something as soon as no other process has it. */
export async function claimInTurn(name: string): Promise<() => void> {
  for (;;) {
    const release = claim(name);
    if (release) return release;
    await pause(EVERY);
  }
}

/** Whether whoever claimed it is alive. A claim that is just being written down is. */
function isHeld(file: string): boolean {
  try {
    process.kill(Number(readFileSync(file, "utf8")), 0);
    return true;
  } catch (error) {
    // Another user's process is alive, too.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
