/** `spillway inspect`: what a cookie holds, or why it is no session. */

import { text } from "node:stream/consumers";
import { inspect } from "node:util";
import { Command } from "commander";
import colors from "picocolors";
import { defineSession, type RejectionReason, type SessionDefinition } from "spillway";
import { type CookieInspection, type InspectedContent, inspectCookies } from "spillway/diagnostics";
import { CommandError, globals, print, table } from "../output.js";
import { type ApplicationOptions, findDefinition } from "../project/application.js";

interface InspectCommandOptions extends ApplicationOptions {
  readonly values?: boolean;
  readonly name?: string;
  readonly json?: boolean;
}

/** What each reason means to whoever looks after an application, and what to do. */
const REASONS: Readonly<Record<RejectionReason, string>> = {
  duplicate: "its name came several times: one of another path or domain shadows it. Expire the other one",
  malformed: "it is not in the format: it was cut, encoded once more, or is another library's",
  "unknown-key": "no secret here sealed it: another environment's, or one that has been dropped from the ring",
  forged: "it was changed, or sealed for another purpose or application",
  expired: "one of its deadlines has passed",
  chunks: "a part of it is missing, or belongs to another response: a proxy or a browser dropped a cookie",
  "from-the-future": "it was sealed more than an hour ahead of this clock: compare the clocks of the servers",
  binding: "it is bound to another user agent or address",
  revoked: "the server has ended the session",
  replaced: "the session has another id since",
};

/** The command. */
export function inspectCommand(): Command {
  return new Command("inspect")
    .description("open a session cookie with the secret: what is in it, or why it is refused")
    .argument("[cookie]", "the Cookie header of a request, or the cookie's value; without it, read from standard input")
    .option("--values", "show the values themselves, not only their keys and sizes")
    .option("--name <name>", "the cookie's name, where there is no options module")
    .option("--options <file>", "the module that exports what defineSession() returned")
    .option("--dev", "with the environment of `next dev`")
    .addHelpText(
      "after",
      "\nAn argument is kept in the shell's history: hand a cookie over by standard input where that matters.\nWithout an options module, SESSION_SECRET of the environment is used. The exit code is 0 for a session, 1 for none.",
    )
    .action(async (cookie: string | undefined, _options, command: Command) => {
      const options = { ...globals(command), ...command.opts<InspectCommandOptions>() };
      const given = cookie ?? (process.stdin.isTTY ? "" : await text(process.stdin));
      if (given.trim() === "")
        throw new CommandError("no-cookie", "There is no cookie. Give it as an argument, or on standard input.");
      const definition = (await findDefinition(options)) ?? fromEnvironment(options.name);
      const result = await inspectCookies(definition, given.trim(), { values: options.values ?? false });
      print(options.json, jsonOf(result), describe(result));
      process.exitCode = result.accepted ? 0 : 1;
    });
}

function fromEnvironment(name: string | undefined): SessionDefinition {
  const secret = process.env.SESSION_SECRET?.split(",");
  return defineSession({
    secret,
    ...(name === undefined ? {} : { cookie: { name, ...(name.startsWith("__") ? {} : { secure: false }) } }),
  });
}

function jsonOf(result: CookieInspection): object {
  return { ...result, explanation: result.reason && REASONS[result.reason] };
}

function describe({ accepted, reason, cookies, beside, secret, content }: CookieInspection): string[] {
  if (cookies.length === 0) return ["There is no session cookie among these. Is its name the one of the options?"];
  const verdict = accepted
    ? colors.green("A session, as far as its cookies tell.")
    : colors.red(`No session (${reason}): ${reason && REASONS[reason]}.`);
  const sizes = cookies.map(({ name, bytes }) => `${name} ${bytes} B`).join(", ");
  const sealedBy =
    secret === undefined
      ? "none of the ring"
      : secret === 0
        ? "the one that seals now"
        : `number ${secret + 1} of the ring, kept to open older cookies`;
  return [
    verdict,
    ...table([["cookies", sizes], ["secret", sealedBy], ...(content ? rowsOf(content) : [])]),
    ...(beside.length > 0
      ? [`Beside it, of another environment: ${beside.join(", ")}. Alone, it is opened as well.`]
      : []),
    ...(content ? valuesOf(content) : []),
  ];
}

function rowsOf(content: InspectedContent): [string, string][] {
  const { placement, row, userId, authenticatedAt, sealedAt, expiresAt, idleExpiresAt } = content;
  const flags = [content.persistent ? "outlives the browser" : "ends with the browser"];
  if (content.secureOnly) flags.push("HTTPS only");
  if (content.bound) flags.push("bound to a user agent or address, which is not compared here");
  return [
    ["placement", placement === "both" ? "cookie and server, on its way back into the cookie" : placement],
    ...(row ? [["row", `${row.handle}, version ${row.version} or later`] as [string, string]] : []),
    ["user", userId === undefined ? "none" : `${userId}, signed in ${authenticatedAt?.toISOString()}`],
    ["sealed", sealedAt.toISOString()],
    ["ends", `${expiresAt.toISOString()}, or ${idleExpiresAt.toISOString()} without a request`],
    ["cookie", flags.join(", ")],
  ];
}

function valuesOf({ values, unreadable, placement }: InspectedContent): string[] {
  if (unreadable) return [colors.yellow(unreadable)];
  if (!values) return [placement === "server" ? "Its values are on the server." : "It holds no values."];
  const shown = values.map(({ key, bytes, ...rest }): [string, string] => [
    key,
    "value" in rest
      ? inspect(rest.value, { depth: 4, breakLength: 100, colors: colors.isColorSupported })
      : `${bytes} B`,
  ]);
  return shown.length === 0 ? ["It holds no values."] : ["Its values:", ...table(shown)];
}
