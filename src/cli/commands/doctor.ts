/** `spillway doctor`: whether all that sessions need is in order. */

import { resolve } from "node:path";
import { Command } from "commander";
import colors from "picocolors";
import { cookieBytes, diagnose, type Finding } from "spillway/diagnostics";
import { isNextDev } from "../doctor/development.js";
import { checkFiles } from "../doctor/files.js";
import { checkSite } from "../doctor/site.js";
import { CommandError, globals, print } from "../output.js";
import { type ApplicationOptions, loadDefinition, loadSessions } from "../project/application.js";

interface DoctorOptions extends ApplicationOptions {
  readonly url?: string;
  readonly json?: boolean;
}

const SIGNS: Readonly<Record<Finding["level"], string>> = {
  ok: colors.green("ok     "),
  unknown: colors.blue("unknown"),
  warning: colors.yellow("warning"),
  error: colors.red("error  "),
};

/** The command. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description("look at secrets, cookie, database, cache, clocks, proxy and cron; each finding with its remedy")
    .option("--url <address>", "where browsers see the site; it is then asked as well")
    .option("--options <file>", "the module that exports what defineSession() returned")
    .option("--server <file>", "the module that exports `sessions`")
    .option("--dev", "with the environment of `next dev`; default where --url is one")
    .addHelpText(
      "after",
      "\nThe exit code is 0 when nothing is wrong, 1 when there is an error. In the database and the cache it writes entries\nof its own, which name nobody, and takes them away.",
    )
    .action(async (_options, command: Command) => {
      const options = { ...globals(command), ...command.opts<DoctorOptions>() };
      const url = options.url === undefined ? undefined : addressOf(options.url);
      const dev = options.dev ?? (url !== undefined && (await isNextDev(url)));
      const findings = await examine({ ...options, dev }, url);
      const count = (level: Finding["level"]) => findings.filter((one) => one.level === level).length;
      const summary = {
        errors: count("error"),
        warnings: count("warning"),
        unknown: count("unknown"),
        ok: count("ok"),
      };
      print(options.json, { ...summary, findings }, describe(findings, summary));
      process.exitCode = summary.errors === 0 ? 0 : 1;
    });
}

async function examine(options: DoctorOptions, url: URL | undefined): Promise<Finding[]> {
  const findings: Finding[] = [];
  const definition = await loadDefinition(options);
  // What refuses to start is a finding like the others, and what can be looked at without it still is.
  const attempt = async <T>(check: string, run: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await run();
    } catch (error) {
      // The definition is part of the server's module too: what refuses both is told once.
      const found = refusal(check, error);
      if (findings.every(({ message }) => message !== found.message)) findings.push(found);
      return undefined;
    }
  };
  findings.push(...((await attempt("options", () => diagnose({ definition }, { url }))) ?? []));
  const sessions = await attempt("server", () => loadSessions(options));
  if (sessions) findings.push(...((await attempt("server", () => diagnose({ sessions }))) ?? []));
  const hasRows = findings.some(({ check }) => check.startsWith("store."));
  findings.push(...checkFiles(resolve(options.cwd), process.env, hasRows));
  const bytes = sessions && cookieBytes(sessions);
  if (url && bytes !== undefined) {
    findings.push(...(await checkSite({ url, cronSecret: process.env.CRON_SECRET, cookieBytes: bytes, hasRows })));
  }
  return findings;
}

function refusal(check: string, error: unknown): Finding {
  const { message } = error as Error;
  if (!(error instanceof CommandError) && (error as { code?: unknown }).code !== "config") throw error;
  return { check, level: "error", message, remedy: "Mend the option that it names; the rest could not be looked at." };
}

function addressOf(text: string): URL {
  if (URL.canParse(text) && /^https?:/.test(text)) return new URL(text);
  throw new CommandError("url", `--url needs an address like https://example.com, not ${text}.`);
}

function describe(findings: readonly Finding[], { errors, warnings }: { errors: number; warnings: number }): string[] {
  const lines = findings.flatMap(({ level, message, remedy }) => [
    `${SIGNS[level]}  ${message}`,
    ...(remedy === undefined ? [] : [`         ${colors.dim(remedy)}`]),
  ]);
  const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;
  const verdict =
    errors + warnings === 0 ? "Nothing is wrong." : `${counted(errors, "error")}, ${counted(warnings, "warning")}.`;
  return [...lines, "", verdict];
}
