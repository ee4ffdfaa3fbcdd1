/** `spillway migrate`: moves an application over from another library. */

import { resolve } from "node:path";
import { Argument, Command } from "commander";
import colors from "picocolors";
import { coloured, diffOf, run, write } from "../init/apply.js";
import type { Plan } from "../init/plan.js";
import { CommandError, globals, print } from "../output.js";
import { addCommand } from "../project/manifest.js";
import { findProject } from "../project/project.js";
import { confirm, isInteractive } from "../prompts.js";

interface MigrateOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly install: boolean;
}

/** The command. */
export function migrateCommand(): Command {
  return new Command("migrate")
    .description("move an application over: shows what it would change, asks, and writes")
    .addArgument(new Argument("<library>", "the library that it uses").choices(["iron-session"]))
    .option("-y, --yes", "write without asking")
    .option("--dry-run", "show what would be written, and write nothing")
    .option("--no-install", "do not install packages")
    .addHelpText(
      "after",
      "\nA function that opens its session by getIronSession(await cookies(), options) and uses it in ways that can be seen is\nrewritten; every other module keeps iron-session's interface, over Spillway, and is named. Both share their sessions,\nand nobody is signed out.",
    )
    .action(async (_library: string, _options, command: Command) => {
      const { cwd, json } = globals(command);
      const options = command.opts<MigrateOptions>();
      const ask = isInteractive() && !json && !options.yes && !options.dryRun;
      const project = findProject(resolve(cwd));
      // A chunk of its own: it brings a parser, which no other command has to load.
      const { planMigration } = await import("../migrate/plan-migration.js");
      const plan = planMigration(project);
      const diffs = plan.changes.map((change) => ({ path: change.path, diff: diffOf(change) }));
      if (!json) print(false, {}, describe(plan, diffs));
      const isEmpty = plan.changes.length === 0;
      const go = !isEmpty && !options.dryRun && (options.yes || (ask && (await confirm("Write this?"))));
      if (!isEmpty && !go && !options.dryRun && !ask) {
        throw new CommandError(
          "no-terminal",
          "There is no terminal to ask at. Nothing was written: add --yes to write, or --dry-run to look.",
        );
      }
      if (go) write(project.root, plan.changes);
      if (go && options.install && plan.packages.length > 0) {
        await run(project.root, addCommand(project.packageManager, plan.packages));
      }
      const written = Boolean(go);
      print(json, { ...plan, changes: diffs, written }, afterwards(plan, isEmpty, written));
    });
}

function describe({ packages }: Plan, diffs: readonly { readonly diff: string }[]): string[] {
  const install = packages.length > 0 ? [`${colors.bold("install")} ${packages.join(" ")}`, ""] : [];
  return [...diffs.map(({ diff }) => `${coloured(diff)}\n`), ...install];
}

function afterwards({ notes, commands }: Plan, isEmpty: boolean, written: boolean): string[] {
  const state = isEmpty ? "Nothing here uses iron-session." : written ? "Written." : "Nothing was written.";
  const todo = written && commands.length > 0 ? ["", "Then run:", ...commands.map((one) => `  ${one}`)] : [];
  return [state, ...notes.map((note) => `${colors.yellow("note")} ${note}`), ...todo];
}
