#!/usr/bin/env node
/** The command line, `npx spillway`: sets sessions up in an application, and looks after them. */

import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { cleanupCommand } from "./commands/cleanup.js";
import { doctorCommand } from "./commands/doctor.js";
import { initCommand } from "./commands/init.js";
import { inspectCommand } from "./commands/inspect.js";
import { migrateCommand } from "./commands/migrate.js";
import { rotateCommand } from "./commands/rotate.js";
import { secretCommand } from "./commands/secret.js";
import { sessionsCommand } from "./commands/sessions.js";
import { CommandError, fail } from "./output.js";

const manifest: { version: string } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

const program = new Command("spillway")
  .description("Sets up sessions in a Next.js application, and looks after them.")
  .version(manifest.version)
  .option("-C, --cwd <folder>", "the application's folder", process.cwd())
  .option("--json", "print one JSON document, for a machine")
  .showHelpAfterError()
  .addCommand(initCommand())
  .addCommand(migrateCommand())
  .addCommand(doctorCommand())
  .addCommand(inspectCommand())
  .addCommand(sessionsCommand())
  .addCommand(cleanupCommand())
  .addCommand(secretCommand())
  .addCommand(rotateCommand());

const json = process.argv.includes("--json");
try {
  // An argument that is refused is told as every other error is; for a machine, as JSON alone.
  for (const command of commandsOf(program)) {
    command.exitOverride().configureOutput(json ? { writeErr() {} } : {});
  }
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) fail(error, json);
  // Commander has printed it already: help and the version are asked for, and no errors.
  else if (error.exitCode === 0 || !json) process.exitCode = error.exitCode;
  else fail(new CommandError("arguments", problemOf(error)), json);
}
// Clients of databases keep a process alive: what was asked for is done, so it ends.
process.stdout.write("", () => process.exit());

function problemOf({ code, message }: CommanderError): string {
  return code === "commander.help" ? "No command was named: --help lists them." : message.replace(/^error: /, "");
}

function* commandsOf(command: Command): Generator<Command> {
  yield command;
  for (const inner of command.commands) yield* commandsOf(inner);
}
