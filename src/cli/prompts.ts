/** Questions at the terminal. The library behind them is loaded when the first one is asked. */

import { CommandError } from "./output.js";

/** Whether questions can be asked: the terminal is interactive. */
export function isInteractive(): boolean {
  return Boolean(process.stdin.isTTY && process.stdout.isTTY) && !process.env.CI;
}

/**
 * One of several.
 * @throws {CommandError} when the question was left with ctrl-c, as the others here do.
 */
export async function choose(
  message: string,
  options: { value: string; label: string; hint: string }[],
): Promise<string> {
  const { isCancel, select } = await import("@clack/prompts");
  const answer = await select({ message, options });
  if (isCancel(answer)) throw cancelled();
  return answer;
}

/** Yes or no. */
export async function confirm(message: string): Promise<boolean> {
  const prompts = await import("@clack/prompts");
  const answer = await prompts.confirm({ message });
  if (prompts.isCancel(answer)) throw cancelled();
  return answer;
}

function cancelled(): CommandError {
  return new CommandError("cancelled", "Nothing was written.");
}
