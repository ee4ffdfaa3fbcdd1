/** `spillway rotate`: the next step of a roll-over of the secret. */

import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command, Option } from "commander";
import { hasSecrets, sessionLifetime } from "spillway/diagnostics";
import { notEmpty, variableName } from "../arguments.js";
import { CommandError, globals, print } from "../output.js";
import { type ApplicationOptions, loadDefinition } from "../project/application.js";
import { valueIn, withComment, withValue } from "../project/env-text.js";
import { loadEnvironment } from "../project/environment.js";
import { afterStep, nextStep, type Step } from "../rotate/steps.js";

interface RotateOptions extends ApplicationOptions {
  readonly name: string;
  readonly file: string;
  readonly print?: boolean;
  readonly step?: Step;
  readonly early?: boolean;
  readonly json?: boolean;
}

/** What is noted in the file beside the secrets: from then on the old ones may go. */
const NOTE = "The old secrets of the next line may be dropped (npx spillway rotate) as of ";

/** The command. */
export function rotateCommand(): Command {
  return new Command("rotate")
    .description("take the next step of rolling the secret over; all users stay signed in")
    .option("--name <variable>", "the variable that holds the secrets", variableName, "SESSION_SECRET")
    .option("--file <file>", "the .env file in which it is", notEmpty, ".env.local")
    .option("--print", "take the secrets from the environment, print the new value, and write nothing")
    .addOption(new Option("--step <step>", "which step, where it cannot be told").choices(["add", "promote", "drop"]))
    .option("--early", "drop the old secrets although sessions that they sealed may be left: they end")
    .option("--options <file>", "the module that exports what defineSession() returned")
    .addHelpText("after", HELP)
    .action(async (_options, command: Command) => {
      const options = { ...globals(command), ...command.opts<RotateOptions>() };
      const source = sourceOf(options);
      const step = options.step ?? nextStep(source.ring);
      if (step !== "add" && source.ring.length < 2)
        throw new CommandError("ring", "There is one secret: the step that is due is add.");
      if (step === "drop") refuseEarly(source.text, options);
      const ring = afterStep(source.ring, step);
      const lifetime = await lifetimeWith(options, ring);
      const from = new Date(Date.now() + lifetime).toISOString().slice(0, 10);
      if (source.text !== undefined)
        writeFileSync(join(resolve(options.cwd), options.file), rewritten(source.text, options.name, ring, step, from));
      const secrets = options.print ? { value: ring.join(",") } : {};
      print(options.json, { step, secrets: ring.length, ...secrets, dropFrom: step === "promote" ? from : undefined }, [
        ...(options.print ? [`${options.name}=${ring.join(",")}`, ""] : []),
        ...describe(step, ring.length, from, options),
      ]);
    });
}

const HELP = `
Three steps, each deployed everywhere before the next:
  add      a new secret comes last: every instance can open what will come
  promote  it moves to the front: new cookies are sealed with it
  drop     the old one goes, once no session that it sealed is left
The options module has to read the variable as a list: secret: process.env.SESSION_SECRET?.split(",").`;

interface Source {
  readonly ring: readonly string[];
  /** The text of the file; undefined where nothing is to be written. */
  readonly text: string | undefined;
}

function sourceOf({ cwd, file, name, print: printed }: RotateOptions): Source {
  const path = join(resolve(cwd), file);
  if (printed) {
    loadEnvironment(resolve(cwd), false);
    return { ring: split(process.env[name], `${name} is not in the environment.`), text: undefined };
  }
  const text = statSync(path, { throwIfNoEntry: false })?.isFile() ? readFileSync(path, "utf8") : undefined;
  return {
    ring: split(
      text && valueIn(text, name),
      `${file} does not set ${name}. Name another with --file, or use --print where the environment is kept elsewhere.`,
    ),
    text,
  };
}

function split(value: string | undefined, problem: string): string[] {
  const ring = (value ?? "").split(",").filter(Boolean);
  if (ring.length > 0) return ring;
  throw new CommandError("no-secret", problem);
}

/** The lifetime of sessions, from the definition as it will be: which shows whether it reads the variable as a ring. */
async function lifetimeWith(options: RotateOptions, ring: readonly string[]): Promise<number> {
  process.env[options.name] = ring.join(",");
  const definition = await loadDefinition(options);
  if (hasSecrets(definition, ring)) return sessionLifetime(definition);
  throw new CommandError(
    "no-ring",
    `The options module does not read ${options.name} as a list, and everybody would be signed out. Write secret: process.env.${options.name}?.split(",") there and deploy it, then run this again. Nothing was written.`,
  );
}

function refuseEarly(text: string | undefined, { early }: RotateOptions): void {
  if (early) return;
  const from = text && new RegExp(`^# ${NOTE.replaceAll(/[().]/g, "\\$&")}(\\d{4}-\\d\\d-\\d\\d)`, "m").exec(text)?.[1];
  if (!from)
    throw new CommandError(
      "undated",
      "When the newer secret was moved to the front is noted nowhere. If that is longer ago than `lifetime`, run this with --early.",
    );
  if (new Date().toISOString().slice(0, 10) < from) {
    throw new CommandError(
      "early",
      `Sessions that the old secret sealed may live until ${from}. Wait, or end them with --early.`,
    );
  }
}

function rewritten(text: string, name: string, ring: readonly string[], step: Step, from: string): string {
  return withValue(withComment(text, name, NOTE, step === "promote" ? from : undefined), name, ring.join(","));
}

function describe(step: Step, count: number, from: string, { file, print: printed }: RotateOptions): string[] {
  const where = printed
    ? "Put this into the environment of every instance"
    : `Written to ${file}. Put the same into the environment of every instance`;
  const steps: Record<Step, string[]> = {
    add: [
      `A new secret was added behind ${count - 1 === 1 ? "the one" : `the ${count - 1}`} that there was: it opens, and does not seal yet.`,
      `${where} and deploy; then run this again.`,
    ],
    promote: [
      "The newest secret was moved to the front: it seals from now on, and the old one still opens.",
      `${where} and deploy. From ${from} on, run this again to drop the old one.`,
    ],
    drop: ["The old secrets were dropped.", `${where} and deploy. The roll-over is complete.`],
  };
  return steps[step];
}
