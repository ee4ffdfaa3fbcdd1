/** `spillway cleanup`: removes expired sessions, for those without cron. */

import { Command } from "commander";
import { isCookieAlone } from "spillway/diagnostics";
import type { Duration } from "../../util/expiry.js";
import { DURATION } from "../../util/option-shape.js";
import { CommandError, globals, print } from "../output.js";
import { type ApplicationOptions, loadSessions } from "../project/application.js";

interface CleanupCommandOptions extends ApplicationOptions {
  readonly limit?: string;
  readonly budget: string;
  readonly json?: boolean;
}

/** The command. */
export function cleanupCommand(): Command {
  return new Command("cleanup")
    .description("remove expired sessions from the database")
    .option("--limit <rows>", "remove at most this many rows")
    .option("--budget <duration>", 'stop after so long, as "10m"', "10m")
    .option("--server <file>", "the module that exports `sessions`")
    .option("--dev", "with the environment of `next dev`")
    .addHelpText(
      "after",
      "\nThe exit code is 0 when none is left, 3 when the limit or the budget ended it: run it again for the rest.",
    )
    .action(async (_options, command: Command) => {
      const options = { ...globals(command), ...command.opts<CleanupCommandOptions>() };
      const limit = limitOf(options.limit);
      const budget = budgetOf(options.budget);
      const sessions = await loadSessions(options);
      if (isCookieAlone(sessions)) {
        const text = "Sessions are held in the cookie alone: there is nothing to clean up.";
        return print(options.json, { deleted: 0, complete: true }, [text]);
      }
      const { deleted, complete } = await sessions.cleanup({ budget, ...(limit === undefined ? {} : { limit }) });
      print(options.json, { deleted, complete }, [`${deleted} removed${complete ? "." : "; more are left."}`]);
      process.exitCode = complete ? 0 : 3;
    });
}

function limitOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const limit = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(limit)) return limit;
  throw new CommandError("limit", "--limit needs a whole number.");
}

function budgetOf(text: string): Duration {
  if (DURATION.fits(text)) return text as Duration;
  throw new CommandError("budget", '--budget needs a duration with its unit, as "10m".');
}
