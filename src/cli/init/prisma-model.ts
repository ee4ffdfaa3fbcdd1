/** The Prisma model of sessions: the package's own, under a name that the schema does not have yet. */

import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { CommandError } from "../output.js";
import type { Prisma } from "../project/prisma.js";
import type { Project } from "../project/project.js";
import type { Part } from "./plan.js";

/** An auth library's model often has the first name. */
const NAMES = ["Session", "WebSession", "SpillwaySession"];

/** What tells a model of ours: no auth library hashes ids into a column of this name beside a version. */
const OURS = /^\s*idHash\s+String\b[\s\S]*^\s*version\s+Int\b/m;

/** The model of sessions in an application's schema: its name, and whether it is there already. */
export function modelOf(project: Project): { readonly name: string; readonly exists: boolean } {
  const { models } = prismaOf(project);
  const existing = [...models].find(([, body]) => OURS.test(body));
  if (existing) return { name: existing[0], exists: true };
  const name = NAMES.find((one) => !models.has(one));
  if (name) return { name, exists: false };
  throw new CommandError(
    "model-names",
    `The Prisma schema has models ${NAMES.join(", ")} already. Rename one of them.`,
  );
}

/** Adds the model to the schema. */
export function withModel(project: Project): Part {
  const prisma = prismaOf(project);
  const { name, exists } = modelOf(project);
  if (exists) return {};
  const model = modelText(prisma.provider, name);
  const [first] = prisma.schema;
  if (first === undefined)
    throw new CommandError("no-schema", "The Prisma schema is empty. Run `npx prisma init` first.");
  const change = prisma.isFolder
    ? { path: posix.join(posix.dirname(first.path), `${name.toLowerCase()}.prisma`), before: undefined, after: model }
    : { path: first.path, before: first.text, after: `${first.text.trimEnd()}\n\n${model}` };
  const notes =
    name === "Session"
      ? []
      : [`The schema has a model \`Session\` of its own, which stays. Spillway's is called \`${name}\`.`];
  return { changes: [change], notes, commands: ["npx prisma migrate dev --name session", "npx prisma generate"] };
}

/** @throws {CommandError} where Prisma is missing: its schema is the user's to begin. */
function prismaOf(project: Project): Prisma {
  if (project.prisma) return project.prisma;
  throw new CommandError(
    "no-prisma",
    "Sessions in the database need Prisma, and none was found. Set it up with `npx prisma init`, then run this again; or choose another storage.",
  );
}

function modelText(provider: string, name: string): string {
  const own = provider === "mysql" ? "mysql/session.prisma" : "session.prisma";
  const text = readFileSync(new URL(`../../prisma/${own}`, import.meta.url), "utf8").trimEnd();
  if (name === "Session") return `${text}\n`;
  const map = `${name.replace(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase()}s`;
  const renamed = text.replace(/^model Session\b/m, `model ${name}`);
  return `${renamed.replace(/\n*\}$/, `\n  @@map("${map}")\n}`)}\n`;
}
