/** `spillway init`: sets sessions up in an application. */

import { posix, resolve } from "node:path";
import { Command, Option } from "commander";
import colors from "picocolors";
import { coloured, diffOf, run, write } from "../init/apply.js";
import { hasPanel } from "../init/panel.js";
import type { Plan, Storage } from "../init/plan.js";
import { planInit } from "../init/plan-init.js";
import { CommandError, globals, print } from "../output.js";
import { addCommand } from "../project/manifest.js";
import { findProject, type Project } from "../project/project.js";
import { choose, confirm, isInteractive } from "../prompts.js";

/** Each storage that can be asked for, and how it is offered. */
const STORAGES: Readonly<Record<string, { readonly storage: Storage; readonly label: string; readonly hint: string }>> =
  {
    cookie: {
      storage: { database: false, cache: undefined },
      label: "the cookie alone",
      hint: "up to 6 KB, no I/O; sessions cannot be ended from the server",
    },
    database: { storage: { database: true, cache: undefined }, label: "database", hint: "Prisma; durable, revocable" },
    "database+kv": {
      storage: { database: true, cache: "kv" },
      label: "database and Vercel KV",
      hint: "Upstash Redis in front for quick reads",
    },
    "database+redis": {
      storage: { database: true, cache: "redis" },
      label: "database and Redis",
      hint: "for those who host Next themselves",
    },
    kv: {
      storage: { database: false, cache: "kv" },
      label: "Vercel KV alone",
      hint: "it must neither evict nor fail over",
    },
    redis: {
      storage: { database: false, cache: "redis" },
      label: "Redis alone",
      hint: "it must neither evict nor fail over",
    },
  };

const OFFER =
  "Add the panel of `next dev`? It shows where the session is, its size and its deadlines; builds have none of it.";

interface InitOptions {
  readonly storage?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly panel?: boolean;
  readonly install: boolean;
}

/** The command. */
export function initCommand(): Command {
  return new Command("init")
    .description("set sessions up: shows what it would write, asks, and writes; changes nothing that is set up already")
    .addOption(
      new Option("-s, --storage <where>", "where large and signed-in sessions are held").choices(Object.keys(STORAGES)),
    )
    .option("-y, --yes", "write without asking")
    .option("--panel", "add the panel of `next dev` to the root layout; asked where somebody can be")
    .option("--no-panel", "do not add it, and do not ask")
    .option("--dry-run", "show what would be written, and write nothing")
    .option("--no-install", "do not install packages")
    .action(async (_options, command: Command) => {
      const { cwd, json } = globals(command);
      const options = command.opts<InitOptions>();
      const ask = isInteractive() && !json && !options.yes && !options.dryRun;
      const project = findProject(resolve(cwd));
      const storage = await storageOf(project, options.storage, ask);
      const panel = options.panel ?? (ask && !hasPanel(project) && (await confirm(OFFER)));
      const plan = planInit(project, storage, panel);
      if (!json) print(false, {}, describe(project, plan));
      const empty = plan.changes.length === 0 && plan.packages.length === 0;
      const go = !empty && !options.dryRun && (options.yes || (ask && (await confirm("Write this?"))));
      if (!empty && !go && !options.dryRun && !ask) {
        throw new CommandError(
          "no-terminal",
          "There is no terminal to ask at. Nothing was written: add --yes to write, or --dry-run to look.",
        );
      }
      if (go) await carryOut(project, plan, options.install);
      const rest = afterwards(project, plan, empty, Boolean(go));
      if (json) print(true, jsonOf(plan, Boolean(go)), []);
      else print(false, {}, rest);
    });
}

async function storageOf(project: Project, asked: string | undefined, ask: boolean): Promise<Storage> {
  const key =
    asked ??
    (ask
      ? await choose("Where are sessions held that outgrow the cookie, or belong to a user?", choices(project))
      : "cookie");
  const found = STORAGES[key];
  if (!found) throw new CommandError("storage", `The storage \`${key}\` is unknown.`);
  return found.storage;
}

/** Without Prisma no database is offered: its schema is the user's to begin. */
function choices(project: Project) {
  return Object.entries(STORAGES)
    .filter(([, { storage }]) => project.prisma || !storage.database)
    .map(([value, { label, hint }]) => ({ value, label, hint }));
}

async function carryOut(project: Project, plan: Plan, install: boolean): Promise<void> {
  write(project.root, plan.changes);
  if (install && plan.packages.length > 0) await run(project.root, addCommand(project.packageManager, plan.packages));
}

function describe(project: Project, plan: Plan): string[] {
  const found = [
    `Next ${project.next.version}`,
    `${project.source ? "src/app" : "app"}`,
    project.typescript ? "TypeScript" : "JavaScript",
    ...(project.cacheComponents ? ["cacheComponents"] : []),
    ...(project.prisma ? [`Prisma ${project.prisma.major} (${project.prisma.provider})`] : []),
    ...(project.proxy ? [project.proxy.path] : []),
    project.packageManager,
  ];
  const diffs = plan.changes.map((change) => `${coloured(diffOf(change))}\n`);
  const install = plan.packages.length > 0 ? [`${colors.bold("install")} ${plan.packages.join(" ")}`, ""] : [];
  return [colors.dim(`Found: ${found.join(", ")}.`), "", ...diffs, ...install];
}

function afterwards(project: Project, { notes, commands }: Plan, empty: boolean, written: boolean): string[] {
  const setUp = notes.length === 0 ? "Everything is set up. Nothing was changed." : "There is nothing to write.";
  const state = empty ? setUp : written ? "Written." : "Nothing was written.";
  const todo = written && commands.length > 0 ? ["", "Then run:", ...commands.map((one) => `  ${one}`)] : [];
  const page = posix.join(project.source, `app/visits/page.${project.typescript ? "tsx" : "jsx"}`);
  const next = written
    ? [
        "",
        `Next, a page that reads the session: ${page}, as node_modules/spillway/README.md has it. Then: ${project.packageManager} run dev`,
      ]
    : [];
  return [state, ...notes.map((note) => `${colors.yellow("note")} ${note}`), ...todo, ...next];
}

function jsonOf(plan: Plan, written: boolean): object {
  const changes = plan.changes.map((change) => ({
    path: change.path,
    action: change.before === undefined ? "create" : "change",
    diff: diffOf(change),
  }));
  return { ...plan, changes, written };
}
