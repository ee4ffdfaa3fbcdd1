/** What the arguments and options of commands may be. Each refusal is one line that names the argument. */

import { InvalidArgumentError } from "commander";

/** Takes any text but the empty one, which a variable of a script leaves behind that was never set. */
export function notEmpty(value: string): string {
  if (value !== "") return value;
  throw new InvalidArgumentError("It is empty.");
}

/** Takes the name of an environment variable. */
export function variableName(value: string): string {
  if (/^[A-Za-z_]\w*$/.test(value)) return value;
  throw new InvalidArgumentError("It needs the name of an environment variable, such as SESSION_SECRET.");
}
