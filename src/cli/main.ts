#!/usr/bin/env node
/** The command line, `npx spillway`: sets sessions up in an application, and looks after them. */

import { readFileSync } from "node:fs";
import { Command } from "commander";
import { cleanupCommand } from "./commands/cleanup.js";
import { doctorCommand } from "./commands/doctor.js";
import { initCommand } from "./commands/init.js";
import { inspectCommand } from "./commands/inspect.js";
import { migrateCommand } from "./commands/migrate.js";
import { rotateCommand } from "./commands/rotate.js";
import { secretCommand } from "./commands/secret.js";
import { sessionsCommand } from "./commands/sessions.js";
import { fail } from "./output.js";

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

try {
  await program.parseAsync();
} catch (error) {
  fail(error, process.argv.includes("--json"));
}
// Clients of databases keep a process alive: what was asked for is done, so it ends.
process.stdout.write("", () => process.exit());
