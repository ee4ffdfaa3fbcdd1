/** `spillway sessions`: a user's sessions, listed and ended. */

import { Command } from "commander";
import type { SessionInfo, SessionManager } from "spillway";
import { isCookieAlone } from "spillway/diagnostics";
import { notEmpty } from "../arguments.js";
import { CommandError, globals, print, table } from "../output.js";
import { type ApplicationOptions, loadSessions } from "../project/application.js";

interface SessionsOptions extends ApplicationOptions {
  readonly except?: string;
  readonly json?: boolean;
}

const COOKIE_ALONE =
  "Sessions are held in the cookie alone: the server knows of none, and can end none. A `store` or a `cache` changes that.";

/** The command. */
export function sessionsCommand(): Command {
  return new Command("sessions")
    .description("the sessions that the server knows")
    .addCommand(listCommand())
    .addCommand(revokeCommand())
    .addCommand(revokeUserCommand());
}

const withApplication = (command: Command): Command =>
  command
    .option("--server <file>", "the module that exports `sessions`")
    .option("--dev", "with the environment of `next dev`");

const optionsOf = (command: Command): SessionsOptions => ({ ...globals(command), ...command.opts<SessionsOptions>() });

function listCommand(): Command {
  return withApplication(new Command("list"))
    .description("a user's sessions, oldest first")
    .argument("<user>", "the user's id", notEmpty)
    .action(async (user: string, _options, command: Command) => {
      const options = optionsOf(command);
      const sessions = await loadSessions(options);
      if (isCookieAlone(sessions)) return print(options.json, { sessions: [] }, [COOKIE_ALONE]);
      const found = await sessions.list(user);
      print(options.json, { sessions: found }, found.length === 0 ? ["None."] : found.flatMap(describe));
    });
}

function revokeCommand(): Command {
  return withApplication(new Command("revoke"))
    .description("end one session; the exit code is 1 when there was none")
    .argument("<handle>", "the session's handle, as `list` shows it", notEmpty)
    .action(async (handle: string, _options, command: Command) => {
      const options = optionsOf(command);
      const revoked = await (await loadKnown(options)).revoke(handle);
      print(options.json, { revoked }, [revoked ? "Ended." : "There is no such session."]);
      process.exitCode = revoked ? 0 : 1;
    });
}

function revokeUserCommand(): Command {
  return withApplication(new Command("revoke-user"))
    .description("end all sessions of a user")
    .argument("<user>", "the user's id", notEmpty)
    .option("--except <handle>", "leave this one", notEmpty)
    .action(async (user: string, _options, command: Command) => {
      const options = optionsOf(command);
      const { except } = options;
      const revoked = await (await loadKnown(options)).revokeUser(user, { except });
      print(options.json, { revoked }, [`${revoked} ended.`]);
    });
}

/** The sessions, where the server can end any. @throws {CommandError} where it cannot, which is no success. */
async function loadKnown(options: SessionsOptions): Promise<SessionManager> {
  const sessions = await loadSessions(options);
  if (!isCookieAlone(sessions)) return sessions;
  throw new CommandError("cookie-alone", COOKIE_ALONE);
}

function describe({ handle, createdAt, seenAt, idle, expiresAt, userAgent, address }: SessionInfo): string[] {
  return [
    handle,
    ...table([
      ["signed in", createdAt.toISOString()],
      ["last visit", `${seenAt.toISOString()}${idle ? ", idled out" : ""}`],
      ["ends", expiresAt.toISOString()],
      ["client", [address, userAgent].filter(Boolean).join(", ") || "unknown"],
    ]),
  ];
}
