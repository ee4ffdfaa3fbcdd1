/** `spillway secret`: a new secret. */

import { Command } from "commander";
import { newSecret } from "spillway/diagnostics";
import { globals, print } from "../output.js";

/** The command. */
export function secretCommand(): Command {
  return new Command("secret")
    .description("print a new secret for SESSION_SECRET")
    .addHelpText(
      "after",
      "\nThe secret says when it was made, so that `doctor` knows its age and `rotate` which of two is newer.",
    )
    .action((_options, command: Command) => {
      const secret = newSecret();
      print(globals(command).json, { secret }, [secret]);
    });
}
